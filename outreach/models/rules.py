"""When and why guests are called and written to: the house's outreach rules, data that operations edit (T9 T10)."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import MembershipTier
from outreach.choices import Weekday

MOST_DAYS = 3660
MOST_CALLS = 10_000_000


def _weekdays(label: Any) -> Any:
    return ArrayField(models.CharField(max_length=3, choices=Weekday), default=list, blank=True, verbose_name=label)


class OutreachRules(models.Model):
    """One row. Days are counted in nights, both ends inside; `outreach.rules` reads it from a file and checks it."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    call_weekdays = _weekdays(_("call nights"))
    sms_weekdays = _weekdays(_("SMS nights"))
    birthday_days = models.PositiveSmallIntegerField(
        _("days ahead of a birthday"), default=7, validators=[MaxValueValidator(MOST_DAYS)]
    )
    bottle_days = models.PositiveSmallIntegerField(
        _("days ahead of a bottle's last"), default=14, validators=[MaxValueValidator(MOST_DAYS)]
    )
    member_day_days = models.PositiveSmallIntegerField(
        _("days ahead of a member day"), default=3, validators=[MaxValueValidator(MOST_DAYS)]
    )
    calls_per_manager = models.PositiveIntegerField(
        _("calls per manager"), default=40, validators=[MinValueValidator(1), MaxValueValidator(MOST_CALLS)]
    )
    # Local clock; where `quiet_from` is the later of the two, the quiet runs over midnight. Equal: never quiet.
    quiet_from = models.TimeField(_("no SMS from"), default=dt.time(20))
    quiet_to = models.TimeField(_("no SMS until"), default=dt.time(8))
    sms_min_gap_days = models.PositiveSmallIntegerField(
        _("nights between two SMS"), default=3, validators=[MaxValueValidator(MOST_DAYS)]
    )
    trace_days = models.PositiveSmallIntegerField(
        _("days a call or an SMS may take to bring somebody"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)],
    )
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    if TYPE_CHECKING:
        member_days: Any

    class Meta:
        verbose_name = _("outreach rules")
        verbose_name_plural = _("outreach rules")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_set_of_outreach_rules"),
            models.CheckConstraint(condition=Q(calls_per_manager__gte=1), name="outreach_calls_somebody"),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    def is_call_night(self, night: dt.date) -> bool:
        return Weekday.values[night.weekday()] in self.call_weekdays

    def is_sms_night(self, night: dt.date) -> bool:
        return Weekday.values[night.weekday()] in self.sms_weekdays


class MemberDay(models.Model):
    """A member day (会员日): every week's weekday, or a day of every month, which a shorter month goes without.

    `tier` empty: for everybody, guests without a tier included.
    """

    rules = models.ForeignKey(OutreachRules, models.CASCADE, default=1, related_name="member_days", editable=False)
    tier = models.ForeignKey(
        MembershipTier, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("tier")
    )
    weekday = models.CharField(_("every"), max_length=3, choices=Weekday, blank=True, default="")
    monthly_day = models.PositiveSmallIntegerField(
        _("day of the month"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(31)]
    )

    class Meta:
        ordering = ["pk"]
        verbose_name = _("member day")
        verbose_name_plural = _("member days")
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday="", monthly_day__isnull=False, monthly_day__range=(1, 31))
                | (~Q(weekday="") & Q(monthly_day=None)),
                name="member_day_is_weekly_or_monthly",
                violation_error_message=_("Either a weekday or a day of the month."),
            ),
            models.UniqueConstraint(
                fields=["rules", "tier", "weekday", "monthly_day"], name="member_day_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        when = self.get_weekday_display() if self.weekday else str(self.monthly_day)
        return f"{self.tier or '*'}: {when}"

    def falls_on(self, night: dt.date) -> bool:
        return Weekday.values[night.weekday()] == self.weekday or night.day == self.monthly_day
