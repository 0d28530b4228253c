"""Campaigns, which operations write and approve; batches and replies, which their own screens and the senders write."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from customers import phones
from outreach import campaign_tasks, sms_planning
from outreach.models import Campaign, SmsBatch, SmsReply
from outreach.sms_planning import CannotSend
from staff.models import User
from vipdesk import nights
from vipdesk.adminsite import DeskAdmin, ReadOnlyAdmin
from vipdesk.templatetags.nights import moment

# Whoever changes one of these changes what was approved, or for whom.
APPROVED_FIELDS = {
    "starts_on", "ends_on", "tiers", "owners", "tags", "seen_within_days", "not_seen_for_days", "birthday_month",
    "counts_unasked", "signature", "message_zh", "message_en", "opt_out", "opt_out_en", "template_code",
}  # fmt: skip


@admin.register(Campaign)
class CampaignAdmin(DeskAdmin):
    """Approved by an action; a changed message or audience has to be approved anew."""

    list_display = ["name", "code", "starts_on", "ends_on", "approved"]
    list_filter = [("approved_at", admin.EmptyFieldListFilter)]
    search_fields = ["name", "code"]
    readonly_fields = ["reach", "preview", "approve_here", "approved_at", "approved_by", "managers_task", "guests_said"]
    fieldsets = [
        (None, {"fields": ["code", "name", "offer", ("starts_on", "ends_on")]}),
        (
            _("For whom"),
            {
                "fields": [
                    "tiers", "owners", "tags", ("seen_within_days", "not_seen_for_days"), "birthday_month",
                    "counts_unasked", "reach",
                ]
            },
        ),
        (
            _("Message"),
            {
                "fields": [
                    "signature", "message_zh", "opt_out", "message_en", "opt_out_en", "preview",
                    ("template_code", "template_review"), "approve_here",
                ]
            },
        ),
        (
            _("The house"),
            {
                "fields": [
                    "managers_do", "managers_task", "feedback_due_on", ("approved_at", "approved_by"), "guests_said",
                ]
            },
        ),
    ]  # fmt: skip
    actions = ["approve"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        # "name" alone is a person's in Chinese.
        named = {"label": _("campaign's name")} if db_field.name == "name" else {}
        return super().formfield_for_dbfield(db_field, request, **(kwargs | named))

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget
        if db_field.name == "owners":
            kwargs["queryset"] = User.objects.managers()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Campaign]:
        found: QuerySet[Campaign] = super().get_queryset(request).select_related("approved_by")
        return found

    def has_approve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("outreach.approve_campaign")

    def has_delete_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Campaign | None = None) -> list[str]:
        return [*self.readonly_fields, *(["code"] if obj else [])]

    @display(description=_("approved"), boolean=True)
    def approved(self, campaign: Campaign) -> bool:
        return campaign.is_approved

    @admin.display(description=_("reaches tonight"))
    def reach(self, campaign: Campaign) -> str:
        """As saved: the live count of whom it would reach if it went out tonight."""
        if campaign.pk is None or campaign.faults():
            return "–"
        found = sms_planning.audience(campaign, nights.tonight())
        said = _("%(guests)d guests, %(parts)d parts, %(cost)s yuan; left out: %(out)d")
        out = sum(found.left_out.values())
        return str(said) % {"guests": found.to_send, "parts": found.parts, "cost": f"{found.cost:.2f}", "out": out}

    @admin.display(description=_("as it arrives"))
    def preview(self, campaign: Campaign) -> str:
        return "\n".join(filter(None, (campaign.text_zh, campaign.text_en))) if campaign.pk else "–"

    @admin.display(description=_("what guests said"))
    def guests_said(self, campaign: Campaign) -> str:
        if campaign.pk is None or campaign.starts_on is None:
            return "–"
        url = reverse("outreach:campaign_feedback", args=[campaign.pk])
        return format_html('<a class="desk-link" href="{}">{}</a>', url, _("Open"))

    @admin.display(description=_("task for managers"))
    def managers_task(self, campaign: Campaign) -> str:
        if campaign.pk is None or not campaign.is_approved:
            return "–"
        url = reverse("outreach:campaign_task", args=[campaign.pk])
        words = campaign_tasks.how_far(campaign) if campaign_tasks.is_given(campaign) else _("Give it to managers")
        return format_html('<a class="desk-link" href="{}">{}</a>', url, words)

    @admin.display(description=pgettext_lazy("campaign", "approval"))
    def approve_here(self, campaign: Campaign) -> str:
        """Beside the text as it arrives: a button of the same form, which saves nothing that was not seen like that."""
        if campaign.approved_at:
            said = _("Approved by %(who)s, %(at)s.")
            return str(said) % {"who": campaign.approved_by or "–", "at": moment(campaign.approved_at)}
        button = '<button type="submit" name="_approve" value="1" class="desk-link">{}</button>'
        return format_html(button, pgettext("campaign", "Approve this text")) if campaign.pk else "–"

    def response_change(self, request: HttpRequest, obj: Campaign) -> HttpResponse:
        """The approval from the page; a text or audience that changed by the same request is to be read first."""
        if "_approve" not in request.POST or not self.has_approve_permission(request):
            answer: HttpResponse = super().response_change(request, obj)
            return answer
        if vars(request).get("has_new_text"):
            words = _("Saved. Read the text as it arrives, then approve it.")
            self.message_user(request, words, messages.WARNING)
        else:
            self.approve(request, Campaign.objects.filter(pk=obj.pk))
        return redirect("admin:outreach_campaign_change", obj.pk)

    @action(description=_("Approve"), permissions=["approve"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        """Each by itself: what cannot be sent is said, the rest is approved."""
        for campaign in queryset:
            try:
                sms_planning.approve_campaign(campaign=campaign, by=cast(User, request.user))
            except CannotSend as why:
                self.message_user(request, f"{campaign}: {why}", messages.WARNING)
            else:
                self.message_user(request, self._approved_words(campaign), messages.SUCCESS)

    def _approved_words(self, campaign: Campaign) -> str:
        """And where managers must do something, the way to give it to them."""
        said = _("%(campaign)s is approved.") % {"campaign": campaign}
        if not campaign.managers_do or campaign_tasks.is_given(campaign):
            return str(said)
        url = reverse("outreach:campaign_task", args=[campaign.pk])
        return format_html('{} <a class="desk-link" href="{}">{}</a>', said, url, _("Give managers their task"))

    def save_model(self, request: HttpRequest, obj: Campaign, form: Any, change: bool) -> None:
        has_new_text = bool(APPROVED_FIELDS & set(form.changed_data))
        vars(request)["has_new_text"] = has_new_text
        if change and has_new_text and obj.is_approved:
            obj.approved_at = obj.approved_by = None
            self.message_user(request, _("What was approved has changed: approve it anew."), messages.WARNING)
        super().save_model(request, obj, form, change)


@admin.register(SmsBatch)
class SmsBatchAdmin(ReadOnlyAdmin):
    list_display = ["night", "campaign", "state", "approved_by", "approved_at"]
    list_select_related = ["campaign", "approved_by"]
    list_filter = ["state"]
    fields = ["night", "campaign", "state", "text_zh", "text_en", "segment_price", "built_at", "approved_at"]
    ordering = ["-night", "-pk"]


@admin.register(SmsReply)
class SmsReplyAdmin(ReadOnlyAdmin):
    list_display = ["received_at", "customer", "masked", "text", "is_opt_out"]
    list_select_related = ["customer"]
    list_filter = ["is_opt_out"]
    fields = ["received_at", "customer", "masked", "text", "is_opt_out"]
    ordering = ["-received_at", "-pk"]

    @admin.display(description=_("number"))
    def masked(self, reply: SmsReply) -> str:
        return phones.mask(reply.number)
