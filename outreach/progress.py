"""How far the calls of a night are, by manager: for operations, the board of the night, and Tonight (T9)."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from outreach.choices import REACHED
from outreach.models import Call, CallListEntry


@dataclass(frozen=True)
class Progress:
    """Guests on a manager's lists of a night: how many, tried, spoken to."""

    manager: str
    listed: int
    tried: int
    reached: int

    @property
    def percent(self) -> int:
        return round(100 * self.tried / self.listed) if self.listed else 100


def progress_by_manager(night: dt.date) -> dict[int, Progress]:
    """By a manager's key, those by login name who have a list; one statement."""
    calls = Call.objects.filter(entry=OuterRef("pk"))
    entries = (
        CallListEntry.objects.standing()
        .filter(call_list__night=night)
        .annotate(is_tried=Exists(calls), is_reached=Exists(calls.filter(outcome__in=REACHED)))
    )
    rows = entries.values("manager", "manager__display_name", "manager__username").order_by("manager__username")
    counted = rows.annotate(
        n=Count("pk"), tried=Count("pk", filter=Q(is_tried=True)), spoken=Count("pk", filter=Q(is_reached=True))
    )
    return {
        row["manager"]: Progress(
            row["manager__display_name"] or row["manager__username"], row["n"], row["tried"], row["spoken"]
        )
        for row in counted
    }
