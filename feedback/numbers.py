"""A week's numbers (contract.md, "Weekly summary"): one scan of its answers in SQL, added up by manager, room, channel.

The answers of a week are read through the index on their night into one row per manager, room and channel with integer
counts and sums, so that every mean and share is exact; these few rows are then added up for each grouping.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from feedback import complaint_numbers
from feedback.models.survey import DIMENSIONS
from feedback.tally import SCORES, Tally
from vipdesk import nights

# How many answered a dimension and the sum of what they said come as one number, n * _ONE + sum: a third less to add up
# for each answer. One week would need fifty million answers for the sum to reach _ONE.
_ONE = 1 << 28
_COUNTED = {
    **{f"scored_{score}": f"count(*) FILTER (WHERE overall = {score})" for score in SCORES},
    **{name: f"sum({name} + {_ONE})" for name in DIMENSIONS},
    "recommends": "count(recommend)",
    "promoters": "count(*) FILTER (WHERE recommend >= 9)",
    "detractors": "count(*) FILTER (WHERE recommend <= 6)",
}
# What GROUPING says of a row: a bit for each of the three columns that it is not grouped by.
_BY_MANAGER, _BY_ROOM, _BY_CHANNEL, _IN_ALL = 0b011, 0b101, 0b110, 0b111
_GROUPS = f"""
    WITH cells AS MATERIALIZED (
        SELECT manager_id, room_id, channel, {", ".join(f"{sql} AS {name}" for name, sql in _COUNTED.items())}
        FROM feedback_survey WHERE night BETWEEN %s AND %s GROUP BY manager_id, room_id, channel
    ), added AS (
        SELECT GROUPING(manager_id, room_id, channel), manager_id, room_id, channel,
            {", ".join(f"coalesce(sum({name}), 0)::bigint" for name in _COUNTED)}
        FROM cells GROUP BY GROUPING SETS ((manager_id), (room_id), (channel), ())
    )
    SELECT u.username, r.number, added.* FROM added
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


def of_week(week: str) -> Numbers:
    """Raises `ValueError` where `week` is not one like 2026-W48."""
    days = nights.week_nights(week)
    return of_nights(days[0], days[-1])


def of_nights(first: dt.date, last: dt.date) -> Numbers:
    """Both included; one statement."""
    found: dict[int, list[Group]] = {by: [] for by in (_BY_MANAGER, _BY_ROOM, _BY_CHANNEL)}
    total = Tally()
    for who, number, by, _manager, _room, channel, *counts in _rows(first, last):
        if by == _IN_ALL:
            total = _tally(counts)
        elif name := who or number or channel:  # answers without a manager, without a room are in the total alone
            found[by].append(Group(name=name, tally=_tally(counts)))
    managers, rooms, channels = (sorted(groups, key=lambda one: one.name) for groups in found.values())
    return Numbers(first_night=first, last_night=last, total=total, managers=managers, rooms=rooms, channels=channels)


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


def _rows(first: dt.date, last: dt.date) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS, [first, last])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _tally(counts: Sequence[int]) -> Tally:
    """`counts` in the order of `_COUNTED`."""
    at = len(SCORES)
    scores, packed, rest = counts[:at], counts[at:-3], counts[-3:]
    return Tally(
        scores=dict(zip(SCORES, scores, strict=True)),
        answered={name: both // _ONE for name, both in zip(DIMENSIONS, packed, strict=True)},
        sums={name: both % _ONE for name, both in zip(DIMENSIONS, packed, strict=True)},
        recommends=rest[0],
        promoters=rest[1],
        detractors=rest[2],
    )
