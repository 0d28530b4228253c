"""Forgetting a guest: on their word, or because nothing of them is needed any more (PIPL; domain.md, "Erasure")."""

import datetime as dt
from collections.abc import Collection
from typing import Any

import pghistory
from django.apps import apps
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.choices import ImportStatus
from customers.intake.headers import count_columns
from customers.intake.reading import NothingToRead
from customers.intake.storing import lock_imports
from customers.models import CaptureNote, Customer, CustomerImport, Erasure, PhoneNumber
from customers.personal_data import Event
from staff.models import User
from vipdesk import appendonly, coded, nights, personal, vacuuming
from vipdesk.mentions import strike_mentions
from vipdesk.personal import Erased, Person
from vipdesk.sheets.book import read_book

_NAMED = ("name", "phone", "home_address", "work_address", "member_no")
Cause, Identity = Erasure.Cause, Erasure.Identity


class CannotErase(Exception):
    """This guest cannot be erased now, or not so; the message says why, to the person who asked."""


def erase_customer(
    *,
    customer: Customer,
    by: User,
    cause: str = Cause.REQUEST,
    identity: str,
    requested_on: dt.date | None = None,
    strike: Collection[str] = (),
) -> Erasure:
    """Take a guest out of every table, with all records merged into theirs, and keep the proof. `strike`: the keys of
    what was written about others and from which their name goes too (`vipdesk.mentions`).

    One transaction, the records locked in the order of their keys; imports wait. Raises `CannotErase`: erased already,
    merged into another (who is to be erased instead), no identity check for a guest's own request, a day of request
    still to come, a sheet that holds the guest coming in right now.
    """
    _check(cause, identity, requested_on)
    with pghistory.context(user=by.pk), transaction.atomic():
        lock_imports()
        person = person_of(_locked(customer.pk))
        _drop_waiting_sheets(person)
        with appendonly.erasing(person.keys):
            done = [(code, part.erase(person)) for code, part in personal.by_code().items()]
            done.append((coded.write("proof.mentions"), strike_mentions(person, strike)))
            erasure = Erasure.objects.create(
                customer_id=customer.pk,
                cause=cause,
                identity=identity,
                requested_on=requested_on,
                erased_by=by,
                proof=[_proof(name, erased) for name, erased in done],
            )
        vacuuming.order(_tables([erased for _name, erased in done]))
        return erasure


def _tables(done: list[Erased]) -> set[str]:
    """Tables that a part has looked into, whether or not it counted rows: history that the erasure itself wrote is
    gone again and counted nowhere. A sheet that waited to come in is dropped before the parts."""
    labels = {label for erased in done for label in erased.removed}
    return {apps.get_model(label)._meta.db_table for label in labels} | {CustomerImport._meta.db_table}


def _check(cause: str, identity: str, requested_on: dt.date | None) -> None:
    is_asked = cause == Cause.REQUEST
    if (identity in Identity.values and identity != Identity.NOT_NEEDED) != is_asked:
        raise CannotErase(_("Check first that it is the guest who asks."))
    if is_asked and requested_on is None:
        raise CannotErase(_("On which day did the guest ask?"))
    if requested_on and requested_on > calendar_day():
        raise CannotErase(_("This day is still to come."))


def calendar_day() -> dt.date:
    """The calendar's day at the venue, which people write on a request; after midnight it is ahead of the night."""
    return nights.night_of(timezone.now(), rollover=dt.time(0))


def _proof(name: str, erased: Erased) -> dict[str, Any]:
    removed = {table: rows for table, rows in erased.removed.items() if rows}
    return {"part": name, "removed": removed, "kept": erased.kept}


def _locked(pk: int) -> tuple[int, ...]:
    """The keys of a living guest's records, locked, their own first."""
    keys = _family(pk)
    rows = {row.pk: row for row in Customer.objects.filter(pk__in=keys).order_by("pk").select_for_update()}
    if _family(pk) != keys:
        raise CannotErase(_("Somebody is merging this guest right now. Try again."))
    if rows[pk].erased_at:
        raise CannotErase(_("This guest is erased already."))
    if rows[pk].merged_into_id:
        raise CannotErase(_("This record goes on as another guest: erase that one, and this goes with it."))
    return keys


def _family(pk: int) -> tuple[int, ...]:
    return tuple(Customer.objects.family(pk))


def person_of(keys: tuple[int, ...]) -> Person:
    """Who these records are, by all that they were ever called and could be reached by."""
    now = list(Customer.objects.filter(pk__in=keys).values(*_NAMED, "client_id"))
    formerly = list(Event.objects.filter(pgh_obj__in=keys).values(*_NAMED).distinct())
    theirs = PhoneNumber.objects.filter(customer__in=keys).values_list("number", flat=True)
    numbers = {row["phone"] for row in now + formerly} | set(theirs)
    elsewhere = PhoneNumber.objects.filter(number__in=numbers, released_at=None).exclude(customer__in=keys)
    late = CaptureNote.objects.filter(customer__in=keys).values_list("client_id", flat=True)
    words = {row[name] for row in now + formerly for name in ("home_address", "work_address", "member_no")}
    return Person(
        keys=keys,
        numbers=frozenset(numbers - {None} - set(elsewhere.values_list("number", flat=True))),
        names=frozenset(row["name"] for row in now + formerly),
        words=frozenset(filter(None, words)),
        forms=frozenset(row["client_id"] for row in now if row["client_id"]) | set(late),
    )


def person_behind(customer: Customer) -> Person:
    """A living guest with every record merged into theirs, for looking at; nothing is locked."""
    return person_of(_family(customer.pk))


def _drop_waiting_sheets(person: Person) -> None:
    """A sheet that waits to come in and holds the guest goes; whoever uploaded it uploads it again, without them."""
    for sheet in CustomerImport.objects.filter(content__isnull=False).select_for_update():
        if not _holds(sheet, person):
            continue
        if sheet.status == ImportStatus.RUNNING:
            raise CannotErase(_("A sheet with this guest is coming in right now. Try again in a few minutes."))
        failure = _("A guest of this sheet was erased while it waited. Upload it again; their row will be refused.")
        CustomerImport.objects.filter(pk=sheet.pk).update(
            status=ImportStatus.FAILED,
            content=None,
            preview={},
            report={"failure": failure},
            finished_at=timezone.now(),
        )


def _holds(sheet: CustomerImport, person: Person) -> bool:
    """By number, address or member number: a name alone is many people's. What cannot be read holds nobody."""
    traces = "|".join(filter(None, (person.numbers_pattern, person.words_pattern)))
    try:
        tables = read_book(bytes(sheet.content or b""), count_columns).tables
    except NothingToRead:
        return False
    return any(personal.is_in("\n".join(map(str, row)), traces) for table in tables for row in table.rows())
