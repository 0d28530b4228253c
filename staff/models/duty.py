"""Who works when, and what the evening asks of them: roster, clock, tasks from leaders, duties (T1–T8, D8, G18)."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from staff.models.people import User
from vipdesk.appendonly import append_only


class Shift(models.Model):
    """One person's plan for one night. A night with no plan for anybody has everybody on duty (domain.md)."""

    class Plan(models.TextChoices):
        ON = "on", _("on duty")
        OFF = "off", _("off")
        LEAVE = "leave", _("on leave")

    user = models.ForeignKey(User, models.CASCADE, related_name="shifts", verbose_name=_("who"))
    night = models.DateField(_("night"))
    plan = models.CharField(_("plan"), max_length=5, choices=Plan, default=Plan.ON)
    planned_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("planned by"))

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        constraints = [models.UniqueConstraint(fields=["night", "user"], name="one_plan_per_night")]

    def __str__(self) -> str:
        return f"{self.night} {self.user}: {self.get_plan_display()}"


class Leave(models.Model):
    """Nights on which somebody is on leave, the first and the last among them; outweighs any plan for one night."""

    class Kind(models.TextChoices):
        ANNUAL = "annual", _("annual leave")
        SICK = "sick", _("sick leave")
        OTHER = "other", _("other leave")

    user = models.ForeignKey(User, models.CASCADE, related_name="leave", verbose_name=_("who"))
    first_night = models.DateField(_("first night"))
    last_night = models.DateField(_("last night"))
    kind = models.CharField(_("kind"), max_length=6, choices=Kind, default=Kind.ANNUAL)
    note = models.CharField(_("note"), max_length=200, blank=True, default="")
    planned_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("planned by"))
    planned_at = models.DateTimeField(_("planned at"), default=timezone.now)

    class Meta:
        ordering = ["first_night", "pk"]
        verbose_name = _("leave")
        verbose_name_plural = _("leave")
        constraints = [
            models.CheckConstraint(condition=Q(last_night__gte=F("first_night")), name="leave_has_nights"),
            ExclusionConstraint(
                name="on_leave_once",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    (Func("first_night", "last_night", Value("[]"), function="daterange"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.first_night} – {self.last_night}"


class Attendance(models.Model):
    """Clocked in and out on a night (T1)."""

    user = models.ForeignKey(User, models.PROTECT, related_name="attendance", verbose_name=_("who"))
    night = models.DateField(_("night"))
    in_at = models.DateTimeField(_("came at"), default=timezone.now)
    out_at = models.DateTimeField(_("left at"), null=True, blank=True)

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendance")
        constraints = [
            models.UniqueConstraint(fields=["night", "user"], name="clocked_in_once_a_night"),
            models.CheckConstraint(condition=Q(out_at=None) | Q(out_at__gte=F("in_at")), name="left_after_coming"),
        ]

    def __str__(self) -> str:
        return f"{self.night} {self.user}"


class Task(models.Model):
    """Something a leader asks for (D8): with a due time, to one or several."""

    title = models.CharField(_("what"), max_length=120)
    detail = models.TextField(_("more about it"), blank=True, default="", max_length=2000)
    night = models.DateField(_("night"))
    due_at = models.DateTimeField(_("due"))
    given_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("from"))
    given_at = models.DateTimeField(_("given at"), default=timezone.now)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        ordering = ["due_at", "pk"]
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [models.CheckConstraint(condition=~Q(title=""), name="task_says_what")]

    def __str__(self) -> str:
        return self.title


class TaskFor(models.Model):
    """One person a task was given to: whether they have read it, and done it."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="people")
    user = models.ForeignKey(User, models.PROTECT, related_name="tasks", verbose_name=_("who"))
    acknowledged_at = models.DateTimeField(_("read at"), null=True, blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=200, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "user"], name="task_once_per_person")]
        indexes = [models.Index("user", name="task_open", condition=Q(done_at=None))]

    def __str__(self) -> str:
        return f"{self.task} → {self.user}"


class DutyTick(models.Model):
    """A duty of the evening ticked off by hand; the others tick themselves off from what was logged."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    night = models.DateField()
    duty = models.CharField(max_length=20)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "night", "duty"], name="duty_ticked_once")]

    def __str__(self) -> str:
        return f"{self.night} {self.duty}"


class NightSignature(models.Model):
    """A manager's signature under their night (T8), with what the board said when they signed."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("who"))
    night = models.DateField(_("night"))
    signed_at = models.DateTimeField(_("signed at"), default=timezone.now)
    summary = models.JSONField(_("what stood"), default=dict)
    note = models.CharField(_("note"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("signed night")
        verbose_name_plural = _("signed nights")
        constraints = [models.UniqueConstraint(fields=["night", "user"], name="night_signed_once")]
        triggers = [append_only("note", "summary")]

    def __str__(self) -> str:
        return f"{self.night} {self.user}"
