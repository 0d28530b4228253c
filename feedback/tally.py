"""Arithmetic of answers: counts, means, shares and the recommendation score, exact and rounded half-up. Pure.

Rounding goes away from zero at a half, below zero too, as PostgreSQL's `round(numeric)` does: -12.25 is -12.3. What
nobody answered has no mean: None, never 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from feedback.models.survey import DIMENSIONS, LOW, SATISFIED

SCORES = range(1, 6)
FEWEST = 5  # a group with fewer answers is shown, but not ranked
_MEAN, _SHARE, _SCORE = Decimal("0.01"), Decimal("0.0001"), Decimal("0.1")


@dataclass
class Tally:
    """Answers counted: how many gave each overall score; of each dimension how many answered and the sum of it."""

    scores: dict[int, int] = field(default_factory=lambda: dict.fromkeys(SCORES, 0))
    answered: dict[str, int] = field(default_factory=lambda: dict.fromkeys(DIMENSIONS, 0))
    sums: dict[str, int] = field(default_factory=lambda: dict.fromkeys(DIMENSIONS, 0))
    recommends: int = 0
    promoters: int = 0
    detractors: int = 0

    @property
    def responses(self) -> int:
        return sum(self.scores.values())

    @property
    def low(self) -> int:
        return sum(count for score, count in self.scores.items() if score <= LOW)

    @property
    def mean(self) -> str | None:
        return ratio(sum(score * count for score, count in self.scores.items()), self.responses, _MEAN)

    @property
    def satisfied(self) -> str | None:
        happy = sum(count for score, count in self.scores.items() if score >= SATISFIED)
        return ratio(happy, self.responses, _SHARE)

    @property
    def dimensions(self) -> dict[str, str | None]:
        return {name: ratio(self.sums[name], self.answered[name], _MEAN) for name in DIMENSIONS}

    @property
    def nps(self) -> dict[str, object]:
        """Promoters say 9 or 10, detractors 0 to 6; the score is their difference in per cent of the answers."""
        return {
            "answers": self.recommends,
            "promoters": self.promoters,
            "passives": self.recommends - self.promoters - self.detractors,
            "detractors": self.detractors,
            "score": ratio(100 * (self.promoters - self.detractors), self.recommends, _SCORE),
        }


def ratio(part: int, whole: int, step: Decimal) -> str | None:
    """`part / whole` rounded half-up to `step`, as it is printed; None of nothing."""
    if not whole:
        return None
    return str((Decimal(part) / Decimal(whole)).quantize(step, ROUND_HALF_UP) + 0)  # + 0: never "-0.0"


def share(part: int, whole: int) -> str | None:
    return ratio(part, whole, _SHARE)
