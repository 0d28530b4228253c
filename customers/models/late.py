"""A capture that came in late: made on a tablet without network, of a number that was on file by then."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.birthdays import Birthday
from customers.models.consent import PrivacyNotice
from customers.models.customer import Customer


class CaptureNoteQuerySet(models.QuerySet["CaptureNote"]):
    def to_settle(self) -> "CaptureNoteQuerySet":
        """Those that wait for after-sales; of an erased guest nothing waits any more."""
        return self.filter(settled_at=None, customer__erased_at=None)


class CaptureNote(models.Model):
    """What was captured, beside the guest whose number it is, until after-sales has settled it; never a lost record.

    `customer` is the record that had the number when the note came in: where that was merged since, `guest` is the one
    who goes on, and parting the two again brings the note back to its own.
    """

    class How(models.TextChoices):
        TAKEN_OVER = "taken_over", _("taken over")
        LEFT = "left", _("left as it was")

    client_id = models.UUIDField(unique=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="capture_notes", verbose_name=_("guest"))
    captured_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("captured by")
    )
    captured_at = models.DateTimeField(_("captured at"))
    received_at = models.DateTimeField(_("came in at"), default=timezone.now)
    night = models.DateField(_("night"))
    notice = models.ForeignKey(PrivacyNotice, models.PROTECT, related_name="+", verbose_name=_("privacy notice"))
    # What the form said, cleaned, by the names of its fields (`customers.late.CONTENT`); an erasure empties it.
    content = models.JSONField(default=dict)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )
    how = models.CharField(_("how"), max_length=10, choices=How, blank=True, default="")
    taken_over = ArrayField(models.CharField(max_length=20), default=list, blank=True)

    objects: ClassVar[CaptureNoteQuerySet] = CaptureNoteQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("late capture")
        verbose_name_plural = _("late captures")
        constraints = [
            models.CheckConstraint(
                condition=Q(settled_at=None, settled_by=None, how="")
                | (Q(settled_at__isnull=False, settled_by__isnull=False) & ~Q(how="")),
                name="capture_note_settled_whole",
            ),
        ]
        indexes = [models.Index("received_at", name="capture_note_open", condition=Q(settled_at=None))]

    def __str__(self) -> str:
        return f"#{self.customer_id}"

    @property
    def guest(self) -> Customer:
        return self.customer.goes_on_as

    @property
    def birthday(self) -> Birthday | None:
        """As it was captured; None where it was not, or where the note is emptied."""
        said: dict[str, Any] = self.content
        if not said.get("birthday_month") or not said.get("birthday_day"):
            return None
        return Birthday(
            month=said["birthday_month"],
            day=said["birthday_day"],
            year=said["birthday_year"],
            calendar=said["birthday_calendar"],
            is_leap=said["birthday_is_leap"],
        )
