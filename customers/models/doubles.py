"""One guest, two records: what looks alike, and what was made one (G5)."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer


class PossibleDouble(models.Model):
    """Two records that may be one guest, and why; found once, settled once. Holds no personal data itself."""

    class Reason(models.TextChoices):
        BIRTHDAY = "birthday", _("same name and birthday")
        DIGIT = "digit", _("numbers one digit apart")
        MEMBER_NO = "member_no", _("same member number")

    class State(models.TextChoices):
        OPEN = "open", _("to look at")
        DIFFERENT = "different", _("two different guests")
        MERGED = "merged", _("merged")

    first = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("guest"))
    second = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("guest"))
    reasons = ArrayField(models.CharField(max_length=9, choices=Reason), verbose_name=_("reasons"))
    found_at = models.DateTimeField(_("found at"), default=timezone.now)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )

    class Meta:
        verbose_name = _("possible double")
        verbose_name_plural = _("possible doubles")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="double_found_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="double_is_two"),
        ]
        indexes = [models.Index("found_at", name="double_open", condition=Q(state="open"))]

    def __str__(self) -> str:
        return f"{self.first_id} ~ {self.second_id}"


class Merge(models.Model):
    """Two records made one: `merged` goes on as `kept`. Says what moved by keys alone, so that one step undoes it and
    erasing a guest leaves nothing here."""

    kept = models.ForeignKey(Customer, models.PROTECT, related_name="merges", verbose_name=_("kept"))
    merged = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("merged"))
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("merged by")
    )
    merged_at = models.DateTimeField(_("merged at"), default=timezone.now)
    # {"numbers": keys of the PhoneNumbers that moved, "main": the one that was main, "filled": fields that were blank}
    moved = models.JSONField(default=dict)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("undone by")
    )

    class Meta:
        ordering = ["-merged_at", "-pk"]
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [
            models.UniqueConstraint(fields=["merged"], condition=Q(undone_at=None), name="merged_once_at_a_time"),
            models.CheckConstraint(condition=~Q(kept=F("merged")), name="merge_is_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} → {self.kept_id}"
