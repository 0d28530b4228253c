"""The table that `make bench` prints, and its JSON."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One measurement: ours, the reference (None where there is none), the aim of TRUST.md and whether it is met."""

    work: str
    ours: float
    reference: float | None
    aim: str
    is_met: bool | None
    unit: str

    @classmethod
    def ratio(cls, work: str, ours: float, reference: float, most: float | None, unit: str) -> "Row":
        """Ours may cost at most `most` times the reference."""
        met = None if most is None else ours / reference <= most
        return cls(work, ours, reference, f"≤ {most} ×" if most else "", met, unit)

    def times(self) -> str:
        return f"{self.ours / self.reference:.2f} ×" if self.reference else ""

    def line(self) -> str:
        reference = "" if self.reference is None else f"{self.reference:,.2f}"
        verdict = {True: "met", False: "NOT MET", None: ""}[self.is_met]
        numbers = f"{self.ours:>12,.2f}{reference:>12}  {self.unit:<12}{self.times():>9}"
        return f"{self.work:<34}{numbers}  {self.aim:<9}{verdict}"

    def as_json(self) -> dict[str, Any]:
        ratio = self.ours / self.reference if self.reference else None
        return asdict(self) | {"ratio": ratio}


HEAD = f"{'work':<34}{'ours':>12}{'reference':>12}  {'unit':<12}{'ratio':>9}  {'aim':<9}"
