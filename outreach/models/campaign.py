"""A campaign (营销活动): an offer with its dates, whom it is for and what they are written (D5 S4)."""

import datetime as dt

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import MembershipTier, Tag
from outreach import sms_text
from outreach.sms_choices import TemplateReview
from staff.models import Task

CODE = RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9_-]*\Z", _("Letters, digits, - and _ only."))


class Campaign(models.Model):
    """Dates are nights, both inside, either open. The audience is everybody who meets all that is set here and agreed
    to SMS at some time; `counts_unasked` lists those who never did as well, who get nothing."""

    code = models.CharField(_("code"), max_length=40, unique=True, validators=[CODE])
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=80)
    offer = models.TextField(_("offer"), blank=True, default="")
    starts_on = models.DateField(_("from the night"), null=True, blank=True)
    ends_on = models.DateField(_("to the night"), null=True, blank=True)

    tiers = models.ManyToManyField(MembershipTier, blank=True, related_name="+", verbose_name=_("tiers"))
    owners = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="+", verbose_name=_("guests looked after by")
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="+", verbose_name=_("guests with any of these tags"))
    seen_within_days = models.PositiveSmallIntegerField(_("was here in the last … nights"), null=True, blank=True)
    not_seen_for_days = models.PositiveSmallIntegerField(_("was not here for … nights"), null=True, blank=True)
    birthday_month = models.PositiveSmallIntegerField(
        _("birthday in the month"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    counts_unasked = models.BooleanField(_("also count those who never agreed"), default=False)

    signature = models.CharField(_("signature"), max_length=16)
    message_zh = models.TextField(_("message in Chinese"))
    message_en = models.TextField(_("message in English"), blank=True, default="")
    opt_out = models.CharField(_("opt-out wording"), max_length=40, default=sms_text.OPT_OUT)
    opt_out_en = models.CharField(_("opt-out wording in English"), max_length=40, default=sms_text.OPT_OUT_EN)
    template_code = models.CharField(_("provider's template"), max_length=40, blank=True, default="")
    template_review = models.CharField(
        _("provider's review"), max_length=9, choices=TemplateReview, default=TemplateReview.NONE
    )
    managers_do = models.TextField(_("what managers do"), blank=True, default="")
    # A column of the campaign: it has one task or none, however often somebody presses (D5).
    task = models.OneToOneField(
        Task, models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("task")
    )
    feedback_due_on = models.DateField(_("feedback due on"), null=True, blank=True)

    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    feedback_read_at = models.DateTimeField(_("feedback read at"), null=True, blank=True, editable=False)
    feedback_read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(_("made at"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        permissions = [("approve_campaign", "Can approve a campaign")]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(starts_on__lte=F("ends_on")),
                name="campaign_ends_after_it_starts",
                violation_error_message=_("It ends before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(signature__regex=r"^[^【】]{2,16}$"), name="campaign_signature_has_2_to_16"
            ),
            models.CheckConstraint(
                condition=~Q(message_zh="") & ~Q(message_zh__regex="[【】]") & ~Q(message_en__regex="[【】]"),
                name="campaign_says_something_unsigned",
            ),
            models.CheckConstraint(condition=~Q(opt_out="") & ~Q(opt_out_en=""), name="campaign_says_how_to_opt_out"),
            models.CheckConstraint(
                condition=Q(birthday_month=None) | Q(birthday_month__range=(1, 12)), name="campaign_month_is_one"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def text_zh(self) -> str:
        return sms_text.compose(signature=self.signature, body=self.message_zh, opt_out=self.opt_out)

    @property
    def text_en(self) -> str:
        """For numbers outside greater China; empty where there is none, and they get the Chinese."""
        if not self.message_en.strip():
            return ""
        return sms_text.compose(signature=self.signature, body=self.message_en, opt_out=self.opt_out_en)

    @property
    def is_approved(self) -> bool:
        return self.approved_at is not None

    def runs_on(self, night: dt.date) -> bool:
        return (self.starts_on is None or self.starts_on <= night) and (self.ends_on is None or night <= self.ends_on)

    def clean(self) -> None:
        if faults := self.faults():
            raise ValidationError({field: said for field, said in faults.items() if said})

    def faults(self) -> dict[str, list[str]]:
        """What keeps it from being sent, by field; empty where nothing does."""
        found = {
            "signature": sms_text.signature_faults(self.signature),
            "opt_out": sms_text.opt_out_faults(self.opt_out),
            "opt_out_en": sms_text.opt_out_faults(self.opt_out_en),
            "message_zh": sms_text.body_faults(self.message_zh, signature=self.signature, opt_out=self.opt_out),
        }
        if self.message_en:
            found["message_en"] = sms_text.body_faults(
                self.message_en, signature=self.signature, opt_out=self.opt_out_en
            )
        return {field: said for field, said in found.items() if said}


class CampaignNote(models.Model):
    """What guests said of a campaign, as one manager hands it in (D5 S4); a further one adds to it."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="notes", verbose_name=_("campaign"))
    manager = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who"))
    text = models.CharField(_("what guests said"), max_length=1000)
    night = models.DateField(_("night"))
    at = models.DateTimeField(_("when"), default=timezone.now)
    client_id = models.UUIDField(unique=True)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = pgettext_lazy("of managers", "campaign feedback")
        verbose_name_plural = pgettext_lazy("of managers", "campaign feedback")
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="campaign_note_says_something")]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.night}"
