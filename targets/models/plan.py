"""Commission plans with their tiers and bands, and the targets of managers (S6 S7 A5): dated data of operations.

Months are dates of their first day. Money is yuan with two places, rates and completions are shares with four.
"""

from typing import TYPE_CHECKING, Any

import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from targets.models.guards import closed_month_guard, used_plan_guard, used_plan_part_guard
from vipdesk.appendonly import append_only

_NOT_NEGATIVE = [MinValueValidator(0)]
_SHARE = [MinValueValidator(0), MaxValueValidator(1)]


class PlanQuerySet(models.QuerySet["CommissionPlan"]):
    def standing(self) -> "PlanQuerySet":
        """Plans that nobody withdrew."""
        return self.filter(withdrawn_at=None)


class CommissionPlan(models.Model):
    """What sales bring from a month on, until a newer plan takes over. `targets.plans` writes it, whole.

    A month that is closed remembers the plan it was closed by (`MonthClosing.plan`); such a plan cannot change, nor be
    withdrawn. A withdrawn plan stays on file and counts for no month.
    """

    code = models.CharField(_("code"), max_length=60, unique=True)
    effective_from = models.DateField(_("from the month"))
    floor = models.DecimalField(_("floor"), max_digits=14, decimal_places=2)
    card_rate = models.DecimalField(_("rate of cards"), max_digits=7, decimal_places=4, validators=_SHARE)
    card_paid_rooms_count = models.BooleanField(_("rooms paid by card count"), default=True)
    min_party_spend = models.DecimalField(
        _("party's spend for a fruit plate"), max_digits=14, decimal_places=2, default=0, validators=_NOT_NEGATIVE
    )
    # The shipped example, until operations say that these are the house's figures.
    is_sample = models.BooleanField(_("sample"), default=False)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    objects = PlanQuerySet.as_manager()

    if TYPE_CHECKING:
        tiers: Any
        bonus_bands: Any
        gift_bands: Any

    class Meta:
        ordering = ["-effective_from"]
        verbose_name = _("commission plan")
        verbose_name_plural = _("commission plans")
        constraints = [
            models.CheckConstraint(condition=Q(effective_from__day=1), name="plan_begins_with_a_month"),
            models.CheckConstraint(condition=Q(floor__gt=0), name="plan_floor_is_positive"),
            models.CheckConstraint(condition=Q(card_rate__range=(0, 1)), name="plan_card_rate_is_a_share"),
            models.CheckConstraint(condition=Q(min_party_spend__gte=0), name="plan_spend_is_not_negative"),
            models.CheckConstraint(condition=~Q(code=""), name="plan_has_code"),
            models.UniqueConstraint(
                fields=["effective_from"], condition=Q(withdrawn_at=None), name="one_standing_plan_a_month"
            ),
        ]
        triggers = [used_plan_guard()]

    def __str__(self) -> str:
        return self.code


class CommissionTier(models.Model):
    """Each yuan of the month's room total above `over`, up to the next tier's, earns `rate`."""

    plan = models.ForeignKey(CommissionPlan, models.CASCADE, related_name="tiers")
    over = models.DecimalField(_("over"), max_digits=14, decimal_places=2)
    rate = models.DecimalField(_("rate"), max_digits=7, decimal_places=4, validators=_SHARE)

    class Meta:
        ordering = ["over"]
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        constraints = [
            models.UniqueConstraint(fields=["plan", "over"], name="one_tier_over_an_amount"),
            models.CheckConstraint(condition=Q(rate__range=(0, 1)), name="tier_rate_is_a_share"),
        ]
        triggers = [used_plan_part_guard()]

    def __str__(self) -> str:
        return f"{self.over}: {self.rate}"


class BonusBand(models.Model):
    """Who exceeds the target and reaches `completion` (1.2: 120 % of it) gets `amount`, once."""

    plan = models.ForeignKey(CommissionPlan, models.CASCADE, related_name="bonus_bands")
    completion = models.DecimalField(_("completion"), max_digits=7, decimal_places=4, validators=_NOT_NEGATIVE)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, validators=_NOT_NEGATIVE)

    class Meta:
        ordering = ["completion"]
        verbose_name = _("bonus")
        verbose_name_plural = _("bonuses")
        constraints = [
            models.UniqueConstraint(fields=["plan", "completion"], name="one_bonus_per_completion"),
            models.CheckConstraint(condition=Q(completion__gte=0, amount__gte=0), name="bonus_is_not_negative"),
        ]
        triggers = [used_plan_part_guard()]

    def __str__(self) -> str:
        return f"{self.completion}: {self.amount}"


class GiftBand(models.Model):
    """How many fruit plates the next month grants from `completion` on (A5)."""

    plan = models.ForeignKey(CommissionPlan, models.CASCADE, related_name="gift_bands")
    completion = models.DecimalField(_("completion"), max_digits=7, decimal_places=4, validators=_NOT_NEGATIVE)
    plates = models.PositiveIntegerField(_("fruit plates"))

    class Meta:
        ordering = ["completion"]
        verbose_name = _("fruit plates")
        verbose_name_plural = _("fruit plates")
        constraints = [
            models.UniqueConstraint(fields=["plan", "completion"], name="one_gift_per_completion"),
            models.CheckConstraint(condition=Q(completion__gte=0), name="gift_completion_is_not_negative"),
        ]
        triggers = [used_plan_part_guard()]

    def __str__(self) -> str:
        return f"{self.completion}: {self.plates}"


@pghistory.track(
    pghistory.UpdateEvent("changed", row=pghistory.Old),
    pghistory.DeleteEvent("deleted", row=pghistory.Old),
    exclude=["set_at"],
    context_field=pghistory.ContextJSONField(),
    context_id_field=None,  # type: ignore[arg-type]
    meta={"triggers": [append_only()]},
)
class Target(models.Model):
    """A manager's own target of one month, where it is not the plan's floor: who joined late, or was on leave."""

    manager = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("manager"))
    month = models.DateField(_("month"))
    amount = models.DecimalField(_("target"), max_digits=14, decimal_places=2)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    set_at = models.DateTimeField(_("set at"), default=timezone.now)

    if TYPE_CHECKING:
        events: Any  # the rows as they were (pghistory)

    class Meta:
        ordering = ["-month", "manager"]
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        constraints = [
            models.UniqueConstraint(fields=["manager", "month"], name="one_target_a_month"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="target_is_positive"),
            models.CheckConstraint(condition=Q(month__day=1), name="target_is_of_a_month"),
        ]
        triggers = [closed_month_guard()]

    def __str__(self) -> str:
        return f"{self.manager} {self.month:%Y-%m}: {self.amount}"


class TeamBoard(models.Model):
    """One row: whether the team's figures stand ranked, for houses that would rather not have a leader board."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    is_ranked = models.BooleanField(_("leader board"), default=True)

    class Meta:
        verbose_name = _("leader board")
        verbose_name_plural = _("leader board")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_team_board")]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)
