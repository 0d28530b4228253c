"""Fruit plates (果盘, A5): what a manager may give in a month, every plate given, and what a plate costs the house."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vipdesk.appendonly import append_only
from visits.models import Party


class GiftAllowance(models.Model):
    """A manager's plates of a month. `granted` is what last month's completion grants, as it stood at the last gift; it
    never falls below what was given, and nothing is given above it: the database sees to both."""

    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="gift_allowances", verbose_name=_("manager")
    )
    month = models.DateField(_("month"))
    granted = models.PositiveIntegerField(_("granted"), default=0)
    given = models.PositiveIntegerField(_("given"), default=0)

    class Meta:
        ordering = ["-month", "manager"]
        verbose_name = _("allowance of fruit plates")
        verbose_name_plural = _("allowances of fruit plates")
        constraints = [
            models.UniqueConstraint(fields=["manager", "month"], name="one_allowance_a_month"),
            models.CheckConstraint(condition=Q(given__lte=F("granted")), name="no_gift_beyond_the_allowance"),
            models.CheckConstraint(condition=Q(month__day=1), name="allowance_is_of_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.manager_id} {self.month:%Y-%m}: {self.given} / {self.granted}"


class Gift(models.Model):
    """A plate given to a party, or (`takes_back`) one taken back within minutes. `cost` in yuan, as of that month."""

    allowance = models.ForeignKey(
        GiftAllowance, models.PROTECT, related_name="gifts", verbose_name=_("allowance of fruit plates")
    )
    party = models.ForeignKey(Party, models.PROTECT, related_name="gifts", verbose_name=_("party"))
    night = models.DateField(_("night"))
    cost = models.DecimalField(_("cost"), max_digits=8, decimal_places=2)
    at = models.DateTimeField(_("when"), default=timezone.now)
    takes_back = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="taken_back_by", verbose_name=_("takes back")
    )
    client_id = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("fruit plate")
        verbose_name_plural = _("fruit plates given")
        constraints = [models.CheckConstraint(condition=Q(cost__gte=0), name="gift_cost_is_not_negative")]
        indexes = [models.Index("night", name="gift_by_night")]
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"{self.allowance_id} {self.party_id}"


class GiftCost(models.Model):
    """What a plate costs the house from a month on, in yuan; operations edit it."""

    effective_from = models.DateField(_("from the month"), unique=True)
    cost = models.DecimalField(_("cost"), max_digits=8, decimal_places=2, validators=[MinValueValidator(0)])

    class Meta:
        ordering = ["-effective_from"]
        verbose_name = _("cost of a fruit plate")
        verbose_name_plural = _("cost of a fruit plate")
        constraints = [
            models.CheckConstraint(condition=Q(cost__gte=0), name="plate_cost_is_not_negative"),
            models.CheckConstraint(condition=Q(effective_from__day=1), name="plate_cost_begins_with_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.effective_from:%Y-%m}: {self.cost}"
