"""People who are not guests yet (T12, G14): who met them where, and each try to win them."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers import phones
from customers.choices import GivenUpFor, LeadSource, ProspectChannel, ProspectOutcome, ProspectState
from customers.families import GuestKey
from customers.models.customer import Customer


class Prospect(models.Model):
    """Somebody a manager met outside. One open row a number; that a guest has the number closes it by itself, in the
    database (`customers.models.number`). `found_by` stays, `owner` is who goes on with them.

    `source` is what a guest's own "how they came to us" gets where it is blank. `phone` is E.164, and NULL once the
    person's facts were taken out.
    """

    phone = models.CharField(_("phone"), max_length=16, null=True)
    name = models.CharField(_("name"), max_length=80, blank=True, default="")
    lead = models.CharField(_("lead source"), max_length=7, choices=LeadSource)
    where = models.CharField(_("where, which action"), max_length=40, blank=True, default="")
    source = models.CharField(_("source"), max_length=60, blank=True, default="", editable=False)
    note = models.CharField(_("note"), max_length=500, blank=True, default="")
    call_consent = models.BooleanField(_("agreed to be called"), default=False)
    found_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("found by"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="prospects", verbose_name=_("looked after by")
    )
    found_at = models.DateTimeField(_("found at"), default=timezone.now)
    night = models.DateField(_("night"))
    state = models.CharField(_("state"), max_length=8, choices=ProspectState, default=ProspectState.OPEN)
    customer = GuestKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="prospects", verbose_name=_("guest")
    )
    given_up_for = models.CharField(_("given up because"), max_length=9, choices=GivenUpFor, blank=True, default="")
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    client_id = models.UUIDField(unique=True)

    if TYPE_CHECKING:
        attempts: Any

    class Meta:
        ordering = ["-found_at", "-pk"]
        verbose_name = _("prospect")
        verbose_name_plural = _("prospects")
        constraints = [
            models.UniqueConstraint(
                fields=["phone"], condition=Q(state=ProspectState.OPEN), name="prospect_phone_open_once"
            ),
            models.CheckConstraint(condition=Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"), name="prospect_phone_is_e164"),
            models.CheckConstraint(
                condition=Q(state=ProspectState.OPEN, phone__isnull=False, customer=None, settled_at=None)
                | Q(state=ProspectState.GUEST, customer__isnull=False, settled_at__isnull=False)
                | Q(state=ProspectState.GIVEN_UP, customer=None, settled_at__isnull=False),
                name="prospect_state_is_whole",
            ),
            models.CheckConstraint(
                condition=(Q(state=ProspectState.GIVEN_UP) & ~Q(given_up_for=""))
                | (~Q(state=ProspectState.GIVEN_UP) & Q(given_up_for="")),
                name="prospect_given_up_has_a_reason",
            ),
        ]
        indexes = [
            models.Index("owner", F("found_at").desc(), name="prospect_open", condition=Q(state=ProspectState.OPEN)),
            models.Index("night", "lead", name="prospect_by_night"),
            models.Index("phone", name="prospect_given_up", condition=Q(state=ProspectState.GIVEN_UP)),
        ]

    def __str__(self) -> str:
        return self.name or self.masked_phone or str(_("Prospect"))

    @property
    def masked_phone(self) -> str:
        return phones.mask(self.phone or "")

    @property
    def shown_phone(self) -> str:
        return phones.display(self.phone or "")

    @property
    def is_open(self) -> bool:
        return self.state == ProspectState.OPEN


class ProspectAttempt(models.Model):
    """One try to win a prospect: how, and what came of it. Rows only come to be; erasing alone empties the note."""

    prospect = models.ForeignKey(Prospect, models.CASCADE, related_name="attempts", verbose_name=_("prospect"))
    channel = models.CharField(_("how"), max_length=6, choices=ProspectChannel)
    outcome = models.CharField(_("outcome"), max_length=9, choices=ProspectOutcome)
    note = models.CharField(_("note"), max_length=200, blank=True, default="")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who"))
    at = models.DateTimeField(_("when"), default=timezone.now)
    night = models.DateField(_("night"))
    client_id = models.UUIDField(unique=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("try to win a prospect")
        verbose_name_plural = _("tries to win prospects")

    def __str__(self) -> str:
        return f"{self.night} {self.channel} {self.outcome}"
