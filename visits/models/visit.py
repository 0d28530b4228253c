"""In-room visits (进包厢回访), what was sold and promised there, what a room has spent so far (D2 D3 S3 S5 T5)."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.families import GuestKey
from customers.models import Customer
from vipdesk.appendonly import append_only
from visits.choices import Mood, SaleOutcome, SpendReason
from visits.models.party import Party


class RoomVisit(models.Model):
    """A manager went into the room: whom they met (`VisitedGuest`), what was said, in what mood the guests were."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="visits", verbose_name=_("party"))
    manager = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="visits", verbose_name=_("who"))
    night = models.DateField(_("night"))
    at = models.DateTimeField(_("when"), default=timezone.now)
    received_at = models.DateTimeField(_("came in at"), default=timezone.now)
    mood = models.CharField(_("mood"), max_length=7, choices=Mood, blank=True, default="")
    opinion = models.CharField(_("what was said"), max_length=500, blank=True, default="")
    client_id = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("in-room visit")
        verbose_name_plural = _("in-room visits")
        indexes = [models.Index("night", "manager", name="visit_by_night")]

    def __str__(self) -> str:
        return f"{self.party} {self.manager}"


class VisitedGuest(models.Model):
    """A guest met on a visit; members count from here: VIPs for the house, others once per manager and night."""

    visit = models.ForeignKey(RoomVisit, models.CASCADE, related_name="met")
    customer = GuestKey(Customer, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["visit", "customer"], name="guest_met_once_a_visit")]

    def __str__(self) -> str:
        return f"{self.customer_id} at {self.visit_id}"


class MissedVisit(models.Model):
    """Why a VIP in the house was not visited (S3)."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="missed")
    customer = GuestKey(Customer, models.PROTECT, related_name="+", verbose_name=_("guest"))
    night = models.DateField(_("night"))
    reason = models.CharField(_("reason"), max_length=200)
    said_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("said by"))
    said_at = models.DateTimeField(_("said at"), default=timezone.now)

    class Meta:
        verbose_name = _("missed visit")
        verbose_name_plural = _("missed visits")
        constraints = [
            models.UniqueConstraint(fields=["party", "customer"], name="missed_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="missed_needs_a_reason"),
        ]
        indexes = [models.Index("night", name="missed_by_night")]

    def __str__(self) -> str:
        return f"{self.night} {self.customer_id}"


class SecondSale(models.Model):
    """Something offered in the room (D3, S5), or a promotion (T5), and what came of it. Amount in yuan."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="sales", verbose_name=_("party"))
    visit = models.ForeignKey(RoomVisit, models.PROTECT, null=True, blank=True, related_name="sales")
    manager = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who"))
    night = models.DateField(_("night"))
    at = models.DateTimeField(_("when"), default=timezone.now)
    item = models.CharField(_("what"), max_length=80)
    amount = models.DecimalField(
        _("amount"), max_digits=14, decimal_places=2, default=0, validators=[MinValueValidator(0)]
    )
    outcome = models.CharField(_("outcome"), max_length=7, choices=SaleOutcome)
    is_promotion = models.BooleanField(_("promotion"), default=False)
    client_id = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("second sale")
        verbose_name_plural = _("second sales")
        indexes = [models.Index("night", "manager", name="sale_by_night")]
        constraints = [models.CheckConstraint(condition=Q(amount__gte=0), name="sale_is_not_negative")]

    def __str__(self) -> str:
        return self.item


class Promise(models.Model):
    """What a manager promised a party, and by when."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="promises", verbose_name=_("party"))
    visit = models.ForeignKey(RoomVisit, models.PROTECT, null=True, blank=True, related_name="promises")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who"))
    text = models.CharField(_("what"), max_length=200)
    due_at = models.DateTimeField(_("due"))
    kept_at = models.DateTimeField(_("kept at"), null=True, blank=True)
    kept_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["due_at", "pk"]
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        indexes = [models.Index("made_by", "due_at", name="promise_open", condition=Q(kept_at=None))]

    def __str__(self) -> str:
        return self.text


class PartySpend(models.Model):
    """What a party had spent in all by a moment, in yuan: typed by hand or sent by the till, before any bill (T5)."""

    class Origin(models.TextChoices):
        HAND = "hand", _("typed")
        TILL = "till", _("from the till")

    party = models.ForeignKey(Party, models.PROTECT, related_name="spends")
    amount = models.DecimalField(_("spent so far"), max_digits=14, decimal_places=2)
    origin = models.CharField(max_length=4, choices=Origin, default=Origin.HAND)
    at = models.DateTimeField(default=timezone.now)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    # Why it is less than the total before it; the till gives no reason.
    why = models.CharField(_("why less than before"), max_length=10, choices=SpendReason, blank=True, default="")
    client_id = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(amount__gte=0), name="spend_is_not_negative")]
        indexes = [models.Index("party", models.F("at").desc(), name="spend_newest")]
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"{self.party_id}: {self.amount}"
