"""A manager's call list as they work it: whom next, why, and what to know before the phone rings (T9 T2 D7)."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch, QuerySet

from customers.families import living_key, with_merged
from customers.models import Customer
from feedback.models import Complaint
from outreach.calling import why_not
from outreach.choices import CallOutcome, ListKind
from outreach.models import Call, CallListEntry
from outreach.reason_words import reason_words
from staff.models import User
from visits.models import StoredBottle

LEFT_OPEN = (CallOutcome.NO_ANSWER,)  # to be tried again


@dataclass
class Line:
    """One guest of the list. `why_not` says why nobody may call them any more; `complaints` are still open."""

    entry: CallListEntry
    guest: Customer
    why: list[str] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    why_not: str = ""
    client_id: uuid.UUID = field(default_factory=uuid.uuid4)  # of the next attempt's form

    @property
    def is_open(self) -> bool:
        """Not spoken to yet, by the last attempt."""
        return not self.why_not and all(call.outcome in LEFT_OPEN for call in self.calls[-1:])


@dataclass
class MyList:
    """Open ones: those nobody tried yet first, then by how long ago they were tried. Done ones: the last first."""

    night: dt.date
    lines: list[Line]

    @property
    def open(self) -> list[Line]:
        waiting = [line for line in self.lines if line.is_open]
        return sorted(waiting, key=lambda line: line.calls[-1].at.timestamp() if line.calls else 0.0)

    @property
    def done(self) -> list[Line]:
        over = [line for line in self.lines if not line.is_open]
        return sorted(over, key=lambda line: line.calls[-1].at.timestamp() if line.calls else 0.0, reverse=True)

    @property
    def reached(self) -> int:
        return sum(any(call.is_reached for call in line.calls) for line in self.lines)


def my_list(user: User, night: dt.date) -> MyList:
    """New guests of last night first, then the calls in their order; eight statements."""
    calls = Prefetch("calls", Call.objects.order_by("at", "pk"))
    mine = (
        CallListEntry.objects.standing().filter(manager=user, call_list__night=night).prefetch_related("reasons", calls)
    )
    entries = list(mine.select_related("customer__tier", "customer__merged_into__tier", "call_list").order_by("place"))
    if not entries:
        return MyList(night, [])
    entries.sort(key=lambda entry: (entry.call_list.kind != ListKind.NEW_GUESTS, entry.place))
    guests = [entry.customer for entry in entries]
    bottles, complaints = _bottles(guests, entries), _complaints(guests)
    return MyList(night, [_line(one, one.customer, night, bottles, complaints) for one in entries])


def _line(
    entry: CallListEntry,
    guest: Customer,
    night: dt.date,
    bottles: Mapping[tuple[int, dt.date], list[str]],
    complaints: Mapping[int, list[Complaint]],
) -> Line:
    reasons = sorted(entry.reasons.all(), key=lambda reason: (reason.kind, reason.on))
    why = [reason_words(one, guest=guest, night=night, bottles=bottles.get((guest.pk, one.on), [])) for one in reasons]
    return Line(entry, guest, why, complaints.get(guest.pk, []), list(entry.calls.all()), why_not(guest))


def _family(guests: Iterable[Customer]) -> QuerySet[Customer, Any]:
    return with_merged(Customer.objects.filter(pk__in=[guest.pk for guest in guests]))


def _bottles(guests: Iterable[Customer], entries: Iterable[CallListEntry]) -> dict[tuple[int, dt.date], list[str]]:
    """Numbers of bottles with something left, by guest and last day."""
    days = {reason.on for entry in entries for reason in entry.reasons.all()}
    rows = StoredBottle.objects.filter(customer__in=_family(guests), expires_on__in=days, remaining__gt=0)
    numbers: defaultdict[tuple[int, dt.date], list[str]] = defaultdict(list)
    for customer, on, number in rows.values_list(living_key("customer"), "expires_on", "bottle_no"):
        numbers[customer, on].append(number)
    return numbers


def _complaints(guests: Iterable[Customer]) -> dict[int, list[Complaint]]:
    found = Complaint.objects.open().filter(customer__in=_family(guests)).annotate(of_guest=living_key("customer"))
    by_guest: defaultdict[int, list[Complaint]] = defaultdict(list)
    for one in found.order_by("opened_at"):
        by_guest[one.of_guest].append(one)
    return by_guest
