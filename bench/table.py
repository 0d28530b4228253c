"""The table that `make bench` prints, and its JSON."""

from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Row:
    """One measurement: ours, the reference (None where there is none), the aim of promises.md and whether it is met.

    A part that failed has a row too: no figure, and `error` says why in one line.
    """

    work: str
    ours: float | None
    reference: float | None
    aim: str
    is_met: bool | None
    unit: str
    error: str = ""

    @classmethod
    def ratio(cls, work: str, ours: float, reference: float, most: float | None, unit: str) -> "Row":
        """Ours may cost at most `most` times the reference."""
        met = None if most is None else ours / reference <= most
        return cls(work, ours, reference, f"≤ {most} ×" if most else "", met, unit)

    @classmethod
    def failed(cls, part: str, error: Exception) -> "Row":
        lines = str(error).splitlines() or [""]
        return cls(part, None, None, "", False, "", f"{type(error).__name__}: {lines[0][:200]}")

    def without_aim(self) -> "Row":
        return self if self.error else replace(self, aim="", is_met=None)

    def ratio_to_reference(self) -> float | None:
        return self.ours / self.reference if self.ours is not None and self.reference else None

    def times(self) -> str:
        ratio = self.ratio_to_reference()
        return "" if ratio is None else f"{ratio:.2f} ×"

    def line(self) -> str:
        if self.ours is None:
            return f"{self.work:<34}FAILED  {self.error}"
        reference = "" if self.reference is None else f"{self.reference:,.2f}"
        verdict = {True: "met", False: "NOT MET", None: ""}[self.is_met]
        numbers = f"{self.ours:>12,.2f}{reference:>12}  {self.unit:<12}{self.times():>9}"
        return f"{self.work:<34}{numbers}  {self.aim:<9}{verdict}"

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"ratio": self.ratio_to_reference()}


HEAD = f"{'work':<34}{'ours':>12}{'reference':>12}  {'unit':<12}{'ratio':>9}  {'aim':<9}"
