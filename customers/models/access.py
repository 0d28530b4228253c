"""Who may look closely at whom tonight, and who did."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.families import GuestKey
from customers.models.customer import Customer
from vipdesk.appendonly import append_only


class CareGrant(models.Model):
    """A manager cares for this guest on this night (serves their party, holds them on the call list): they read them
    whole, and correct them where it was not opened by themselves.

    Owned here, written by the apps above (CONTRIBUTING.md, "The map of the house"); what a party opens by
    `customers.care`.
    """

    class Origin(models.TextChoices):
        CALLS = "calls", _("on tonight's call list")
        PARTY = "party", _("seated or booked their party")
        OPERATIONS = "operations", _("named by operations")

    customer = GuestKey(Customer, models.CASCADE, related_name="care_grants", verbose_name=_("guest"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("who"))
    night = models.DateField(_("night"))
    # The call list writes its rows by SQL, which does not name the flag below.
    origin = models.CharField(
        _("how it was opened"), max_length=10, choices=Origin, default=Origin.CALLS, db_default=Origin.CALLS
    )
    made_at = models.DateTimeField(_("when"), null=True, blank=True)
    ended_at = models.DateTimeField(_("open until"), null=True, blank=True)
    is_earned = models.BooleanField(default=False, db_default=False)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("guest opened for a night")
        verbose_name_plural = _("guests opened for a night")
        constraints = [
            models.UniqueConstraint(fields=["user", "night", "customer"], name="one_care_grant_per_night"),
        ]
        indexes = [
            models.Index("customer", name="care_to_tell", condition=Q(seen_at=None, origin="party")),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} → {self.customer_id}, {self.night}"


class AccessLog(models.Model):
    """Every look at a full number and every sheet that left the house. Holds no number itself."""

    class Kind(models.TextChoices):
        REVEAL = "reveal", _("looked at the full number")
        EXPORT = "export", _("exported")
        PRINT = "print", _("printed")
        SHEET = "sheet", _("had a night's sheet on screen")
        SEARCH = "search", _("searched by number")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who")
    )
    customer = models.ForeignKey(
        Customer, models.CASCADE, null=True, blank=True, related_name="access_log", verbose_name=_("guest")
    )
    night = models.DateField(_("night"))
    kind = models.CharField(_("what"), max_length=6, choices=Kind)
    detail = models.CharField(_("detail"), max_length=200, blank=True, default="")
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("look at personal data")
        verbose_name_plural = _("looks at personal data")
        indexes = [models.Index("user", "night", name="access_by_user_night")]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "night", "detail"], condition=Q(kind="sheet"), name="sheet_shown_once_a_night"
            ),
        ]
        triggers = [append_only("detail")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.night}"
