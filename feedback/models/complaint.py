"""Complaints (投诉, D6 G1): what is wrong, who has it and until when; its timeline; what went to operations and why."""

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers import phones
from customers.families import GuestKey
from customers.models import Customer
from feedback.complaint_choices import Category, Cause, Channel, Happening, RootCause, Severity
from feedback.complaint_querysets import ComplaintQuerySet
from feedback.models.survey import Survey
from feedback.states import OPEN, State
from vipdesk.appendonly import append_only
from visits.models import Party, Room

LONGEST_WORDS = 1000
_IS_OPEN = Q(state__in=[str(state) for state in OPEN])
_IS_SETTLED = Q(state__in=[str(State.SOLVED), str(State.CLOSED)])


class Complaint(models.Model):
    """`owner` answers for it to the guest, whoever has taken it in hand (`taken_by`). `room` is where it happened,
    however the party moved on. Limits are fixed as moments when it is opened (`answer_due_at`, `solve_due_at`) and
    never move; `clock_due_at` is the solution's one, or since it was reopened the new one. `solved_at` is the last
    solution, none while it is open. An anonymous answer's is of its party and of no `customer`; `contact_phone` (E.164)
    is what they typed there to be called back, which shows nobody that it is theirs."""

    survey = models.OneToOneField(
        Survey, models.PROTECT, null=True, blank=True, related_name="complaint", verbose_name=_("survey")
    )
    customer = GuestKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="complaints", verbose_name=_("guest")
    )
    party = models.ForeignKey(
        Party, models.PROTECT, null=True, blank=True, related_name="complaints", verbose_name=_("party")
    )
    room = models.ForeignKey(
        Room, models.PROTECT, null=True, blank=True, related_name="complaints", verbose_name=_("room")
    )
    channel = models.CharField(_("came"), max_length=6, choices=Channel)
    category = models.CharField(_("about"), max_length=10, choices=Category)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity, default=Severity.NORMAL)
    words = models.TextField(_("what the guest said"), max_length=LONGEST_WORDS, blank=True, default="")
    wished = models.CharField(_("what they wish"), max_length=300, blank=True, default="")
    contact_phone = models.CharField(_("number to call back"), max_length=16, blank=True, default="")
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.NEW)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="complaints",
        verbose_name=_("with"),
    )
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("in hand of")
    )
    night = models.DateField(_("night"))
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("taken in by")
    )
    answer_due_at = models.DateTimeField(_("answer due"))
    solve_due_at = models.DateTimeField(_("solution due"))
    clock_due_at = models.DateTimeField()
    first_answered_at = models.DateTimeField(_("first answered at"), null=True, blank=True)
    solved_at = models.DateTimeField(_("solved at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_night = models.DateField(null=True, blank=True)
    root_cause = models.CharField(_("why it happened"), max_length=11, choices=RootCause, blank=True, default="")
    prevention = models.CharField(_("so that it does not happen again"), max_length=300, blank=True, default="")
    reopenings = models.PositiveSmallIntegerField(_("times reopened"), default=0)
    client_id = models.UUIDField(null=True, blank=True, unique=True)

    if TYPE_CHECKING:
        owner_id: int | None
        taken_by_id: int | None
        opened_by_id: int | None
        customer_id: int | None
        survey_id: int | None
        party_id: int | None

    objects: ClassVar[ComplaintQuerySet] = ComplaintQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-opened_at", "-pk"]
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        indexes = [
            models.Index("night", name="complaint_by_night"),
            models.Index("closed_night", name="complaint_closed", condition=Q(closed_night__isnull=False)),
            models.Index(F("opened_at").desc(), name="complaint_newest"),
            models.Index("owner", name="complaint_open", condition=_IS_OPEN),
            models.Index("customer", name="complaint_of_guest", condition=Q(customer__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=(_IS_OPEN & Q(solved_at=None)) | (_IS_SETTLED & Q(solved_at__isnull=False)),
                name="complaint_is_solved_when_it_says_so",
            ),
            models.CheckConstraint(
                condition=Q(state=State.CLOSED, closed_at__isnull=False, closed_night__isnull=False)
                | (~Q(state=State.CLOSED) & Q(closed_at=None, closed_night=None)),
                name="complaint_is_closed_when_it_says_so",
            ),
            models.CheckConstraint(condition=~Q(state=State.CLOSED, root_cause=""), name="closed_complaint_says_why"),
            models.CheckConstraint(
                condition=models.lookups.LessThanOrEqual(Length("words"), LONGEST_WORDS), name="complaint_is_short"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_category_display()}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_anonymous(self) -> bool:
        """From a survey that nobody put a name to."""
        return self.survey_id is not None and self.customer_id is None

    @property
    def masked_contact(self) -> str:
        return phones.mask(self.contact_phone)

    @property
    def shown_contact(self) -> str:
        return phones.display(self.contact_phone)

    @property
    def is_escalated(self) -> bool:
        return self.state == State.ESCALATED


class ComplaintEvent(models.Model):
    """A row of the timeline, which nobody rewrites: every move with where it began and ended, every note. `by` is None
    where the desk did it by itself or a guest did."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="events")
    kind = models.CharField(max_length=8, choices=Happening)
    begin = models.CharField(max_length=9, choices=State, blank=True, default="")
    end = models.CharField(max_length=9, choices=State)
    cause = models.CharField(max_length=14, choices=Cause, blank=True, default="")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    compensation = models.ForeignKey("Compensation", models.PROTECT, null=True, blank=True, related_name="events")
    words = models.CharField(max_length=LONGEST_WORDS, blank=True, default="")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("row of a complaint's timeline")
        verbose_name_plural = _("rows of complaints' timelines")
        indexes = [models.Index("complaint", "at", name="complaint_timeline")]
        triggers = [append_only("words")]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.kind}"


class Escalation(models.Model):
    """A complaint went to operations: once per cause and reopening, whoever found it and however often."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="escalations", verbose_name=_("complaint"))
    cause = models.CharField(_("why"), max_length=14, choices=Cause)
    reopening = models.PositiveSmallIntegerField(default=0)
    raised_at = models.DateTimeField(_("when"), default=timezone.now)
    night = models.DateField(_("night"))
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )

    class Meta:
        ordering = ["raised_at", "pk"]
        verbose_name = _("escalation")
        verbose_name_plural = _("escalations")
        constraints = [
            models.UniqueConstraint(fields=["complaint", "cause", "reopening"], name="escalated_once_per_cause")
        ]
        indexes = [models.Index("night", name="escalation_by_night")]
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.cause}"
