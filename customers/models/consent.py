"""What a guest agreed to, as a log that only grows (PIPL; promises.md, "Nobody sees what is not theirs")."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from vipdesk import nights
from vipdesk.appendonly import append_only

# Ready-made, as each capture asks for it: putting it together costs more than the database takes to answer it.
_IN_FORCE = "SELECT * FROM customers_privacynotice WHERE effective_from <= %s ORDER BY version DESC LIMIT 1"


class PrivacyNoticeQuerySet(models.QuerySet["PrivacyNotice"]):
    def in_force(self) -> "PrivacyNotice":
        """The newest version whose day has come, by the night that is running."""
        for notice in self.raw(_IN_FORCE, [nights.tonight()]):
            return notice
        raise self.model.DoesNotExist


class PrivacyNotice(models.Model):
    """One version of the notice a guest is shown; a version once shown is never reworded, a new one is added."""

    version = models.PositiveSmallIntegerField(_("version"), unique=True)
    effective_from = models.DateField(_("effective from"))
    text = models.TextField(_("text"))
    text_en = models.TextField(_("English text"))

    objects = PrivacyNoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-version"]
        verbose_name = _("privacy notice")
        verbose_name_plural = _("privacy notices")

    def __str__(self) -> str:
        return f"v{self.version}"

    def words(self) -> str:
        """The notice in the language on screen."""
        return self.text if (get_language() or "").startswith("zh") else self.text_en


class Consent(models.Model):
    """One thing a guest said yes or no to, at one moment, through one channel."""

    class Kind(models.TextChoices):
        NOTICE = "notice", _("Privacy notice")
        SMS = "sms", _("SMS offers")
        CALL = "call", _("Phone calls")

    class Action(models.TextChoices):
        GRANTED = "granted", _("agreed")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrew")

    class Channel(models.TextChoices):
        TABLET = "tablet", _("on the tablet")
        DESK = "desk", _("at the desk")
        IMPORT = "import", _("from a sheet")
        SELF = "self", _("on the guest's own phone")

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="consents")
    kind = models.CharField(max_length=6, choices=Kind)
    action = models.CharField(max_length=9, choices=Action)
    notice = models.ForeignKey(PrivacyNotice, models.PROTECT, null=True, blank=True, related_name="+")
    channel = models.CharField(max_length=6, choices=Channel)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_action_display()}"
