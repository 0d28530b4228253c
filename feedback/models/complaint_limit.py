"""How long a complaint may wait, by its severity: data that operations edit."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from feedback.clock import Hours
from feedback.complaint_choices import Severity

LONGEST = 30 * 24 * 60  # minutes


def _minutes(title: object) -> "models.PositiveIntegerField[int, int]":
    return models.PositiveIntegerField(title, validators=[MinValueValidator(1), MaxValueValidator(LONGEST)])  # type: ignore[arg-type]


class ComplaintLimit(models.Model):
    """Counts for complaints opened from now on: what stands was promised by the limit of its day."""

    severity = models.CharField(_("severity"), max_length=8, choices=Severity, unique=True)
    answer_minutes = _minutes(_("minutes to the first answer"))
    solve_minutes = _minutes(_("minutes to the solution"))
    hours = models.CharField(_("counted in"), max_length=5, choices=Hours, default=Hours.SHIFT)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("limit of complaints")
        verbose_name_plural = _("limits of complaints")
        constraints = [
            models.CheckConstraint(
                condition=Q(answer_minutes__range=(1, LONGEST), solve_minutes__range=(1, LONGEST)),
                name="complaint_limit_is_some_time",
            ),
            models.CheckConstraint(
                condition=Q(solve_minutes__gte=F("answer_minutes")), name="solution_takes_no_less_than_an_answer"
            ),
        ]

    def __str__(self) -> str:
        return self.get_severity_display()


# Where a house has not said; what a new house begins with.
USUAL: dict[str, tuple[int, int, str]] = {
    Severity.LOW: (60, 960, Hours.SHIFT),
    Severity.NORMAL: (30, 480, Hours.SHIFT),
    Severity.HIGH: (15, 120, Hours.SHIFT),
    Severity.CRITICAL: (10, 60, Hours.REAL),
}


def limit_of(severity: str) -> ComplaintLimit:
    """What the house has said, else the usual; one statement."""
    answer, solve, hours = USUAL[severity]
    usual = ComplaintLimit(severity=severity, answer_minutes=answer, solve_minutes=solve, hours=hours)
    return ComplaintLimit.objects.filter(severity=severity).first() or usual
