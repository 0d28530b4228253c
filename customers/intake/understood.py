"""The first guests of a sheet as they were understood, for somebody to look at before they come in."""

from itertools import islice
from typing import Any

from django.utils import timezone

from customers import birthdays, phones
from customers.intake.house import House
from customers.intake.reading import read_sheet
from customers.intake.rows import Guest, Refused, RowReader
from staff.models import User
from vipdesk import nights
from vipdesk.sheets.date_order import ColumnOrders

FIRST = 20


def first_guests(data: bytes) -> list[dict[str, Any]]:
    """The first rows that can come in, in words of the language that is active. Raises `NothingToRead`."""
    now = timezone.now()
    sheet = read_sheet(data, now)
    orders = ColumnOrders(lambda: (row for _number, row in read_sheet(data, now).rows))
    reader = RowReader(sheet.header, House(), sheet.date, now, orders)
    guests = []
    for number, row in islice(sheet.rows, 10 * FIRST):
        try:
            guests.append(reader.read(number, row))
        except Refused:
            continue
        if len(guests) == FIRST:
            break
    names = dict(User.objects.filter(pk__in=[g.owner for g in guests]).values_list("pk", "display_name"))
    usual = sheet.date or nights.tonight(now)
    return [_in_words(guest, names) | {"night": _night(guest, usual)} for guest in guests]


def _in_words(guest: Guest, names: dict[int, str]) -> dict[str, Any]:
    return {
        "row": guest.row,
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
