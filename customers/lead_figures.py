"""What each lead source brought (T12 G9): people met, and how many of them are guests by now, by the month they were
met in. Counted by night; who was on file before they were met came by something else and does not count as won."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Count, F, Q
from django.db.models.functions import TruncMonth

from customers.choices import LeadSource, ProspectState
from customers.models import Prospect

SMALL = 20  # people below which a share says nothing
MONTHS = 12
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Lead:
    """Of one source: how many were met, how many became guests, how many are still open."""

    name: str
    met: int = 0
    won: int = 0
    open: int = 0

    @property
    def is_small(self) -> bool:
        """Too few to mean anything."""
        return self.met < SMALL

    @property
    def percent(self) -> int:
        return round(100 * self.won / self.met) if self.met else 0

    def __add__(self, other: "Lead") -> "Lead":
        return Lead(self.name, self.met + other.met, self.won + other.won, self.open + other.open)


@dataclass(frozen=True)
class Month:
    """A month's sources, those that brought most people first."""

    first: dt.date
    leads: list[Lead]

    @property
    def total(self) -> Lead:
        return sum(self.leads, Lead(""))


_COUNTS = {
    "met": Count("pk"),
    "won": Count("pk", filter=Q(state=ProspectState.GUEST, customer__night__gte=F("night"))),
    "open": Count("pk", filter=Q(state=ProspectState.OPEN)),
}


def first_night(tonight: dt.date) -> dt.date:
    """The first of the months shown, this one the last of them."""
    months = tonight.year * 12 + tonight.month - MONTHS
    return dt.date(months // 12, months % 12 + 1, 1)


def by_source(first: dt.date, last: dt.date) -> list[Lead]:
    """Everybody met from `first` to `last`, both nights inside; one statement."""
    rows = Prospect.objects.filter(night__range=(first, last)).values("lead").order_by()
    return _leads(cast(Rows, list(rows.annotate(**_COUNTS))))


def by_month(tonight: dt.date) -> list[Month]:
    """The last twelve months, the newest first; those in which nobody was met are left out. One statement."""
    rows = Prospect.objects.filter(night__range=(first_night(tonight), tonight)).order_by()
    found: dict[dt.date, Rows] = {}
    for row in cast(Rows, rows.values("lead", month=TruncMonth("night")).annotate(**_COUNTS)):
        found.setdefault(row["month"], []).append(row)
    return [Month(month, _leads(found[month])) for month in sorted(found, reverse=True)]


def _leads(rows: Rows) -> list[Lead]:
    leads = [Lead(str(LeadSource(row["lead"]).label), row["met"], row["won"], row["open"]) for row in rows]
    return sorted(leads, key=lambda lead: (-lead.met, lead.name))
