"""A guest (客户): one row per person, whose capture on one night is part of the row."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, ClassVar

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce, Reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers import phones
from customers.birthdays import Birthday
from customers.choices import Calendar, IntakeStatus, Origin
from customers.models.member import MembershipTier
from customers.querysets import CustomerQuerySet

HISTORY_EXCLUDES = [
    "is_incomplete",
    "name_grams",
    "phone_reversed",
    "client_id",
    "intake_status",
    "intake_reason",
    "received_at",
    "updated_at",
    "last_seen_night",
]


def _is_incomplete() -> Q:
    return (
        Q(birthday_month__isnull=True)
        | Q(birthday_day__isnull=True)
        | Q(home_address="", work_address="")
        | Q(name_is_partial=True)
    )


@pghistory.track(
    pghistory.UpdateEvent(
        "changed", row=pghistory.Old, condition=pghistory.AnyChange(exclude=HISTORY_EXCLUDES), level=pghistory.Statement
    ),
    pghistory.DeleteEvent("deleted", row=pghistory.Old),
    exclude=HISTORY_EXCLUDES,
    context_field=pghistory.ContextJSONField(),
    context_id_field=None,  # type: ignore[arg-type]
)
class Customer(models.Model):
    """A guest for life. The phone number, E.164, is the identity at the door; the night is the evening of capture."""

    name = models.CharField(_("name"), max_length=80)
    name_is_partial = models.BooleanField(_("surname only"), default=False)
    phone = models.CharField(_("phone"), max_length=16, null=True, unique=True)
    birthday_month = models.PositiveSmallIntegerField(null=True, blank=True)
    birthday_day = models.PositiveSmallIntegerField(null=True, blank=True)
    birthday_year = models.PositiveSmallIntegerField(null=True, blank=True)
    birthday_calendar = models.CharField(max_length=5, choices=Calendar, default=Calendar.SOLAR)
    birthday_is_leap = models.BooleanField(default=False)
    home_address = models.CharField(_("home address"), max_length=200, blank=True, default="")
    work_address = models.CharField(_("work address"), max_length=200, blank=True, default="")
    tier = models.ForeignKey(MembershipTier, models.PROTECT, null=True, blank=True, verbose_name=_("tier"))
    member_no = models.CharField(_("member number"), max_length=20, null=True, blank=True, unique=True)
    member_since = models.DateField(_("member since"), null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="customers",
        verbose_name=_("looked after by"),
    )
    likes_rooms = models.CharField(_("favourite rooms"), max_length=200, blank=True, default="")
    likes_drinks = models.CharField(_("drinks"), max_length=200, blank=True, default="")
    likes_music = models.CharField(_("music"), max_length=200, blank=True, default="")
    dislikes = models.CharField(_("dislikes"), max_length=200, blank=True, default="")
    notes = models.TextField(_("notes"), blank=True, default="")
    sms_consent = models.BooleanField(_("SMS offers"), default=False)
    call_consent = models.BooleanField(_("phone calls"), default=False)
    needs_check = ArrayField(models.CharField(max_length=20), default=list, blank=True)

    captured_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="captures"
    )
    captured_at = models.DateTimeField(_("captured at"), default=timezone.now)
    captured_time_known = models.BooleanField(default=True)
    night = models.DateField(_("night"))
    origin = models.CharField(max_length=6, choices=Origin, default=Origin.TABLET)
    source = models.CharField(_("source"), max_length=60, blank=True, default="")
    client_id = models.UUIDField(null=True, blank=True, unique=True)
    intake_status = models.CharField(_("state"), max_length=9, choices=IntakeStatus, default=IntakeStatus.NEW)
    intake_reason = models.CharField(max_length=200, blank=True, default="")
    received_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    last_seen_night = models.DateField(null=True, blank=True)

    is_incomplete = models.GeneratedField(
        expression=models.Case(models.When(_is_incomplete(), then=True), default=False),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    # Search keys the database makes itself, so that no path of writing can forget them.
    name_grams = models.GeneratedField(
        expression=Func(F("name"), function="customers_name_grams"),
        output_field=ArrayField(models.TextField()),
        db_persist=True,
    )
    phone_reversed = models.GeneratedField(
        expression=Reverse(Coalesce(F("phone"), models.Value(""))),
        output_field=models.CharField(max_length=16),
        db_persist=True,
    )

    if TYPE_CHECKING:
        events: Any  # the rows as they were (pghistory)
        is_open: bool  # by `CustomerQuerySet.visible_to`
        line: str  # by the list: what its second line says

    objects: ClassVar[CustomerQuerySet] = CustomerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("guest")
        verbose_name_plural = _("guests")
        permissions = [("export_intake", "Can export the intake sheet with full numbers")]
        indexes = [
            models.Index(F("captured_at").desc(), F("id").desc(), name="customer_newest"),
            models.Index("night", "captured_by", name="customer_night"),
            models.Index("owner", F("captured_at").desc(), name="customer_owner"),
            models.Index("captured_by", name="customer_sent_back", condition=Q(intake_status=IntakeStatus.SENT_BACK)),
            GinIndex("name_grams", name="customer_name_grams", fastupdate=False),
            models.Index(OpClass("phone", "varchar_pattern_ops"), name="customer_phone_head"),
            models.Index(OpClass("phone_reversed", "varchar_pattern_ops"), name="customer_phone_tail"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="customer_has_name"),
            models.CheckConstraint(condition=Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"), name="customer_phone_is_e164"),
            models.CheckConstraint(
                condition=Q(birthday_month__isnull=True, birthday_day__isnull=True)
                | Q(birthday_month__range=(1, 12), birthday_day__range=(1, 31)),
                name="customer_birthday_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Left to the database: forms say the same at the field, and asking it here costs a statement a constraint."""

    @property
    def masked_phone(self) -> str:
        return phones.mask(self.phone or "")

    @property
    def shown_phone(self) -> str:
        return phones.display(self.phone or "")

    @property
    def birthday(self) -> Birthday | None:
        """The birthday in its own calendar, or None where it is not known."""
        if self.birthday_month is None or self.birthday_day is None:
            return None
        return Birthday(
            month=self.birthday_month,
            day=self.birthday_day,
            year=self.birthday_year,
            calendar=self.birthday_calendar,
            is_leap=self.birthday_is_leap,
        )

    @property
    def place(self) -> str:
        """Where this row stands in the list's order, for the page that follows it."""
        return f"{round(self.captured_at.timestamp() * 1_000_000)}-{self.pk}"

    @property
    def is_vip(self) -> bool:
        return bool(self.tier and self.tier.is_vip)
