"""A week as a page one looks at: its numbers beside last week's, eight weeks of trend, who and where, what was said.

Where a week is locked, what it shows is what was submitted; a manager sees their own row and answers alone.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Case, When
from django.utils.translation import gettext as _

from feedback import numbers, weeks
from feedback.models import Survey, WeekDecision, WeeklySummary, WeekRemark
from feedback.models.survey import DIMENSIONS, LOW
from feedback.tally import FEWEST, ratio
from staff import roles
from staff.models import User
from vipdesk import nights

WEEKS_SHOWN, LOWEST_SHOWN = 8, 12
# The chart's own units: a mean of 1 lies at the bottom, 5 at the top.
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 640, 190, 36, 22, 150
_FILTERS = {"manager": "manager", "room": "room", "channel": "channel__exact"}  # the admin's list of answers
_TREND = """
    SELECT date_trunc('week', night)::date, count(*), sum(overall) FROM feedback_survey
    WHERE night BETWEEN %s AND %s GROUP BY 1
"""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One manager, room or channel; `change` against the week before. With fewer than five answers it is not ranked."""

    name: str
    responses: int
    mean: str
    satisfied: str
    change: str
    is_ranked: bool
    query: str  # what drills down to its answers


@dataclass(frozen=True, kw_only=True)
class Dot:
    """A week on the trend's chart; nobody answered: no mean."""

    week: str
    short: str
    mean: str | None
    responses: int
    x: int
    y: int
    is_this: bool


@dataclass(frozen=True, kw_only=True)
class Page:
    """Everything that the three frames show: the admin's page, a manager's page, paper."""

    week: str
    first: dt.date
    last: dt.date
    summary: WeeklySummary | None
    said: dict[str, Any]
    since: dict[str, Any] | None
    before: dict[str, Any]
    beside: dict[str, Any]
    managers: list[Line]
    rooms: list[Line]
    channels: list[Line]
    dimensions: list[tuple[str, str | None, str, int]]
    scores: list[tuple[int, int, int]]
    trend: list[Dot]
    lowest: list[Survey]
    remarks: list[WeekRemark]
    missing: list[User]
    decisions: list[WeekDecision]
    decided_last_week: list[WeekDecision]
    is_whole: bool

    @property
    def few_rooms(self) -> int:
        """Rooms that stand folded away: too few answers to be ranked."""
        return sum(not line.is_ranked for line in self.rooms)

    @property
    def previous(self) -> str:
        return _back(self.first, 1)

    @property
    def following(self) -> str:
        """The next week, empty where it has not begun."""
        first = self.first + dt.timedelta(weeks=1)
        return nights.week_of(first) if first <= nights.tonight() else ""

    @property
    def is_over(self) -> bool:
        return self.last < nights.tonight()

    @property
    def mean_change(self) -> str:
        return change(self.said["overall"]["mean"], self.before["overall"]["mean"])

    @property
    def line(self) -> str:
        """The trend as an SVG path, broken where a week has no answers."""
        parts, is_on = [], False
        for dot in self.trend:
            if dot.mean is not None:
                parts.append(f"{'L' if is_on else 'M'}{dot.x} {dot.y}")
            is_on = dot.mean is not None
        return " ".join(parts)

    @property
    def satisfied(self) -> str:
        return percent(self.said["overall"]["satisfied"])

    @property
    def rate(self) -> str:
        return percent(self.beside["parties"]["rate"])

    @property
    def timeliness(self) -> str:
        return percent(self.said["complaints"]["timeliness"])


def page_of(week: str, user: User) -> Page:
    """Raises `ValueError` where `week` is none."""
    days = nights.week_nights(week)
    summary = (
        WeeklySummary.objects.filter(first_night=days[0]).select_related("submitted_by", "acknowledged_by").first()
    )
    live = numbers.summary(week)
    frozen = summary.numbers if summary and summary.numbers else None
    said, before = frozen or live, weeks.document(_back(days[0], 1))
    is_whole = user.has_role(roles.OPERATIONS)
    return Page(
        week=week,
        first=days[0],
        last=days[-1],
        summary=summary,
        said=said,
        since=_since(frozen, live),
        before=before,
        beside=frozen if frozen and "themes" in frozen else weeks.beside(days[0], days[-1]),
        managers=_lines("manager", said, before, only="" if is_whole else user.username),
        rooms=_lines("room", said, before),
        channels=_lines("channel", said, before),
        dimensions=_dimensions(said, before),
        scores=_scores(said),
        trend=_trend(days[0]),
        lowest=_lowest(days, user),
        remarks=list(summary.remarks.select_related("manager")) if summary else [],
        missing=weeks.missing(summary) if summary else [],
        decisions=_decisions(days[0]),
        decided_last_week=_decisions(days[0] - dt.timedelta(weeks=1)),
        is_whole=is_whole,
    )


def percent(share: str | None) -> str:
    """ "86.9 %" of "0.8690"; a dash of nothing."""
    return "–" if share is None else f"{Decimal(share) * 100:.1f} %"


