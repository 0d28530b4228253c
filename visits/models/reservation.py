"""Reservations (预定): a room, or a kind of room, for somebody on a night."""

import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers import phones
from customers.families import GuestKey
from customers.models import Customer
from vipdesk.appendonly import WHILE_ERASING, append_only
from visits.choices import FollowUp, ReservationState, RoomKind, Source
from visits.models.room import Room
from visits.querysets import ReservationQuerySet


@pghistory.track(
    pghistory.UpdateEvent("changed", row=pghistory.Old),
    exclude=["client_id", "updated_at"],
    context_field=pghistory.ContextJSONField(),
    context_id_field=None,  # type: ignore[arg-type]
    meta={
        "triggers": [
            append_only(
                *("guest_name", "guest_phone", "deposit_note", "notes", "reason", "pgh_context"), deletes=WHILE_ERASING
            )
        ]
    },
)
class Reservation(models.Model):
    """Held by `RoomHold` where it names a room; one that names a kind alone is counted against the kind.

    `customer` is the guest on file who has the phone number; `booked_by` is the booker (订房人), to whom the party will
    be attributed.
    """

    customer = GuestKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="reservations", verbose_name=_("guest")
    )
    guest_name = models.CharField(_("name"), max_length=80)
    guest_phone = models.CharField(_("phone"), max_length=16)
    kind = models.CharField(_("kind of room"), max_length=12, choices=RoomKind)
    room = models.ForeignKey(
        Room, models.PROTECT, null=True, blank=True, related_name="reservations", verbose_name=_("room")
    )
    night = models.DateField(_("night"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    people = models.PositiveSmallIntegerField(
        _("people"), validators=[MinValueValidator(1), MaxValueValidator(500)], default=4
    )
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("booked by")
    )
    source = models.CharField(_("came"), max_length=8, choices=Source, default=Source.PHONE)
    deposit_note = models.CharField(_("deposit"), max_length=100, blank=True, default="")
    notes = models.CharField(_("notes"), max_length=200, blank=True, default="")
    state = models.CharField(_("state"), max_length=9, choices=ReservationState, default=ReservationState.BOOKED)
    follow_up = models.CharField(_("asked after"), max_length=9, choices=FollowUp, blank=True, default="")
    followed_up_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    client_id = models.UUIDField(null=True, blank=True, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = ReservationQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        indexes = [
            models.Index("night", "starts_at", name="reservation_by_night"),
            models.Index("starts_at", name="reservation_waiting", condition=Q(state=ReservationState.BOOKED)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="reservation_has_length"),
            models.CheckConstraint(condition=Q(people__gte=1), name="reservation_is_for_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.night} {self.room or self.get_kind_display()}"

    @property
    def masked_phone(self) -> str:
        return phones.mask(self.guest_phone)

    @property
    def is_waiting(self) -> bool:
        return self.state == ReservationState.BOOKED

    @property
    def is_no_show(self) -> bool:
        """They did not come in time, and the desk gave their room free; they may still come while the night lasts."""
        return self.state == ReservationState.NO_SHOW


class ReservationNotice(models.Model):
    """Somebody else changed a booker's reservation: the booker reads it on Tonight, and says that they have."""

    class What(models.TextChoices):
        CANCELLED = "cancelled"
        MOVED = "moved"
        SEATED = "seated"
        OVERTAKEN = "overtaken"  # its guest sat down without it

    reservation = models.ForeignKey(Reservation, models.CASCADE, related_name="notices")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    what = models.CharField(max_length=9, choices=What)
    at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index("to", name="reservation_notice_unseen", condition=Q(seen_at=None))]

    def __str__(self) -> str:
        return f"{self.reservation_id}: {self.what}"
