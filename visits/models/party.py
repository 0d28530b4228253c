"""Parties (开台 … 买单): a room's occupancy on one night, and who is in it."""

from typing import TYPE_CHECKING, Any

import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers import phones
from customers.families import GuestKey
from customers.models import Customer
from vipdesk.appendonly import WHILE_ERASING, append_only
from visits.models.reservation import Reservation
from visits.models.room import Room
from visits.querysets import PartyQuerySet


@pghistory.track(
    pghistory.UpdateEvent("changed", row=pghistory.Old),
    exclude=["client_id", "updated_at"],
    context_field=pghistory.ContextJSONField(),
    context_id_field=None,  # type: ignore[arg-type]
    meta={"triggers": [append_only("host_name", "host_phone", "pgh_context", deletes=WHILE_ERASING)]},
)
class Party(models.Model):
    """`room` is where it sits now; its holds tell where it sat before. `night` is fixed when it is seated, however long
    it stays. `attributed_to` gets its consumption: the booker; a walk-in is nobody's until operations name somebody."""

    room = models.ForeignKey(Room, models.PROTECT, related_name="parties", verbose_name=_("room"))
    night = models.DateField(_("night"))
    customer = GuestKey(Customer, models.PROTECT, null=True, blank=True, related_name="parties", verbose_name=_("host"))
    host_name = models.CharField(_("host"), max_length=80, blank=True, default="")
    # A walk-in's, until they are on file.
    host_phone = models.CharField(_("phone"), max_length=16, blank=True, default="")
    people = models.PositiveSmallIntegerField(_("people"), validators=[MinValueValidator(1), MaxValueValidator(500)])
    reservation = models.OneToOneField(
        Reservation, models.PROTECT, null=True, blank=True, related_name="party", verbose_name=_("reservation")
    )
    attributed_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="parties",
        verbose_name=_("attributed to"),
    )
    seated_at = models.DateTimeField(_("seated at"))
    seated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("seated by")
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    client_id = models.UUIDField(null=True, blank=True, unique=True)
    updated_at = models.DateTimeField(default=timezone.now)

    if TYPE_CHECKING:
        events: Any  # the rows as they were (pghistory)

    objects = PartyQuerySet.as_manager()

    class Meta:
        ordering = ["-seated_at", "-pk"]
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        indexes = [
            models.Index("night", "room", name="party_by_night"),
            models.Index("customer", F("seated_at").desc(), name="party_of_guest"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["room"], condition=Q(closed_at=None), name="one_open_party_per_room"),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("seated_at")), name="party_ends_after_it_began"
            ),
            models.CheckConstraint(condition=Q(people__gte=1), name="party_is_of_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.room} {self.night}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def masked_phone(self) -> str:
        return phones.mask(self.host_phone)

    @property
    def serves(self) -> int:
        """The key of whose party it is tonight: who gets what it spends, or else who seated it (see `served_by`)."""
        return self.attributed_to_id or self.seated_by_id


class PartyGuest(models.Model):
    """A further guest on file who came with a party."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="guests")
    customer = GuestKey(Customer, models.PROTECT, related_name="party_guests")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party", "customer"], name="guest_once_in_a_party")]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.party_id}"


class SelfEntryNotice(models.Model):
    """A guest entered themselves by the code of this party's room: who serves the party reads it on Tonight, and says
    that they have; on the party's page one tap adds the guest."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="self_entries")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index("to", name="self_entry_unseen", condition=Q(seen_at=None))]
        constraints = [models.UniqueConstraint(fields=["party", "customer"], name="self_entry_told_once")]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.party_id}"
