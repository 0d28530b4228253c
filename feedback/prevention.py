"""Complaints that come back (G1): by category, room and cause against the time before; what compensation cost (G2)."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Q, Sum
from django.utils.translation import gettext as _

from feedback.complaint_choices import Category, CompensationKind, RootCause
from feedback.models import Compensation, Complaint
from vipdesk import nights

MOST_ROOMS = 10


@dataclass(frozen=True, kw_only=True)
class Recurrence:
    """How often one thing was complained of in a time and in as long a time before it."""

    what: str
    now: int
    before: int

    @property
    def is_more(self) -> bool:
        return self.now > self.before and self.now > 1


@dataclass(frozen=True, kw_only=True)
class Period:
    """Nights [first, last], and as many before them."""

    first: dt.date
    last: dt.date

    @property
    def begins_before(self) -> dt.date:
        return self.first - (self.last - self.first + dt.timedelta(days=1))


def by_category(period: Period) -> list[Recurrence]:
    return _counted(period, "category", dict(Category.choices))


def by_cause(period: Period) -> list[Recurrence]:
    """Of those that were closed, and so have one."""
    return _counted(period, "root_cause", dict(RootCause.choices))


def by_room(period: Period) -> list[Recurrence]:
    return _counted(period, "room__number", None)[:MOST_ROOMS]


def _counted(period: Period, field: str, words: "dict[str, object] | None") -> list[Recurrence]:
    """The most frequent first; one statement."""
    is_now = Q(night__range=(period.first, period.last))
    rows = Complaint.objects.filter(night__range=(period.begins_before, period.last)).order_by()
    counts = rows.values_list(F(field)).annotate(now=Count("pk", filter=is_now), before=Count("pk", filter=~is_now))
    found = [
        Recurrence(what=str(words[value]) if words else value, now=now, before=before)
        for value, now, before in counts
        if value
    ]
    return sorted(found, key=lambda one: (-one.now, -one.before, one.what))


def happened_again(period: Period) -> list[Recurrence]:
    """The same thing in the same room, more than once: where something ought to be repaired rather than excused."""
    is_now = Q(night__range=(period.first, period.last))
    rows = Complaint.objects.filter(night__range=(period.begins_before, period.last)).exclude(room=None).order_by()
    counts = rows.values_list("room__number", "category").annotate(
        now=Count("pk", filter=is_now), before=Count("pk", filter=~is_now)
    )
    found = [
        Recurrence(
            what=_("room %(room)s: %(what)s") % {"room": room, "what": Category(about).label}, now=now, before=before
        )
        for room, about, now, before in counts
        if now > 1 or (now and before)
    ]
    return sorted(found, key=lambda one: (-one.now, -one.before, one.what))[:MOST_ROOMS]


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What compensation cost in a month, in yuan, and of what kind it was."""

    month: str
    given: int
    value: Decimal
    kinds: list[tuple[str, Decimal]]


def cost_by_month(first: dt.date, last: dt.date) -> list[Cost]:
    """By the night it was given, the newest month first; one statement."""
    given = Compensation.objects.filter(given_night__range=(first, last)).order_by()
    rows = given.values_list("given_night__year", "given_night__month", "kind")
    months: dict[str, list[tuple[str, Decimal, int]]] = {}
    for year, month, kind, value, count in rows.annotate(Sum("value"), Count("pk")):
        months.setdefault(f"{year:04d}-{month:02d}", []).append((kind, value, count))
    return [
        Cost(
            month=month,
            given=sum(count for _kind, _value, count in kinds),
            value=sum((value for _kind, value, _count in kinds), Decimal(0)),
            kinds=[(str(CompensationKind(kind).label), value) for kind, value, _count in sorted(kinds)],
        )
        for month, kinds in sorted(months.items(), reverse=True)
    ]


def last_months(count: int) -> Period:
    """This month up to tonight and the `count` - 1 before it, whole."""
    tonight = nights.tonight()
    year, month = divmod(tonight.year * 12 + tonight.month - count, 12)
    return Period(first=dt.date(year, month + 1, 1), last=tonight)
