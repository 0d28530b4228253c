"""Closed months and their frozen statements (S6 S7): rows that cannot change, and what was settled later.

A statement's own figures are of the charges whose night lies in its month. What arrives for a closed month afterwards
settles in the first open month after it, as an `Adjustment` of that month's statement once it closes.
"""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from targets.models.plan import CommissionPlan
from vipdesk.appendonly import append_only


def _yuan(label: Any) -> models.DecimalField:  # type: ignore[type-arg]
    return models.DecimalField(label, max_digits=18, decimal_places=2)


class MonthClosing(models.Model):
    """A month that is closed, and the plan it was closed by: a newer plan for the same month changes nothing in it."""

    month = models.DateField(_("month"), unique=True)
    plan = models.ForeignKey(CommissionPlan, models.PROTECT, related_name="closings", verbose_name=_("plan"))
    was_sample = models.BooleanField(_("sample"), default=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("closed by")
    )
    closed_at = models.DateTimeField(_("closed at"), default=timezone.now)

    if TYPE_CHECKING:
        statements: Any

    class Meta:
        ordering = ["-month"]
        verbose_name = _("closed month")
        verbose_name_plural = _("closed months")
        constraints = [models.CheckConstraint(condition=Q(month__day=1), name="closing_is_of_a_month")]
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class Statement(models.Model):
    """What a manager is due for a closed month, frozen. `own` is the month's own due, `total` with the adjustments of
    earlier months. `tiers` holds the slices as printed: over, up_to, rate, amount, commission."""

    closing = models.ForeignKey(MonthClosing, models.PROTECT, related_name="statements", verbose_name=_("month"))
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="statements", verbose_name=_("manager")
    )
    target = _yuan(_("target"))
    room_total = _yuan(_("rooms"))
    card_total = _yuan(_("cards"))
    tiers = models.JSONField(_("tiers"), default=list)
    room_commission = _yuan(_("commission on rooms"))
    card_commission = _yuan(_("commission on cards"))
    bonus = _yuan(_("bonus"))
    own = _yuan(_("for the month itself"))
    total = _yuan(_("total"))
    gifts_next_month = models.PositiveIntegerField(_("fruit plates next month"))

    if TYPE_CHECKING:
        adjustments: Any

    class Meta:
        ordering = ["-closing__month", "manager__username"]
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        constraints = [
            models.UniqueConstraint(fields=["closing", "manager"], name="one_statement_a_month"),
            models.CheckConstraint(
                condition=Q(own=models.F("room_commission") + models.F("card_commission") + models.F("bonus")),
                name="statement_adds_up",
            ),
        ]
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"{self.closing_id} {self.manager_id}"


class Adjustment(models.Model):
    """What a closed statement settled of an earlier closed month: due with everything known then, minus paid."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="adjustments", verbose_name=_("statement"))
    month = models.DateField(_("of the month"))
    amount = _yuan(_("amount"))

    class Meta:
        ordering = ["month"]
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        constraints = [
            models.UniqueConstraint(fields=["statement", "month"], name="one_adjustment_of_a_month"),
            models.CheckConstraint(condition=~Q(amount=0), name="adjustment_is_not_nothing"),
            models.CheckConstraint(condition=Q(month__day=1), name="adjustment_is_of_a_month"),
        ]
        indexes = [models.Index("month", name="adjustment_of_month")]
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}: {self.amount}"
