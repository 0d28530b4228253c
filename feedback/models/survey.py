"""What guests say (满意度调查, D4 S2), the code on a room's card, and how often one address or card has been used."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.families import GuestKey
from customers.models import Customer
from feedback.survey_querysets import SurveyQuerySet
from vipdesk.appendonly import append_only
from visits.models import Party, Room

LOW, SATISFIED = 2, 4  # a score up to the first is low; from the second on the guest is satisfied
LONGEST_COMMENT = 1000  # what a form takes; paper may bring more
LONGEST_KEPT = 10_000
DIMENSIONS = ("service", "sound", "food_drink", "environment", "value")


_FROM_1_TO_5 = [MinValueValidator(1), MaxValueValidator(5)]


def _dimension(title: object) -> "models.PositiveSmallIntegerField[int | None, int | None]":
    return models.PositiveSmallIntegerField(title, validators=_FROM_1_TO_5, null=True, blank=True)  # type: ignore[arg-type]


class Survey(models.Model):
    """One answer; it only grows, and its night is fixed when it was given. Scores are 1 to 5, unanswered is NULL and
    never 0. `manager` is who asked, or whose party it was. `device` is the cookie of a guest's phone, good for one
    night: one answer per device and party, and per guest on file and party."""

    class Channel(models.TextChoices):
        TABLET = "tablet", _("on the tablet")
        QR = "qr", _("on the guest's phone")
        CALL = "call", _("by telephone")

    client_id = models.UUIDField(unique=True)
    channel = models.CharField(_("channel"), max_length=6, choices=Channel)
    submitted_at = models.DateTimeField(_("when"))
    night = models.DateField(_("night"))
    received_at = models.DateTimeField(default=timezone.now)
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("manager")
    )
    room = models.ForeignKey(
        Room, models.PROTECT, null=True, blank=True, related_name="surveys", verbose_name=_("room")
    )
    party = models.ForeignKey(
        Party, models.PROTECT, null=True, blank=True, related_name="surveys", verbose_name=_("party")
    )
    customer = GuestKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="surveys", verbose_name=_("guest")
    )
    device = models.UUIDField(null=True, blank=True, editable=False)
    overall = models.PositiveSmallIntegerField(_("overall"), validators=_FROM_1_TO_5)
    service = _dimension(_("service"))
    sound = _dimension(_("sound"))
    food_drink = _dimension(_("food and drink"))
    environment = _dimension(_("room and ambience"))
    value = _dimension(_("value for money"))
    recommend = models.PositiveSmallIntegerField(
        _("would recommend"), null=True, blank=True, validators=[MaxValueValidator(10)]
    )
    comment = models.TextField(_("in the guest's words"), blank=True, default="", max_length=LONGEST_KEPT)
    wants_contact = models.BooleanField(_("wants to be contacted"), default=False)

    objects: ClassVar[SurveyQuerySet] = SurveyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-submitted_at", "-pk"]
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        indexes = [
            models.Index("night", name="survey_by_night"),
            models.Index("customer", name="survey_of_guest", condition=Q(customer__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["party", "customer"], name="one_survey_per_guest_and_party"),
            models.UniqueConstraint(fields=["party", "device"], name="one_survey_per_device_and_party"),
            models.CheckConstraint(condition=Q(channel__in=["tablet", "qr", "call"]), name="survey_has_channel"),
            models.CheckConstraint(condition=Q(overall__range=(1, 5)), name="survey_overall_is_1_to_5"),
            *(
                models.CheckConstraint(condition=Q(**{f"{name}__range": (1, 5)}), name=f"survey_{name}_is_1_to_5")
                for name in DIMENSIONS
            ),
            models.CheckConstraint(condition=Q(recommend__range=(0, 10)), name="survey_recommend_is_0_to_10"),
            models.CheckConstraint(
                condition=models.lookups.LessThanOrEqual(Length("comment"), LONGEST_KEPT),
                name="survey_comment_is_short",
            ),
        ]
        triggers = [append_only("comment", "device")]

    def __str__(self) -> str:
        return f"{self.night} {self.overall}"

    @property
    def is_low(self) -> bool:
        return self.overall <= LOW

    @property
    def needs_somebody(self) -> bool:
        """Opens a complaint, unless it was imported (domain.md, "Surveys")."""
        return self.is_low or self.wants_contact


class RoomCode(models.Model):
    """What a room's printed card says: nobody can guess it, and a new one makes the old cards void."""

    room = models.OneToOneField(Room, models.CASCADE, related_name="code", verbose_name=_("room"))
    code = models.CharField(max_length=32, unique=True)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("code of a room's card")
        verbose_name_plural = _("codes of the rooms' cards")
        constraints = [models.CheckConstraint(condition=~Q(code=""), name="room_code_is_not_empty")]

    def __str__(self) -> str:
        return str(self.room)


class GuestTry(models.Model):
    """How often something was sent from one address, or with one token, in one stretch of time; `key` is a keyed hash
    of it. Forgotten after a day."""

    key = models.CharField(max_length=64)
    since = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "since"], name="guest_tries_counted_once")]

    def __str__(self) -> str:
        return f"{self.since}: {self.count}"
