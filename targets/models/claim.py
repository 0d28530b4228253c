"""What a manager says was charged, before the till's bill comes: a claim, no row of the ledger, and so no money."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from targets.choices import ChargeKind, ClaimState, Payment
from targets.models.charge import Charge
from visits.models import Room


class Claim(models.Model):
    """Waits until the till's bill of that number comes, whatever its amount, or until operations decide; `charge` is
    the row that stands for it then. One number is claimed once at a time."""

    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="claims", verbose_name=_("manager")
    )
    bill_no = models.CharField(_("bill number"), max_length=40)
    kind = models.CharField(_("kind"), max_length=4, choices=ChargeKind, default=ChargeKind.ROOM)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    payment = models.CharField(_("paid with"), max_length=12, choices=Payment, default=Payment.CASH)
    paid_at = models.DateTimeField(_("paid at"))
    night = models.DateField(_("night"))
    room = models.ForeignKey(Room, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("room"))
    state = models.CharField(_("state"), max_length=9, choices=ClaimState, default=ClaimState.OPEN)
    charge = models.ForeignKey(
        Charge, models.PROTECT, null=True, blank=True, related_name="claims", verbose_name=_("bill")
    )
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    created_at = models.DateTimeField(_("claimed at"), default=timezone.now)
    client_id = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        constraints = [
            models.UniqueConstraint(fields=["bill_no"], condition=Q(state="open"), name="bill_claimed_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="claim_is_of_something"),
            models.CheckConstraint(
                condition=Q(state__in=["open", "rejected"], charge=None)
                | Q(state__in=["replaced", "confirmed"], charge__isnull=False),
                name="settled_claim_has_its_bill",
            ),
        ]
        indexes = [models.Index(fields=["manager", "-night"], name="claim_of_manager")]

    def __str__(self) -> str:
        return self.bill_no
