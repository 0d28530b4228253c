"""Stored bottles (存酒, 取酒): what a guest left with the house, how much of it is there, until when."""

from typing import TYPE_CHECKING, Any, ClassVar

import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.families import GuestKey
from customers.models import Customer
from vipdesk import nights
from vipdesk.appendonly import append_only
from visits.bottle_querysets import BottleQuerySet
from visits.choices import BottleCategory
from visits.models.party import Party

SOON_DAYS = 7  # how long before its last day a bottle is worth a word


class BottleValidity(models.Model):
    """How long a bottle is kept, in months (1.5: a month and fifteen days): data that operations edit."""

    category = models.CharField(_("category"), max_length=7, choices=BottleCategory)
    is_opened = models.BooleanField(_("opened"), default=False)
    months = models.DecimalField(
        _("months"), max_digits=3, decimal_places=1, validators=[MinValueValidator(0), MaxValueValidator(60)]
    )

    class Meta:
        ordering = ["category", "is_opened"]
        verbose_name = _("validity of bottles")
        verbose_name_plural = _("validity of bottles")
        constraints = [models.UniqueConstraint(fields=["category", "is_opened"], name="one_validity_per_category")]

    def __str__(self) -> str:
        return self.get_category_display()


@pghistory.track(
    pghistory.UpdateEvent("changed", row=pghistory.Old),
    exclude=["client_id", "updated_at"],
    context_field=pghistory.ContextJSONField(),
    context_id_field=None,  # type: ignore[arg-type]
    meta={"triggers": [append_only("bottle_no", "product", "locker", "pgh_context")]},
)
class StoredBottle(models.Model):
    """`remaining` is the share of a full bottle, 0 to 1; an expired bottle is flagged by its date, never removed."""

    bottle_no = models.CharField(_("bottle number"), max_length=20, unique=True)
    customer = GuestKey(Customer, models.PROTECT, related_name="bottles", verbose_name=_("guest"))
    product = models.CharField(_("product"), max_length=80)
    category = models.CharField(_("category"), max_length=7, choices=BottleCategory)
    is_opened = models.BooleanField(_("opened"), default=False)
    stored_on = models.DateField(_("stored on"))
    expires_on = models.DateField(_("good until"))
    remaining = models.DecimalField(_("left"), max_digits=4, decimal_places=3, default=1)
    locker = models.CharField(_("locker"), max_length=20, blank=True, default="")
    stored_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    party = models.ForeignKey(Party, models.PROTECT, null=True, blank=True, related_name="stored_bottles")
    client_id = models.UUIDField(null=True, blank=True, unique=True)
    updated_at = models.DateTimeField(default=timezone.now)

    if TYPE_CHECKING:
        events: Any  # the rows as they were (pghistory)

    objects: ClassVar[BottleQuerySet] = BottleQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["expires_on", "pk"]
        verbose_name = _("stored bottle")
        verbose_name_plural = _("stored bottles")
        indexes = [
            models.Index("customer", name="bottle_of_guest"),
            models.Index("expires_on", "customer", name="bottle_left", condition=Q(remaining__gt=0)),
            models.Index("locker", name="bottle_in_locker", condition=Q(remaining__gt=0) & ~Q(locker="")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(remaining__range=(0, 1)), name="bottle_level_is_a_share"),
            models.CheckConstraint(condition=~Q(bottle_no=""), name="bottle_has_number"),
        ]

    def __str__(self) -> str:
        return f"{self.bottle_no} {self.product}"

    @property
    def is_empty(self) -> bool:
        return not self.remaining

    @property
    def days_left(self) -> int:
        """Until its last day, counted from tonight; 0 on that day, negative after it."""
        return (self.expires_on - nights.tonight()).days

    @property
    def is_expired(self) -> bool:
        return self.days_left < 0

    @property
    def is_due(self) -> bool:
        """Its last day is near."""
        return 0 <= self.days_left <= SOON_DAYS

    @property
    def place(self) -> str:
        """Where this row stands in the list's order, for the page that follows it."""
        return f"{self.expires_on.isoformat()}-{self.pk}"


class BottleWithdrawal(models.Model):
    """Some or all of a bottle taken out, as a rule into a party; `amount` and `left` are shares of a full bottle.

    One that was a mistake is not taken away: a row of the same night that `corrects` it brings the amount back, once.
    """

    bottle = models.ForeignKey(StoredBottle, models.PROTECT, related_name="withdrawals", verbose_name=_("bottle"))
    party = models.ForeignKey(Party, models.PROTECT, null=True, blank=True, related_name="withdrawals")
    amount = models.DecimalField(_("taken"), max_digits=4, decimal_places=3)
    left = models.DecimalField(_("left"), max_digits=4, decimal_places=3)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    night = models.DateField(_("night"))
    at = models.DateTimeField(_("when"), default=timezone.now)
    client_id = models.UUIDField(null=True, blank=True, unique=True)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="correction", verbose_name=_("corrects")
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("withdrawal")
        verbose_name_plural = _("withdrawals")
        constraints = [
            models.CheckConstraint(
                condition=Q(left__gte=0) & (Q(corrects=None, amount__gt=0) | Q(corrects__isnull=False, amount__lt=0)),
                name="withdrawal_takes_some_or_corrects",
            ),
            models.CheckConstraint(condition=Q(corrects=None) | ~Q(reason=""), name="correction_has_a_reason"),
        ]
        triggers = [append_only("reason")]

    def __str__(self) -> str:
        return f"{self.bottle_id}: {self.amount}"
