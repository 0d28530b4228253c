"""What a plan brings over sales, as a line to draw and a few amounts worked out. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

from targets import commission
from targets.commission import CENT, Earned, Terms, Totals

WIDTH, HEIGHT = 640, 240  # of the drawing, in its own units
_ROUND = Decimal(10_000)


@dataclass(frozen=True)
class Worked:
    """A month that sells so much, its target being the floor."""

    rooms: Decimal
    earned: Earned


@dataclass(frozen=True)
class Mark:
    """A place on an axis: where it is drawn, and what it stands for."""

    at: str
    amount: Decimal


@dataclass(frozen=True)
class Curve:
    points: str
    across: tuple[Mark, ...]
    highest: Decimal
    widest: Decimal


def worked(terms: Terms) -> list[Worked]:
    """At each edge, and where one has gone well past the last one."""
    return [Worked(rooms, _earned(terms, rooms)) for rooms in (*_edges(terms), _widest(terms))]


def curve_of(terms: Terms) -> Curve:
    """Commission and bonus over room sales: straight between the edges, a step where a bonus is due."""
    widest = _widest(terms)
    corners = [Decimal(0)]
    for edge in _edges(terms):
        corners += [edge - CENT, edge, edge + CENT]
    sold = [*corners, widest]
    brings = [_earned(terms, rooms).own for rooms in sold]
    highest = max(*brings, Decimal(1))
    points = " ".join(f"{_x(rooms, widest)},{_y(own, highest)}" for rooms, own in zip(sold, brings, strict=True))
    across = tuple(Mark(_x(tier.over, widest), tier.over) for tier in terms.tiers)
    return Curve(points, across, highest, widest)


def _earned(terms: Terms, rooms: Decimal) -> Earned:
    return commission.earned(terms, target=terms.floor, totals=Totals(rooms))


def _edges(terms: Terms) -> Iterable[Decimal]:
    bonuses = (commission.to_cents_up(band.completion * terms.floor) for band in terms.bonus)
    return sorted({terms.floor, *(tier.over for tier in terms.tiers), *bonuses} - {Decimal(0)})


def _widest(terms: Terms) -> Decimal:
    """A quarter beyond the last edge, a round sum."""
    beyond = max(_edges(terms)) * Decimal("1.25")
    return (beyond / _ROUND).quantize(Decimal(1), ROUND_UP) * _ROUND


def _x(rooms: Decimal, widest: Decimal) -> str:
    return f"{rooms / widest * WIDTH:.1f}"


def _y(own: Decimal, highest: Decimal) -> str:
    return f"{HEIGHT - own / highest * HEIGHT:.1f}"
