"""Opt-outs sent from guests' pages, and what operations decided about them: both are append-only."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.families import GuestKey
from customers.models import Customer
from vipdesk.appendonly import append_only
from visits.models import Party, Room


class GuestOptOut(models.Model):
    """An opt-out that somebody sent from a room's page on one night; without a customer where the number is not on
    file. `sms` and `calls` say which consents it withdrew that were given until then."""

    room = models.ForeignKey(Room, models.PROTECT, related_name="+", verbose_name=_("room"))
    party = models.ForeignKey(Party, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("party"))
    night = models.DateField(_("night"))
    at = models.DateTimeField(_("sent at"), default=timezone.now)
    customer = GuestKey(Customer, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("guest"))
    sms = models.BooleanField(pgettext_lazy("opt-out", "SMS withdrawn"), default=False)
    calls = models.BooleanField(pgettext_lazy("opt-out", "calls withdrawn"), default=False)

    class Meta:
        ordering = ["-night", "room__number", "at", "pk"]
        verbose_name = _("opt-out from a guest's page")
        verbose_name_plural = _("opt-outs from guests' pages")
        indexes = [models.Index("night", "room", name="opt_out_by_night_and_room")]
        constraints = [
            models.CheckConstraint(
                condition=Q(customer__isnull=False) | Q(sms=False, calls=False),
                name="opt_out_withdraws_of_a_guest",
            ),
        ]
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"{self.night} {self.room}"


class OptOutReview(models.Model):
    """What operations decided about one opt-out, once: it stands, or it is undone."""

    class Decision(models.TextChoices):
        KEPT = "kept", pgettext_lazy("opt-out", "stands")
        UNDONE = "undone", pgettext_lazy("opt-out", "undone")

    opt_out = models.OneToOneField(GuestOptOut, models.CASCADE, related_name="review", verbose_name=_("opt-out"))
    decision = models.CharField(_("decision"), max_length=6, choices=Decision)
    reason = models.CharField(_("reason"), max_length=300)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), default=timezone.now)

    class Meta:
        ordering = ["-decided_at", "-pk"]
        verbose_name = _("review of an opt-out")
        verbose_name_plural = _("reviews of opt-outs")
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="opt_out_review_has_reason")]
        triggers = [append_only("reason")]

    def __str__(self) -> str:
        return f"{self.opt_out}: {self.get_decision_display()}"
