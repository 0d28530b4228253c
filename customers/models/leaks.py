"""What leaves the house, and who looks at how much: lists that were exported, looks counted, habits broken."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vipdesk.appendonly import append_only


class GuestExport(models.Model):
    """One list of guests that left the house: who, why, which, how many."""

    exported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("exported by")
    )
    exported_at = models.DateTimeField(_("exported at"), default=timezone.now)
    format = models.CharField(_("format"), max_length=5)
    reason = models.CharField(_("reason"), max_length=200)
    filters = models.JSONField(_("which guests"), default=dict)
    rows = models.PositiveIntegerField(_("rows"))
    sha256 = models.CharField(_("fingerprint"), max_length=64)

    class Meta:
        ordering = ["-exported_at", "-pk"]
        verbose_name = _("guest list export")
        verbose_name_plural = _("guest list exports")
        permissions = [("export_guests", "Can export the list of guests with full numbers")]
        triggers = [append_only("reason", "filters")]

    def __str__(self) -> str:
        return f"{self.format}, {self.rows}"


class Looks(models.TextChoices):
    """What is counted per person and night."""

    PAGE = "page", _("guest pages opened")
    REVEAL = "reveal", _("full numbers shown")
    EXPORT = "export", _("rows exported")
    OPENED = "opened", _("guests opened by a party of one's own")
    SHEET = "sheet", _("full numbers on a night's sheet")
    LOOKUP = "lookup", _("numbers looked for")


class LookTally(models.Model):
    """How often one person looked, in one way, on one night."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("who"))
    night = models.DateField(_("night"))
    kind = models.CharField(_("what"), max_length=6, choices=Looks)
    count = models.PositiveIntegerField(_("count"), default=0)

    class Meta:
        verbose_name = _("count of looks")
        verbose_name_plural = _("counts of looks")
        constraints = [models.UniqueConstraint(fields=["user", "night", "kind"], name="one_tally_per_night")]
        indexes = [models.Index("night", name="tally_by_night")]

    def __str__(self) -> str:
        return f"{self.night} {self.kind}: {self.count}"


class LeakAlert(models.Model):
    """Somebody looked far more than they use to; operations say whether that was right."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("who"))
    night = models.DateField(_("night"))
    kind = models.CharField(_("what"), max_length=6, choices=Looks)
    seen = models.PositiveIntegerField(_("that night"))
    usual = models.PositiveIntegerField(_("as a rule"))
    raised_at = models.DateTimeField(_("raised at"), default=timezone.now)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )

    class Meta:
        ordering = ["-raised_at", "-pk"]
        verbose_name = _("unusual looking")
        verbose_name_plural = _("unusual looking")
        constraints = [models.UniqueConstraint(fields=["user", "night", "kind"], name="one_leak_alert_per_night")]

    def __str__(self) -> str:
        return f"{self.night} {self.kind}: {self.seen}"
