"""Call lists for tests."""

import datetime as dt
import uuid
from typing import Any

from django.utils import timezone

from customers.models import Customer
from customers.tests.factories import make_customer
from outreach.models import Call, CallList, CallListEntry


def make_guest(**facts: Any) -> Customer:
    """Somebody who may be called, with no birthday on file."""
    usual = {"call_consent": True, "birthday_month": None, "birthday_day": None}
    return make_customer(**(usual | facts))


def make_call(entry: CallListEntry, outcome: str, *, night: dt.date | None = None, **facts: Any) -> Call:
    usual: dict[str, Any] = {
        "customer": entry.customer,
        "manager": entry.manager,
        "at": timezone.now(),
        "night": night or entry.call_list.night,
        "client_id": uuid.uuid4(),
    }
    return Call.objects.create(entry=entry, outcome=outcome, **(usual | facts))


def entry_of(customer: Customer, night: dt.date) -> CallListEntry:
    return CallListEntry.objects.get(customer=customer, call_list=CallList.objects.get(kind="calls", night=night))
