"""The first guests of a sheet as they were understood, for somebody to look at before they come in."""

import datetime as dt
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.utils import timezone

from customers import birthdays, phones
from customers.intake.house import House
from customers.intake.reading import Sheet, read_sheets
from customers.intake.rows import Guest, Refused, RowReader
from staff.models import User
from vipdesk import nights

FIRST = 20


def first_guests(data: bytes) -> list[dict[str, Any]]:
    """The first rows that can come in, in words of the language that is active. Raises `NothingToRead`."""
    now, house = timezone.now(), House()
    found = (pair for sheet in read_sheets(data, now) for pair in _guests(sheet, house, now))
    first = list(islice(found, FIRST))
    names = dict(User.objects.filter(pk__in=[g.owner for g, _usual in first]).values_list("pk", "display_name"))
    return [_in_words(guest, names) | {"night": _night(guest, usual)} for guest, usual in first]


def _guests(sheet: Sheet, house: House, now: dt.datetime) -> Iterator[tuple[Guest, dt.date]]:
    """The guests among a sheet's first rows, with the night of those who name none."""
    reader = RowReader(sheet.header, house, sheet.date, now, sheet.orders)
    for number, row in islice(sheet.rows, 10 * FIRST):
        try:
            yield reader.read(number, row), sheet.date or nights.tonight(now)
        except Refused:
            continue


def _in_words(guest: Guest, names: dict[int, str]) -> dict[str, Any]:
    return {
        "row": str(guest.row),
        "name": guest.name.text,
        "is_partial": guest.name.is_partial,
        "phone": phones.display(guest.phone),
        "birthday": birthdays.in_words(guest.born) if guest.born else "",
        "home_address": guest.home_address,
        "work_address": guest.work_address,
        "owner": names.get(guest.owner, "") if guest.owner else "",
        "needs_check": sorted(guest.needs_check),
    }


def _night(guest: Guest, usual: Any) -> str:
    return str((guest.when.night if guest.when else usual).isoformat())
