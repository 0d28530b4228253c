"""Rooms, and what holds them when: one table for reservations and parties alike (domain.md, "Rooms and time")."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from visits.choices import RoomKind
from visits.querysets import RoomQuerySet


class Room(models.Model):
    """A private room (包厢) or a table of the hall. Minimum spend in yuan for an evening."""

    number = models.CharField(_("number"), max_length=10, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=RoomKind)
    floor = models.PositiveSmallIntegerField(_("floor"), default=1)
    capacity = models.PositiveSmallIntegerField(_("people"), validators=[MinValueValidator(1)])
    minimum_spend = models.DecimalField(
        _("minimum spend"), max_digits=14, decimal_places=2, default=0, validators=[MinValueValidator(0)]
    )
    is_in_service = models.BooleanField(_("in service"), default=True)
    to_clean_since = models.DateTimeField(_("to clean since"), null=True, blank=True)

    objects = RoomQuerySet.as_manager()

    class Meta:
        ordering = ["floor", "number"]
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        constraints = [
            models.CheckConstraint(condition=Q(minimum_spend__gte=0), name="room_minimum_is_not_negative"),
            models.CheckConstraint(condition=~Q(number=""), name="room_has_number"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_table(self) -> bool:
        return self.kind == RoomKind.TABLE

    @property
    def title(self) -> str:
        """What it is called: "Room 888", "Table A1"."""
        words = _("Table %(number)s") if self.is_table else _("Room %(number)s")
        return str(words % {"number": self.number})

    @property
    def place(self) -> str:
        """The same within a sentence: "room 888", "table A1"."""
        words = _("table %(number)s") if self.is_table else _("room %(number)s")
        return str(words % {"number": self.number})


class RoomHold(models.Model):
    """A room taken for a time, [from, to). No room is held twice at one moment: the database refuses it.

    A reservation holds for four hours; a party until it is closed, or until its night is over, whichever comes first:
    nobody knows its end, and yet tomorrow's reservations of the room must stand.
    """

    room = models.ForeignKey(Room, models.PROTECT, related_name="holds")
    during = DateTimeRangeField()
    reservation = models.OneToOneField("visits.Reservation", models.CASCADE, null=True, blank=True, related_name="hold")
    party = models.ForeignKey("visits.Party", models.CASCADE, null=True, blank=True, related_name="holds")

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="room_held_once",
                expressions=[("room", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                condition=Q(reservation=None, party__isnull=False) | Q(reservation__isnull=False, party=None),
                name="hold_is_of_one",
            ),
            models.CheckConstraint(
                condition=Q(during__startswith__isnull=False, during__endswith__isnull=False, during__isempty=False),
                name="hold_has_two_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room_id} {self.during}"