def change(now: str | None, before: str | None) -> str:
    """ "+0.12", "−0.30", "=", or nothing where either was not answered."""
    if now is None or before is None:
        return ""
    difference = Decimal(now) - Decimal(before)
    return "=" if not difference else f"{'+' if difference > 0 else '−'}{abs(difference)}"


def _back(first: dt.date, count: int) -> str:
    return nights.week_of(first - dt.timedelta(weeks=count))


def _since(frozen: dict[str, Any] | None, live: dict[str, Any]) -> dict[str, Any] | None:
    found = weeks.since(frozen, live) if frozen else None
    return found if found and found["responses"] else None


def _lines(kind: str, said: dict[str, Any], before: dict[str, Any], only: str = "") -> list[Line]:
    """Best first; then those with few answers, by name, without a place."""
    means = {one[kind]: one["mean"] for one in before[f"{kind}s"]}
    names = dict(User.objects.values_list("username", "display_name")) if kind == "manager" else {}
    titles = {str(value): str(words) for value, words in Survey.Channel.choices} if kind == "channel" else {}
    lines = [
        Line(
            name=names.get(one[kind]) or titles.get(one[kind]) or one[kind],
            responses=one["responses"],
            mean=one["mean"],
            satisfied=percent(one["satisfied"]) if "satisfied" in one else "",
            change=change(one["mean"], means.get(one[kind])),
            is_ranked=one["responses"] >= FEWEST,
            query=urlencode({_FILTERS[kind]: one[kind]}),
        )
        for one in said[f"{kind}s"]
        if not only or one[kind] == only
    ]
    return sorted(lines, key=lambda line: (not line.is_ranked, -Decimal(line.mean) if line.is_ranked else 0, line.name))


def _dimensions(said: dict[str, Any], before: dict[str, Any]) -> list[tuple[str, str | None, str, int]]:
    """Name, mean, change, and the mean as a share of the bar in per cent."""
    found = []
    for name in DIMENSIONS:
        mean, title = said["dimensions"][name], Survey._meta.get_field(name).verbose_name  # type: ignore[union-attr]
        width = 0 if mean is None else int((Decimal(mean) - 1) * 25)
        found.append((str(title).capitalize(), mean, change(mean, before["dimensions"][name]), width))
    return found


def _scores(said: dict[str, Any]) -> list[tuple[int, int, int]]:
    """Score, answers, and their share of the fullest bar in per cent; best first."""
    counts = {int(score): count for score, count in said["scores"].items()}
    most = max(counts.values(), default=0) or 1
    return [(score, counts[score], 100 * counts[score] // most) for score in sorted(counts, reverse=True)]


def _trend(first: dt.date) -> list[Dot]:
    """This week and the seven before it; locked weeks as they were submitted. Two statements."""
    mondays = [first - dt.timedelta(weeks=back) for back in range(WEEKS_SHOWN - 1, -1, -1)]
    with connection.cursor() as cursor:
        cursor.execute(_TREND, [mondays[0], first + dt.timedelta(days=6)])
        found = {day: (ratio(total, count, Decimal("0.01")), count) for day, count, total in cursor.fetchall()}
    for one in WeeklySummary.objects.filter(first_night__in=mondays).exclude(numbers=None):
        submitted: dict[str, Any] = one.numbers or {}
        found[one.first_night] = (submitted["overall"]["mean"], submitted["responses"])
    step = (WIDTH - 2 * LEFT) // (WEEKS_SHOWN - 1)
    return [
        _dot(day, LEFT + at * step, found.get(day, (None, 0)), is_this=day == first) for at, day in enumerate(mondays)
    ]


def _dot(day: dt.date, x: int, found: tuple[str | None, int], is_this: bool) -> Dot:
    mean, responses = found
    y = BOTTOM if mean is None else int(BOTTOM - (Decimal(mean) - 1) * (BOTTOM - TOP) / 4)
    week = nights.week_of(day)
    return Dot(week=week, short=week[5:], mean=mean, responses=responses, x=x, y=y, is_this=is_this)


def _lowest(days: tuple[dt.date, ...], user: User) -> list[Survey]:
    """The worst first, those with words before those without."""
    found = Survey.objects.visible_to(user).in_nights(days[0], days[-1]).filter(overall__lte=LOW).with_names()
    silent_last = Case(When(comment="", then=1), default=0)
    return list(found.order_by("overall", silent_last, "-submitted_at")[:LOWEST_SHOWN])


def _decisions(first: dt.date) -> list[WeekDecision]:
    rows = WeekDecision.objects.filter(summary__first_night=first).select_related("task", "decided_by")
    return list(rows.prefetch_related("task__people__user"))


def state_of(decision: WeekDecision, now: dt.datetime) -> tuple[str, str]:
    """Whether what was decided is done, in words and as a tone."""
    people = list(decision.task.people.all())
    if decision.task.withdrawn_at:
        return _("withdrawn"), ""
    if people and all(one.done_at for one in people):
        return _("done"), "green"
    return (_("not done, overdue"), "red") if decision.task.due_at < now else (_("not done yet"), "")
