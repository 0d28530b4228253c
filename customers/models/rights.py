"""A guest's right to be forgotten (PIPL): what was erased, on whose word, and the numbers nobody may write to."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer
from vipdesk.appendonly import append_only


class Erasure(models.Model):
    """One guest erased, with the proof: what was removed where, and which sums were kept. Holds no personal data."""

    class Cause(models.TextChoices):
        REQUEST = "request", _("asked for by the guest")
        RETENTION = "retention", _("kept longer than needed")

    class Identity(models.TextChoices):
        IN_PERSON = "in_person", _("in person, with an identity card")
        CALLED_BACK = "called_back", _("called back on the number on file")
        CODE = "code", _("a code sent to the number on file")
        NOT_NEEDED = "not_needed", _("not needed: the house's own duty")

    customer = models.OneToOneField(Customer, models.PROTECT, related_name="erasure", verbose_name=_("guest"))
    cause = models.CharField(_("cause"), max_length=9, choices=Cause)
    identity = models.CharField(_("identity checked"), max_length=11, choices=Identity)
    requested_on = models.DateField(_("asked for on"), null=True, blank=True)
    erased_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("erased by")
    )
    erased_at = models.DateTimeField(_("erased at"), default=timezone.now)
    # What each part of the registry said it did: [{"part": …, "removed": {table: rows}, "kept": {what: sum}}].
    proof = models.JSONField(default=list)

    class Meta:
        ordering = ["-erased_at", "-pk"]
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"#{self.customer_id}"


class ErasureOrder(models.Model):
    """A guest whom after-sales chose for erasure, until a worker has done it: nobody waits for it on screen."""

    customer = models.OneToOneField(Customer, models.CASCADE, related_name="erasure_order")
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField(default=timezone.now)
    tried_at = models.DateTimeField(null=True)

    class Meta:
        ordering = [models.F("tried_at").asc(nulls_first=True), "pk"]

    def __str__(self) -> str:
        return f"#{self.customer_id}"


class ForgottenNumber(models.Model):
    """The keyed hash of an erased guest's number: it keeps the number from being written to or imported again.

    A guest who comes back in person and agrees anew lifts it (`lifted_at`).
    """

    digest = models.CharField(max_length=64, unique=True)
    forgotten_at = models.DateTimeField(default=timezone.now)
    lifted_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.digest[:8]
