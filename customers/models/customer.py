"""A guest (客户): one row per person, whose capture on one night is part of the row."""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Replace
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers import phones, pinyin
from customers.birthdays import Birthday
from customers.choices import Calendar, IntakeStatus, Origin
from customers.models.member import MembershipTier
from customers.querysets import CustomerQuerySet
from vipdesk import coded
from vipdesk.appendonly import OF_ERASED, append_only

HISTORY_EXCLUDES = [
    "is_incomplete",
    "pinyin",
    "pinyin_joined",
    "pinyin_initials",
    "name_keys",
    "merged_into",
    "erased_at",
    "last_contact_night",
    "client_id",
    "intake_status",
    "intake_reason",
    "received_at",
    "updated_at",
    "last_seen_night",
]

WRONG_NUMBER = "wrong_number"  # a mark in `needs_check`: a call found the number wrong (customers.wrong_numbers)

# Where somebody may have typed one guest's number into another guest's record.
TYPED = (
    "home_address",
    "work_address",
    "likes_rooms",
    "likes_drinks",
    "likes_music",
    "dislikes",
    "notes",
    "source",
)

# Whatever writes a guest's main number, it stands among their numbers: there the database knows of each whose it is.
ENTER_NUMBERS = pgtrigger.Trigger(
    name="enter_numbers",
    level=pgtrigger.Statement,
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    referencing=pgtrigger.Referencing(new="new_rows"),
    func="""
        INSERT INTO customers_phonenumber (customer_id, number, since)
        SELECT id, phone, received_at FROM new_rows WHERE phone IS NOT NULL;
        RETURN NULL;
    """,
)
ENTER_CHANGED_NUMBER = pgtrigger.Trigger(
    name="enter_changed_number",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("phone"),
    condition=pgtrigger.Q(old__phone__df=pgtrigger.F("new__phone"), new__phone__isnull=False),
    func="""
        INSERT INTO customers_phonenumber (customer_id, number, since)
        SELECT NEW.id, NEW.phone, now() WHERE NOT EXISTS (
            SELECT FROM customers_phonenumber
            WHERE number = NEW.phone AND customer_id = NEW.id AND released_at IS NULL
        );
        RETURN NULL;
    """,
)

