"""A week's numbers (CONTRACT.md, "Weekly summary"): one scan of its answers in SQL, added up by manager, room, channel.

The answers of a week are read through the index on their night; what comes back is one row per manager, room and
channel with integer counts and sums, so that every mean and share is exact whatever it is grouped by.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection

from feedback import complaint_numbers
from feedback.models.survey import DIMENSIONS
from feedback.tally import SCORES, Tally
from vipdesk import nights

# How many answered a dimension and the sum of what they said come as one number, n * _ONE + sum: a third less to add up
# for each of a week's rows. One week would need fifty million answers for the sum to reach _ONE.
_ONE = 1 << 28
_COUNTS = ", ".join(
    (
        *(f"count(*) FILTER (WHERE overall = {score})" for score in SCORES),
        *(f"coalesce(sum({name} + {_ONE}), 0)" for name in DIMENSIONS),
        "count(recommend), count(*) FILTER (WHERE recommend >= 9), count(*) FILTER (WHERE recommend <= 6)",
    )
)
_CELLS = f"""
    WITH cells AS MATERIALIZED (
        SELECT manager_id, room_id, channel, {_COUNTS}
        FROM feedback_survey WHERE night BETWEEN %s AND %s GROUP BY manager_id, room_id, channel
    )
    SELECT u.username, r.number, cells.* FROM cells
    LEFT JOIN staff_user u ON u.id = manager_id LEFT JOIN visits_room r ON r.id = room_id
"""  # noqa: S608  names of our own columns


@dataclass(frozen=True, kw_only=True)
class Group:
    """The answers about one manager (by login name) or room (by number), or through one channel."""

    name: str
    tally: Tally


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """What was answered in [first_night, last_night]; groups without a single answer are not there."""

    first_night: dt.date
    last_night: dt.date
    total: Tally
    managers: list[Group]
    rooms: list[Group]
    channels: list[Group]


class _Cell(NamedTuple):
    """One row of the scan: `counts` in the order of `_COUNTS`."""

    manager: str | None
    room: str | None
    channel: str
    counts: Sequence[int]


def of_week(week: str) -> Numbers:
    """Raises `ValueError` where `week` is not one like 2026-W48."""
    days = nights.week_nights(week)
    return of_nights(days[0], days[-1])


def of_nights(first: dt.date, last: dt.date) -> Numbers:
    """Both included; one statement."""
    cells = _cells(first, last)
    return Numbers(
        first_night=first,
        last_night=last,
        total=_sum([cell.counts for cell in cells]),
        managers=_groups((cell.manager, cell.counts) for cell in cells),
        rooms=_groups((cell.room, cell.counts) for cell in cells),
        channels=_groups((cell.channel, cell.counts) for cell in cells),
    )


def summary(week: str) -> dict[str, Any]:
    """The contract's document, of the answers as they are now; what it adds to the contract stands last."""
    numbers = of_week(week)
    total = numbers.total
    return {
        "week": week,
        "first_night": numbers.first_night.isoformat(),
        "last_night": numbers.last_night.isoformat(),
        "status": "draft",
        "responses": total.responses,
        "overall": {"mean": total.mean, "satisfied": total.satisfied},
        "nps": total.nps,
        "dimensions": total.dimensions,
        "managers": [
            {
                "manager": one.name,
                "responses": one.tally.responses,
                "mean": one.tally.mean,
                "satisfied": one.tally.satisfied,
            }
            for one in numbers.managers
        ],
        "rooms": [
            {"room": one.name, "responses": one.tally.responses, "mean": one.tally.mean} for one in numbers.rooms
        ],
        "low_scores": total.low,
        "complaints": complaint_numbers.of_week(numbers.first_night, numbers.last_night),
        "channels": [
            {"channel": one.name, "responses": one.tally.responses, "mean": one.tally.mean} for one in numbers.channels
        ],
        "scores": {str(score): count for score, count in total.scores.items()},
    }


def _cells(first: dt.date, last: dt.date) -> list[_Cell]:
    with connection.cursor() as cursor:
        cursor.execute(_CELLS, [first, last])
        return [_Cell(who, room, channel, counts) for who, room, _m, _r, channel, *counts in cursor.fetchall()]


def _sum(rows: Sequence[Sequence[int]]) -> Tally:
    """Column by column, which for a thousand cells costs a tenth of adding tallies."""
    if not rows:
        return Tally()
    counts, at = [int(sum(column)) for column in zip(*rows, strict=True)], len(SCORES)
    scores, packed, rest = counts[:at], counts[at:-3], counts[-3:]
    return Tally(
        scores=dict(zip(SCORES, scores, strict=True)),
        answered={name: both // _ONE for name, both in zip(DIMENSIONS, packed, strict=True)},
        sums={name: both % _ONE for name, both in zip(DIMENSIONS, packed, strict=True)},
        recommends=rest[0],
        promoters=rest[1],
        detractors=rest[2],
    )


def _groups(pairs: Iterable[tuple[str | None, Sequence[int]]]) -> list[Group]:
    """By name; answers without one (no manager, no room) are in the total alone."""
    found: defaultdict[str, list[Sequence[int]]] = defaultdict(list)
    for name, counts in pairs:
        if name is not None:
            found[name].append(counts)
    return [Group(name=name, tally=_sum(found[name])) for name in sorted(found)]
