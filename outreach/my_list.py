"""A manager's call list as they work it: whom next, why, and what to know before the phone rings (T9 T2 D7)."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Prefetch
from django.db.models.expressions import RawSQL

from customers.models import Customer
from feedback.models import Complaint
from outreach.calling import why_not
from outreach.choices import CallOutcome, ListKind
from outreach.models import Call, CallListEntry
from outreach.reason_words import reason_words
from staff.models import User
from visits.families import who_goes_on, with_merged
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
    """New guests of last night first, then the calls in their order; nine statements."""
    calls = Prefetch("calls", Call.objects.order_by("at", "pk"))
    mine = CallListEntry.objects.filter(manager=user, call_list__night=night).prefetch_related("reasons", calls)
    entries = list(mine.select_related("customer__tier", "call_list").order_by("place"))
    if not entries:
        return MyList(night, [])
    entries.sort(key=lambda entry: (entry.call_list.kind != ListKind.NEW_GUESTS, entry.place))
    guests = _guests(entries)
    bottles, complaints = _bottles(guests.values(), entries), _complaints(guests.values())
    return MyList(night, [_line(one, guests[one.customer_id], night, bottles, complaints) for one in entries])


def _guests(entries: Sequence[CallListEntry]) -> dict[int, Customer]:
    """Who each entry's guest is by now."""
    if all(entry.customer.merged_into_id is None for entry in entries):
        return {entry.customer_id: entry.customer for entry in entries}
    now = who_goes_on(entry.customer_id for entry in entries)
    found = Customer.objects.select_related("tier").in_bulk(set(now.values()))
    return {key: found[goes_on] for key, goes_on in now.items()}


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


def _family(guests: Iterable[Customer]) -> RawSQL:
    return with_merged(Customer.objects.filter(pk__in=[guest.pk for guest in guests]))


def _bottles(guests: Iterable[Customer], entries: Iterable[CallListEntry]) -> dict[tuple[int, dt.date], list[str]]:
    """Numbers of bottles with something left, by guest and last day."""
    days = {reason.on for entry in entries for reason in entry.reasons.all()}
    rows = StoredBottle.objects.filter(customer__in=_family(guests), expires_on__in=days, remaining__gt=0)
    found = list(rows.values_list("customer", "expires_on", "bottle_no"))
    now = who_goes_on(customer for customer, _on, _number in found)
    numbers: defaultdict[tuple[int, dt.date], list[str]] = defaultdict(list)
    for customer, on, number in found:
        numbers[now[customer], on].append(number)
    return numbers


def _complaints(guests: Iterable[Customer]) -> dict[int, list[Complaint]]:
    found = list(Complaint.objects.open().filter(customer__in=_family(guests)).order_by("opened_at"))
    now = who_goes_on(one.customer_id for one in found if one.customer_id)
    by_guest: defaultdict[int, list[Complaint]] = defaultdict(list)
    for one in found:
        by_guest[now[one.customer_id]].append(one)
    return by_guest
