"""The weekly summary (D4 S2): drafted by itself, remarked on, submitted and locked; what operations decided on it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from staff.models import Task
from vipdesk import nights
from vipdesk.appendonly import append_only


class WeeklySummary(models.Model):
    """A week by its Monday's night. Once `submitted_at` is set, `numbers` hold what the week said then
    (feedback.numbers, and its themes), and later answers only show beside them."""

    first_night = models.DateField(_("first night"), unique=True)
    drafted_at = models.DateTimeField(_("drafted at"), default=timezone.now)
    due_at = models.DateTimeField(_("due"))  # the weekly meeting
    reminded_at = models.DateTimeField(_("reminded at"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    numbers = models.JSONField(_("numbers as submitted"), null=True, blank=True)
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )

    class Meta:
        ordering = ["-first_night"]
        verbose_name = _("weekly summary")
        verbose_name_plural = _("weekly summaries")
        constraints = [
            models.CheckConstraint(
                condition=Q(submitted_at=None, numbers=None) | Q(submitted_at__isnull=False, numbers__isnull=False),
                name="submitted_week_has_numbers",
            ),
        ]

    def __str__(self) -> str:
        return self.week

    @property
    def week(self) -> str:
        return nights.week_of(self.first_night)

    @property
    def is_locked(self) -> bool:
        return self.submitted_at is not None


class WeekRemark(models.Model):
    """What a manager has to say about a week, handed in once; late is after the meeting began."""

    summary = models.ForeignKey(WeeklySummary, models.PROTECT, related_name="remarks", verbose_name=_("week"))
    manager = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("manager"))
    text = models.CharField(_("remark"), max_length=500)
    handed_in_at = models.DateTimeField(_("handed in at"), default=timezone.now)
    is_late = models.BooleanField(_("late"), default=False)

    class Meta:
        ordering = ["handed_in_at", "pk"]
        verbose_name = _("remark on a week")
        verbose_name_plural = _("remarks on weeks")
        constraints = [
            models.UniqueConstraint(fields=["summary", "manager"], name="one_remark_per_manager_and_week"),
            models.CheckConstraint(condition=~Q(text=""), name="week_remark_says_something"),
        ]
        triggers = [append_only("text")]

    def __str__(self) -> str:
        return f"{self.summary} {self.manager}"


class WeekDecision(models.Model):
    """What operations decided on one point of a week: a task with a due date; the next week shows it as done or not."""

    summary = models.ForeignKey(WeeklySummary, models.PROTECT, related_name="decisions", verbose_name=_("week"))
    point = models.CharField(_("point"), max_length=120)
    task = models.OneToOneField(Task, models.PROTECT, related_name="+", verbose_name=_("task"))
    client_id = models.UUIDField(null=True, blank=True, unique=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), default=timezone.now)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("decision on a week")
        verbose_name_plural = _("decisions on weeks")
        constraints = [models.CheckConstraint(condition=~Q(point=""), name="decision_names_its_point")]

    def __str__(self) -> str:
        return self.point
