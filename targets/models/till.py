"""Tills that send bills by themselves, each with a token of its own."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Till(models.Model):
    """A till. Its token is shown once, when it is made; only its SHA-256 is kept (it is long and random: no need to
    stretch it). A revoked till sends nothing any more and stays on file."""

    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=40, unique=True)
    token_hash = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("added by")
    )
    created_at = models.DateTimeField(_("added at"), default=timezone.now)
    last_seen_at = models.DateTimeField(_("last heard from"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("till")
        verbose_name_plural = _("tills")

    def __str__(self) -> str:
        return self.name
