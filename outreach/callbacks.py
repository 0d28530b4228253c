"""Calling back the new guests of the night before (T2): every night, a list of its own, without a limit."""

import datetime as dt
import itertools

from django.db import transaction

from customers.models import CareGrant, Customer
from outreach.building import Built, built_once
from outreach.choices import ListKind, ReasonKind
from outreach.models import CallList, CallListEntry, CallReason


@transaction.atomic
def build_callbacks(*, night: dt.date) -> Built:
    """The guests captured on the night before who agreed to calls, with whoever captured them, or dealt in turn where
    they do not call any more. Built once; raises CannotBuild where there is nobody to call."""
    return built_once(ListKind.NEW_GUESTS, night, _fill)


def _fill(call_list: CallList, people: list[int]) -> None:
    captured = call_list.night - dt.timedelta(days=1)
    new = Customer.objects.living().on_night(captured).filter(call_consent=True).exclude(phone=None)
    turn = itertools.cycle(people)
    entries = [
        CallListEntry(call_list=call_list, customer=guest, manager_id=_caller(guest, people) or next(turn), place=place)
        for place, guest in enumerate(new.order_by("captured_at", "pk"), start=1)
    ]
    CallListEntry.objects.bulk_create(entries)
    CallReason.objects.bulk_create(CallReason(entry=one, kind=ReasonKind.NEW_GUEST, on=captured) for one in entries)
    grants = [CareGrant(customer_id=e.customer_id, user_id=e.manager_id, night=call_list.night) for e in entries]
    CareGrant.objects.bulk_create(
        grants,
        update_conflicts=True,
        unique_fields=["user", "night", "customer"],
        update_fields=["origin", "ended_at"],
    )
    call_list.listed = len(entries)
    call_list.save(update_fields=["listed"])


def _caller(guest: Customer, people: list[int]) -> int | None:
    return next((key for key in (guest.captured_by_id, guest.owner_id) if key in people), None)
