"""Numbers that change (G5): a guest has several, one of them the main one; a released one may be anybody's again.

A guest who is merged or erased has none to change: each function then raises `Customer.DoesNotExist`. The guest's row
is locked first, so that two people at two tablets change one guest's numbers one after the other.

A main number is written on the guest's row first, whereupon a trigger enters it among the numbers, as a capture and an
import do: whoever writes the same number elsewhere meets it in the same order, and nobody waits for each other.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import pghistory
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from customers import wrong_numbers
from customers.models import Customer, PhoneNumber
from customers.taken import telling_who_has_it
from staff.models import User
from vipdesk.deadlocks import retry_deadlock


def numbers_of(customer: Customer, *former: Customer) -> list[PhoneNumber]:
    """A guest's numbers for showing: the main one, the other living ones, then those released, the last one first; what
    `former` records, merged into this one, had released among them."""
    rows = PhoneNumber.objects.filter(customer__in=[customer, *former]).select_related("added_by", "released_by")
    living = sorted((row for row in rows if not row.released_at), key=lambda row: row.number != customer.phone)
    released = [row for row in rows if row.released_at]
    return living + sorted(released, key=lambda row: cast(dt.datetime, row.released_at), reverse=True)


def formerly(number: str) -> QuerySet[PhoneNumber]:
    """Whose a number was that was released, the last one first."""
    return PhoneNumber.objects.filter(number=number, released_at__isnull=False).order_by("-released_at")


class TheOnlyNumber(Exception):
    """Releasing it leaves the guest without any number; who asks for it has to be sure."""


@retry_deadlock
@transaction.atomic
def add_number(*, customer: int, number: str, by: User) -> PhoneNumber:
    """Give a guest one more number (E.164); their first becomes the main one. One that is theirs already is given back
    as it is, one that they released before begins anew. Raises `Taken`."""
    guest = _locked(customer)
    found = _living(guest).filter(number=number).first()
    if guest.phone is None:
        with telling_who_has_it(phone=number):
            _set_main(guest, number, by)
        return found or _name_entrant(customer=guest.pk, number=number, by=by)
    return found or enter_number(customer=guest.pk, number=number, by=by)


@transaction.atomic
def make_main(*, customer: int, number: int, by: User) -> PhoneNumber:
    """Make one of a guest's numbers, by its key, the main one. Raises `PhoneNumber.DoesNotExist` where it is not theirs
    any more."""
    guest = _locked(customer)
    found = _living(guest).get(pk=number)
    if guest.phone != found.number:
        _set_main(guest, found.number, by)
    return found


@transaction.atomic
def release_number(*, customer: int, number: int, by: User, is_sure: bool = False) -> PhoneNumber:
    """Let one of a guest's numbers go, by its key: from now on it may be another's. After the main one the oldest of
    the others is main; the last goes only with `is_sure`, else `TheOnlyNumber` is raised.

    Raises `PhoneNumber.DoesNotExist` where it is not theirs any more.
    """
    guest = _locked(customer)
    found = _living(guest).get(pk=number)
    others = _living(guest).exclude(pk=number)
    if not is_sure and not others.exists():
        raise TheOnlyNumber
    if guest.phone == found.number:
        _set_main(guest, others.values_list("number", flat=True).first(), by)
    let_go(customer=guest.pk, number=found.number, by=by)
    return found


@contextmanager
def changing_number(*, customer: int, old: str | None, new: str, by: User) -> Iterator[None]:
    """Around the saving of a guest's row with another main number, in the caller's transaction. The old one is
    released, unless the new one is among the guest's other numbers: then they only change places."""
    is_theirs = PhoneNumber.objects.filter(customer=customer, number=new, released_at=None).exists()
    yield
    if is_theirs:
        return
    _name_entrant(customer=customer, number=new, by=by)
    if old:
        let_go(customer=customer, number=old, by=by)


def _name_entrant(*, customer: int, number: str, by: User) -> PhoneNumber:
    """Who gave a guest the number that the database has just entered, and when by the desk's clock."""
    entered = PhoneNumber.objects.get(customer=customer, number=number, released_at=None)
    entered.added_by, entered.since = by, timezone.now()
    entered.save(update_fields=["added_by", "since"])
    return entered


def enter_number(*, customer: int, number: str, by: User) -> PhoneNumber:
    """A number's row, in the caller's transaction, which is lost with `Taken`."""
    with telling_who_has_it(phone=number):
        return PhoneNumber.objects.create(customer_id=customer, number=number, added_by=by)


def let_go(*, customer: int, number: str, by: User) -> None:
    """Release a guest's number, in the caller's transaction; that it is no longer the main one is the caller's part."""
    living = PhoneNumber.objects.filter(customer=customer, number=number, released_at=None)
    living.update(released_at=timezone.now(), released_by=by)


def _locked(pk: int) -> Customer:
    guest: Customer = Customer.objects.living().select_for_update().get(pk=pk)
    return guest


def _living(guest: Customer) -> QuerySet[PhoneNumber]:
    return PhoneNumber.objects.filter(customer=guest, released_at=None)


def _set_main(guest: Customer, number: str | None, by: User) -> None:
    guest.phone, guest.updated_at = number, timezone.now()
    corrected = wrong_numbers.correct(guest=guest, by=by) if number else []
    with pghistory.context(user=by.pk):
        guest.save(update_fields=["phone", "updated_at", *corrected])
