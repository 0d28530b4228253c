"""Compensation (赔偿, G2): what a guest is given for what went wrong, who said yes, and what it cost the house."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback.complaint_choices import CompensationKind, CompensationState, LimitRole
from feedback.models.complaint import Complaint


class Compensation(models.Model):
    """`value` in yuan is its cost to the house. It is approved at once within the asker's limit, else by operations;
    a fruit plate given like this is cost, and no part of anybody's allowance (domain.md, "Gifts")."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="compensations", verbose_name=_("complaint"))
    kind = models.CharField(_("what"), max_length=8, choices=CompensationKind)
    value = models.DecimalField(_("value"), max_digits=14, decimal_places=2, validators=[MinValueValidator(Decimal(0))])
    reason = models.CharField(_("why"), max_length=300)
    state = models.CharField(_("state"), max_length=8, choices=CompensationState, default=CompensationState.ASKED)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked for by")
    )
    asked_at = models.DateTimeField(_("asked for at"), default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("given by")
    )
    given_at = models.DateTimeField(_("given at"), null=True, blank=True)
    given_night = models.DateField(_("night"), null=True, blank=True)
    client_id = models.UUIDField(null=True, blank=True, unique=True)
    waits_because = ""  # set by `ask_compensation`: the limit that it is above, in words

    class Meta:
        ordering = ["asked_at", "pk"]
        verbose_name = _("compensation")
        verbose_name_plural = _("compensations")
        indexes = [
            models.Index("given_night", name="compensation_given", condition=Q(given_night__isnull=False)),
            models.Index("asked_at", name="compensation_asked", condition=Q(state=CompensationState.ASKED)),
            models.Index("asked_at", name="compensation_by_time"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(value__gte=0), name="compensation_is_not_negative"),
            models.CheckConstraint(condition=~Q(reason=""), name="compensation_has_reason"),
            models.CheckConstraint(
                condition=Q(state=CompensationState.ASKED, decided_at=None)
                | (~Q(state=CompensationState.ASKED) & Q(decided_at__isnull=False)),
                name="compensation_is_decided_when_it_says_so",
            ),
            models.CheckConstraint(
                condition=Q(state=CompensationState.GIVEN, given_at__isnull=False, given_night__isnull=False)
                | (~Q(state=CompensationState.GIVEN) & Q(given_at=None, given_night=None)),
                name="compensation_is_given_when_it_says_so",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ¥{self.value}"


class CompensationLimit(models.Model):
    """Up to what sums somebody of this role may say yes alone; operations edit them. `amount` holds for all that one
    complaint costs, and for all that one party or guest is promised in a night; `month_amount` for all that one person
    says yes to by themselves in a month. No row: managers ask for everything, operations may say yes to anything."""

    role = models.CharField(_("role"), max_length=10, choices=LimitRole, unique=True)
    amount = models.DecimalField(
        _("up to, per complaint, and per party or guest and night"),
        max_digits=14,
        decimal_places=2,
        validators=[MinValueValidator(Decimal(0))],
    )
    month_amount = models.DecimalField(
        _("up to, per person and month"),
        max_digits=14,
        decimal_places=2,
        default=Decimal(2000),
        validators=[MinValueValidator(Decimal(0))],
    )

    class Meta:
        ordering = ["role"]
        verbose_name = _("limit of compensation")
        verbose_name_plural = _("limits of compensation")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="compensation_limit_is_not_negative"),
            models.CheckConstraint(condition=Q(month_amount__gte=0), name="compensation_month_limit_is_not_negative"),
        ]

    def __str__(self) -> str:
        return self.get_role_display()