# Whoever merges: `merged_into` names the end of the chain. A record merged into one that was merged before goes to
# where that one went, and takes those along that were merged into it.
MERGE_INTO_LIVING = pgtrigger.Trigger(
    name="merge_into_living",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("merged_into_id"),
    condition=pgtrigger.Q(new__merged_into__isnull=False),
    func="""
        NEW.merged_into_id := coalesce(
            (SELECT c.merged_into_id FROM customers_customer c WHERE c.id = NEW.merged_into_id), NEW.merged_into_id
        );
        RETURN NEW;
    """,
)
TAKE_MERGED_ALONG = pgtrigger.Trigger(
    name="take_merged_along",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("merged_into_id"),
    condition=pgtrigger.Q(new__merged_into__isnull=False),
    func="""
        UPDATE customers_customer SET merged_into_id = NEW.merged_into_id WHERE merged_into_id = NEW.id;
        RETURN NULL;
    """,
)


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
    meta={"triggers": [append_only(*TYPED, "pgh_context", deletes=OF_ERASED)]},
)
class Customer(models.Model):
    """A guest for life. The night is the evening of capture.

    `phone` is the main number, E.164; it and every other number the guest has stand in `PhoneNumber`, where one number
    belongs to one living guest. A merged guest's row stays and names who goes on for it, always the end of the chain
    (`customers.families`); an erased one's is emptied.
    """

    name = models.CharField(_("name"), max_length=80)
    name_is_partial = models.BooleanField(_("surname only"), default=False)
    # Syllables of the name in lower case ("zhang wei"), as customers.pinyin reads it; NULL until somebody has read it.
    pinyin = models.CharField(max_length=480, null=True, blank=True, editable=False)
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

    is_key_account = models.BooleanField(_("key account"), default=False)
    contact_every_days = models.PositiveSmallIntegerField(_("contact at least every … days"), null=True, blank=True)
    last_contact_night = models.DateField(null=True, blank=True)

    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_ones")
    erased_at = models.DateTimeField(null=True, blank=True)

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
    name_keys = models.GeneratedField(
        expression=Func(F("name"), F("pinyin"), function="customers_name_keys"),
        output_field=ArrayField(models.TextField()),
        db_persist=True,
    )
    pinyin_joined = models.GeneratedField(
        expression=Replace(F("pinyin"), Value(" "), Value("")),
        output_field=models.CharField(max_length=480),
        db_persist=True,
    )
    pinyin_initials = models.GeneratedField(
        expression=Func(F("pinyin"), Value(r"(\S)\S*\s*"), Value(r"\1"), Value("g"), function="regexp_replace"),
        output_field=models.CharField(max_length=480),
        db_persist=True,
    )

    if TYPE_CHECKING:
        events: Any  # the rows as they were (pghistory)
        is_open: bool  # by `CustomerQuerySet.visible_to`
        is_editable: bool  # by `CustomerQuerySet.with_editable`
        has_former: bool  # by a guest's page: other records were merged into this one
        may_have_late: bool  # by a guest's page: a late capture waits that may be theirs
        was_met: bool  # likewise: somebody met them before they were a guest
        tag_facts: list[dict[str, str]]  # likewise: names of their tags
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
            GinIndex("name_keys", name="customer_name_keys", fastupdate=False),
            models.Index(OpClass("pinyin_joined", "varchar_pattern_ops"), name="customer_pinyin"),
            models.Index(OpClass("pinyin_initials", "varchar_pattern_ops"), name="customer_initials"),
            models.Index("id", name="customer_unread_name", condition=Q(pinyin=None)),
            models.Index("tier", F("captured_at").desc(), name="customer_tier"),
            models.Index(F("last_seen_night").desc(nulls_last=True), name="customer_last_seen"),
            models.Index(F("captured_at").desc(), name="customer_incomplete", condition=Q(is_incomplete=True)),
            models.Index(
                F("captured_at").desc(),
                name="customer_no_consent",
                condition=Q(sms_consent=False, call_consent=False),
            ),
            models.Index("owner", name="customer_key_account", condition=Q(is_key_account=True)),
            models.Index(
                "birthday_month", "birthday_day", name="customer_birthday", condition=Q(birthday_month__isnull=False)
            ),
            models.Index("merged_into", name="customer_merged", condition=Q(merged_into__isnull=False)),
        ]
        triggers = [ENTER_NUMBERS, ENTER_CHANGED_NUMBER, MERGE_INTO_LIVING, TAKE_MERGED_ALONG]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="customer_has_name"),
            models.CheckConstraint(condition=Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"), name="customer_phone_is_e164"),
            models.CheckConstraint(
                condition=Q(birthday_month__isnull=True, birthday_day__isnull=True)
                | Q(birthday_month__range=(1, 12), birthday_day__range=(1, 31)),
                name="customer_birthday_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | (Q(phone=None) & ~Q(merged_into=F("id"))),
                name="customer_merged_has_no_number",
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(phone=None, member_no=None, home_address="", work_address=""),
                name="customer_erased_is_empty",
            ),
        ]

    def __str__(self) -> str:
        return str(_("Erased guest")) if self.erased_at else self.name

    def save(self, *, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Reads the name anew wherever a name is written, so that a guest is found as they are called now."""
        if update_fields is None or "name" in update_fields:
            self.pinyin = pinyin.read(self.name)
            update_fields = None if update_fields is None else {*update_fields, "pinyin"}
        super().save(update_fields=update_fields, **kwargs)

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Left to the database: forms say the same at the field, and asking it here costs a statement a constraint."""

    @property
    def masked_phone(self) -> str:
        return phones.mask(self.phone or "")

    @property
    def shown_phone(self) -> str:
        return phones.display(self.phone or "")

    @property
    def has_wrong_number(self) -> bool:
        """A call found the number wrong, and nobody has corrected it."""
        return WRONG_NUMBER in self.needs_check

    @property
    def guesses(self) -> list[str]:
        """What an import guessed, for a person to confirm."""
        return [mark for mark in self.needs_check if mark != WRONG_NUMBER]

    @property
    def is_living(self) -> bool:
        """Neither merged into another nor erased: a guest one can meet, correct, call."""
        return self.merged_into_id is None and self.erased_at is None

    @property
    def sent_back_because(self) -> str:
        """Why after-sales sent the record back, in the reader's language; "" where nobody did."""
        return coded.read(self.intake_reason)

    @property
    def goes_on_as(self) -> "Customer":
        """The record that stands for this guest now: itself, or the one it was merged into."""
        return self.merged_into or self

    @property
    def contact_due_on(self) -> dt.date | None:
        """The last night on which contacting a key account is still in time (G12); counted from the last contact, or
        from the capture where there was none. None for who is no key account."""
        if not self.is_key_account or self.contact_every_days is None:
            return None
        return (self.last_contact_night or self.night) + dt.timedelta(days=self.contact_every_days)

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
