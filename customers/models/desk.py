"""What the desk itself keeps about its guests' lists: filters somebody saved, and guests handed over by leavers."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from vipdesk.appendonly import append_only


class SavedFilter(models.Model):
    """A named set of the list's filters, for everybody in the office. Never holds what was typed in the search box."""

    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=40, unique=True)
    query = models.JSONField(default=dict)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")

    def __str__(self) -> str:
        return self.name


class Handover(models.Model):
    """The guests of somebody who left, given to others in one step (G18)."""

    class Rule(models.TextChoices):
        ONE = "one", _("all to one person")
        EVENLY = "evenly", _("evenly")
        TIER = "tier", _("by tier")

    leaver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("from"))
    rule = models.CharField(_("rule"), max_length=6, choices=Rule)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("done by"))
    done_at = models.DateTimeField(_("done at"), default=timezone.now)
    # How many guests each got: {key of a staff member: guests}.
    given = models.JSONField(_("given"), default=dict)

    if TYPE_CHECKING:
        followed: list[str]  # by `handover.hand_over`: what the apps above gave on, in sentences

    class Meta:
        ordering = ["-done_at", "-pk"]
        verbose_name = _("handover")
        verbose_name_plural = _("handovers")
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"{self.leaver} → {len(self.given)}"
