"""Tonight's glance at one's own calls: how far they are and who comes next, in two statements."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery, prefetch_related_objects

from customers.families import same_guest
from feedback.models import Complaint
from outreach.calling import why_not
from outreach.choices import REACHED, ListKind
from outreach.models import Call, CallListEntry
from outreach.my_list import LEFT_OPEN
from outreach.reason_words import reason_words
from staff.models import User

SHOWN = 3


@dataclass(frozen=True)
class Next:
    """Somebody still to be called, with the reasons in words and whether a complaint of theirs is open."""

    entry: Any  # a CallListEntry with the marks of `_entries`
    why: list[str]

    @property
    def complains(self) -> bool:
        return bool(self.entry.complains)


@dataclass(frozen=True)
class Glance:
    """Guests on one's lists of a night: how many, spoken to, still open; the first of these."""

    listed: int
    reached: int
    open: int
    first: list[Next]


def glance(user: User, night: dt.date) -> Glance:
    """In the order of `outreach.my_list`: who was not tried yet first, last night's new guests before all."""
    entries = list(_entries(user, night))
    waiting = sorted((one for one in entries if _is_open(one)), key=_turn)
    return Glance(
        listed=len(entries),
        reached=sum(one.is_spoken for one in entries),
        open=len(waiting),
        first=[Next(one, why) for one, why in _with_reasons(waiting[:SHOWN], night)],
    )


def _entries(user: User, night: dt.date) -> QuerySet[Any]:
    calls = Call.objects.filter(entry=OuterRef("pk"))
    last = calls.order_by("-at", "-pk")[:1]
    mine: QuerySet[Any] = CallListEntry.objects.standing().filter(manager=user, call_list__night=night)
    marked: QuerySet[Any] = mine.select_related("customer", "call_list").annotate(
        tried_at=Subquery(last.values("at")),
        came_of_it=Subquery(last.values("outcome")),
        is_spoken=Exists(calls.filter(outcome__in=REACHED)),
        complains=Exists(Complaint.objects.open().filter(same_guest("customer"))),
    )
    return marked


def _is_open(one: Any) -> bool:
    return one.came_of_it in (None, *LEFT_OPEN) and not why_not(one.customer)


def _turn(one: Any) -> tuple[float, bool, int]:
    tried = one.tried_at.timestamp() if one.tried_at else 0.0
    return (tried, one.call_list.kind != ListKind.NEW_GUESTS, one.place)


def _with_reasons(entries: Sequence[Any], night: dt.date) -> Iterator[tuple[Any, list[str]]]:
    """Bottles without their numbers, which the list itself shows."""
    prefetch_related_objects(list(entries), "reasons")
    for one in entries:
        reasons = sorted(one.reasons.all(), key=lambda reason: (reason.kind, reason.on))
        yield one, [reason_words(reason, guest=one.customer, night=night) for reason in reasons]
