"""The team's month: everybody's statement side by side, and what they come to together."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from targets.commission import ZERO
from targets.statements import MonthStatement


@dataclass(frozen=True)
class Line:
    """One manager; `place` by room total, the same for equals, None where the house wants no leader board."""

    it: MonthStatement
    place: int | None
    percent: int


@dataclass(frozen=True)
class Team:
    lines: list[Line]
    target: Decimal
    rooms: Decimal
    cards: Decimal
    commission: Decimal
    bonus: Decimal
    adjusted: Decimal
    total: Decimal
    is_ranked: bool

    @property
    def percent(self) -> int:
        return _percent(self.rooms, self.target)


def team_of(found: Sequence[MonthStatement], *, is_ranked: bool) -> Team:
    """In the order given, or best first where they are ranked."""
    ordered = sorted(found, key=lambda it: -it.earned.totals.rooms) if is_ranked else list(found)
    rooms = [it.earned.totals.rooms for it in ordered]
    return Team(
        lines=[
            Line(it, rooms.index(total) + 1 if is_ranked else None, _percent(total, it.earned.target))
            for it, total in zip(ordered, rooms, strict=True)
        ],
        target=sum((it.earned.target for it in found), ZERO),
        rooms=sum(rooms, ZERO),
        cards=sum((it.earned.totals.cards for it in found), ZERO),
        commission=sum((it.commission for it in found), ZERO),
        bonus=sum((it.earned.bonus for it in found), ZERO),
        adjusted=sum((it.adjusted for it in found), ZERO),
        total=sum((it.total for it in found), ZERO),
        is_ranked=is_ranked,
    )


def _percent(reached: Decimal, goal: Decimal) -> int:
    """Of the goal, cut off, 0 to 100."""
    return min(int(max(reached, ZERO) * 100 / goal), 100) if goal else 0
