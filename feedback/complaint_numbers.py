"""How complaints stand in numbers: a week's for the summary (D4 S2), timeliness for the scorecard (G6).

In time means: solved before the limit that was fixed at opening (half-open: at the due moment it is late), by the last
solution; one that was reopened is not solved until it is again. Answered in time likewise, by the first answer. What
is still open counts as not in time. Shares have four places, rounded half-up, and are null where there was nothing.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, F, Q

from feedback.models import Complaint

_SOLVED_IN_TIME = Q(solved_at__lt=F("solve_due_at"))
_ANSWERED_IN_TIME = Q(first_answered_at__lt=F("answer_due_at"))
# Ready-made: beside a week's other numbers, putting this together by the ORM cost a sixth of them all.
_OF_WEEK = """
    SELECT
        count(*) FILTER (WHERE night BETWEEN %(first)s AND %(last)s),
        count(*) FILTER (WHERE closed_night BETWEEN %(first)s AND %(last)s),
        count(*) FILTER (WHERE night BETWEEN %(first)s AND %(last)s AND solved_at < solve_due_at),
        (
            SELECT count(DISTINCT complaint_id) FROM feedback_escalation
            WHERE night BETWEEN %(first)s AND %(last)s
        )
    FROM feedback_complaint
    WHERE night BETWEEN %(first)s AND %(last)s OR closed_night BETWEEN %(first)s AND %(last)s
"""


def of_week(first_night: dt.date, last_night: dt.date) -> dict[str, Any]:
    """The summary's `complaints` (contract.md): opened, closed and escalated on these nights (both included), and how
    many of those opened were in time; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_WEEK, {"first": first_night, "last": last_night})
        opened, closed, on_time, escalated = cursor.fetchone()
    return {
        "opened": opened,
        "closed": closed,
        "escalated": escalated,
        "on_time": on_time,
        "timeliness": share(on_time, opened),
    }


def share(part: int, whole: int) -> str | None:
    """ "0.6667", or None of nothing."""
    if not whole:
        return None
    return str((Decimal(part) / Decimal(whole)).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP))


@dataclass(frozen=True, kw_only=True)
class Timeliness:
    """One manager's complaints of a month, by the night they were opened; nobody's have no `owner`."""

    owner: str
    username: str
    month: str
    opened: int
    answered_in_time: int
    solved_in_time: int
    escalated: int

    @property
    def answered(self) -> str | None:
        return share(self.answered_in_time, self.opened)

    @property
    def solved(self) -> str | None:
        return share(self.solved_in_time, self.opened)


def timeliness(first: dt.date, last: dt.date) -> list[Timeliness]:
    """By manager and month of the nights in between, the newest month first; one statement."""
    rows = (
        Complaint.objects.opened_in(first, last)
        .values("night__year", "night__month", "owner__username", "owner__display_name")
        .order_by("-night__year", "-night__month", "owner__username")
        .annotate(
            opened=Count("pk", distinct=True),
            answered=Count("pk", filter=_ANSWERED_IN_TIME, distinct=True),
            solved=Count("pk", filter=_SOLVED_IN_TIME, distinct=True),
            went_up=Count("pk", filter=Q(escalations__isnull=False), distinct=True),
        )
    )
    return [
        Timeliness(
            owner=row["owner__display_name"] or "",
            username=row["owner__username"] or "",
            month=f"{row['night__year']:04d}-{row['night__month']:02d}",
            opened=row["opened"],
            answered_in_time=row["answered"],
            solved_in_time=row["solved"],
            escalated=row["went_up"],
        )
        for row in rows
    ]
