"""Calls made from a list (T9, G3): what came of each attempt, kept for good, and what follows from it."""

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers import wrong_numbers
from customers.models import Customer
from customers.services import update_customer
from outreach.choices import REACHED, CallOutcome
from outreach.models import Call, CallListEntry
from staff.models import User
from vipdesk import coded, nights


class CannotCall(Exception):
    """This guest is not to be called, or not now; the message says why."""


@transaction.atomic
def record_call(
    *,
    entry: CallListEntry,
    outcome: CallOutcome,
    by: User,
    client_id: UUID,
    note: str = "",
    at: dt.datetime | None = None,
) -> Call:
    """Write an attempt down. Who asked not to be called withdraws their consent with it, at once; who was spoken to has
    been contacted tonight, by a number that is right. A wrong number sends the record back to who captured it. Locks
    the guest. Raises CannotCall."""
    at = at or timezone.now()
    night = nights.night_of(at)
    if entry.call_list.night != night:
        raise CannotCall(_("This list is of another night."))
    guest = _locked(entry.customer)
    if outcome == CallOutcome.WRONG_NUMBER:
        wrong_numbers.send_back(guest=guest, by=by)
    elif outcome in REACHED:
        wrong_numbers.confirm(guest=guest, by=by)
    if outcome == CallOutcome.NO_CALLS:
        _withdraw(guest, by)
    elif outcome in REACHED:
        Customer.objects.filter(pk=guest.pk).update(last_contact_night=night)
    facts = {"entry": entry, "customer": guest, "manager": by, "outcome": outcome, "note": note}
    return Call.objects.create(**facts, night=night, at=at, client_id=client_id)


def _locked(customer: Customer) -> Customer:
    guest: Customer = Customer.objects.select_for_update(of=("self",)).get(pk=customer.goes_on_as.pk)
    if why := why_not(guest):
        raise CannotCall(why)
    return guest


def why_not(guest: Customer) -> str:
    """Why nobody may call this guest any more, in words; empty where one may."""
    if guest.erased_at:
        return _("This guest was erased.")
    if not guest.call_consent:
        return _("This guest does not want to be called.")
    return "" if guest.phone else _("This guest has no number any more.")


def _withdraw(guest: Customer, by: User) -> None:
    guest.call_consent = False
    update_customer(
        customer=guest,
        changed=["call_consent"],
        seen=guest.updated_at,
        by=by,
        reason=coded.write("history.no_calls"),
        is_correction=False,
    )
