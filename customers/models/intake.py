"""The nightly sheet (客户资料表): handing in, checking, exporting; and sheets that come in from outside."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.choices import ImportStatus, IntakeStatus
from customers.models.customer import Customer
from vipdesk import coded
from vipdesk.appendonly import append_only


class IntakeSheet(models.Model):
    """A manager's explicit act of handing in the night's sheet (D1 S1): late is after the shift's end, or never."""

    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="sheets", verbose_name=_("manager")
    )
    night = models.DateField(_("night"))
    handed_in_at = models.DateTimeField(_("handed in at"), default=timezone.now)
    rows = models.PositiveIntegerField(_("rows"))

    class Meta:
        verbose_name = _("handed-in sheet")
        verbose_name_plural = _("handed-in sheets")
        constraints = [models.UniqueConstraint(fields=["night", "manager"], name="one_sheet_per_manager_and_night")]

    def __str__(self) -> str:
        return f"{self.night} {self.manager}"


class IntakeReview(models.Model):
    """One decision about one record: accepted, sent back with a reason, or corrected by its manager."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="reviews", verbose_name=_("guest"))
    status = models.CharField(_("decision"), max_length=9, choices=IntakeStatus)
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("decided by")
    )
    reviewed_at = models.DateTimeField(_("decided at"), default=timezone.now)

    class Meta:
        ordering = ["-reviewed_at", "-pk"]
        verbose_name = _("intake decision")
        verbose_name_plural = _("intake decisions")
        triggers = [append_only("reason")]

    def __str__(self) -> str:
        return self.get_status_display()

    @property
    def shown_reason(self) -> str:
        """In the reader's language."""
        return coded.read(self.reason)


class IntakeExport(models.Model):
    """The stamp of one export of a night's sheet: who, when, how many rows, and the file's hash."""

    night = models.DateField(_("night"), db_index=True)
    exported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("exported by")
    )
    exported_at = models.DateTimeField(_("exported at"), default=timezone.now)
    format = models.CharField(_("format"), max_length=5)
    rows = models.PositiveIntegerField(_("rows"))
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    channel = models.CharField(_("channel"), max_length=10, default="screen")

    class Meta:
        ordering = ["-exported_at", "-pk"]
        verbose_name = _("sheet export")
        verbose_name_plural = _("sheet exports")
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"{self.night} {self.format}"


class CustomerImport(models.Model):
    """A sheet that after-sales uploaded: kept until it is in, then its content is dropped and the report stays."""

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )
    created_at = models.DateTimeField(_("uploaded at"), default=timezone.now)
    filename = models.CharField(_("file"), max_length=200)
    content = models.BinaryField(null=True)
    content_sha256 = models.CharField(max_length=64)
    language = models.CharField(max_length=10, blank=True, default="")  # of the report's words
    status = models.CharField(_("state"), max_length=9, choices=ImportStatus, default=ImportStatus.UPLOADED)
    attempts = models.PositiveSmallIntegerField(default=0)
    progress_rows = models.PositiveIntegerField(_("rows done"), default=0)
    total_rows = models.PositiveIntegerField(_("rows"), default=0)
    preview = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self) -> str:
        return self.filename
