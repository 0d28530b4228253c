"""How many of a kind of room are taken at the busiest moment of a time. Pure: no model, no database."""

from collections.abc import Iterable
from datetime import datetime

Span = tuple[datetime, datetime]  # [from, to)


def overlaps(one: Span, other: Span) -> bool:
    """Whether two half-open spans share a moment; one that ends when the other begins does not."""
    return one[0] < other[1] and other[0] < one[1]


def most_at_once(spans: Iterable[Span], during: Span) -> int:
    """The greatest number of `spans` that hold one moment of `during` together.

    It is reached where `during` or one of the spans begins, so only those moments are looked at.
    """
    met = [span for span in spans if overlaps(span, during)]
    moments = {during[0], *(span[0] for span in met if span[0] >= during[0])}
    return max((sum(begin <= moment < end for begin, end in met) for moment in moments), default=0)
