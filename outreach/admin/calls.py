"""The outreach rules, which operations edit, and the calls, which their own screens write."""

from typing import Any

from django import forms
from django.contrib import admin
from django.forms import Field
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from outreach.choices import Weekday
from outreach.models import Call, CallList, Contact, MemberDay, OutreachRules
from vipdesk.adminsite import DeskAdmin, NightFilter, ReadOnlyAdmin

_DAYS = ["birthday_days", "bottle_days", "member_day_days"]


class MemberDayInline(TabularInline):
    model = MemberDay
    extra = 0
    fields = ["tier", "weekday", "monthly_day"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """No tier means everybody, and says so."""
        if db_field.name == "tier":
            kwargs["empty_label"] = _("Everybody")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def _weekdays(label: Any) -> Field:
    return forms.MultipleChoiceField(
        label=label, choices=Weekday, required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )


class RulesForm(forms.ModelForm):  # type: ignore[type-arg]
    call_weekdays = _weekdays(_("Call nights"))
    sms_weekdays = _weekdays(_("SMS nights"))

    class Meta:
        model = OutreachRules
        fields = [
            "call_weekdays",
            "calls_per_manager",
            "birthday_days",
            "bottle_days",
            "member_day_days",
            "sms_weekdays",
            "quiet_from",
            "quiet_to",
            "sms_min_gap_days",
            "trace_days",
        ]


@admin.register(OutreachRules)
class OutreachRulesAdmin(DeskAdmin):
    """One set: it is changed, and counts from the next list and batch on."""

    form = RulesForm
    inlines = [MemberDayInline]
    list_display = ["__str__", "on_calls", "on_sms", "calls_per_manager", "updated_at"]
    sortable_by = ()
    actions: list[str] | None = None
    fieldsets = [
        (
            _("Calls"),
            {"fields": ["call_weekdays", "calls_per_manager", "birthday_days", "bottle_days", "member_day_days"]},
        ),
        (_("SMS"), {"fields": ["sms_weekdays", "quiet_from", "quiet_to", "sms_min_gap_days"]}),
        (_("What it brings"), {"fields": ["trace_days"]}),
    ]

    @display(description=_("call nights"))
    def on_calls(self, rules: OutreachRules) -> str:
        return _named(rules.call_weekdays)

    @display(description=_("SMS nights"))
    def on_sms(self, rules: OutreachRules) -> str:
        return _named(rules.sms_weekdays)

    def save_model(self, request: HttpRequest, obj: OutreachRules, form: Any, change: bool) -> None:
        obj.updated_at = timezone.now()
        super().save_model(request, obj, form, change)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


def _named(codes: list[str]) -> str:
    return ", ".join(str(Weekday(code).label) for code in codes) or "—"


@admin.register(CallList)
class CallListAdmin(ReadOnlyAdmin):
    list_display = ["night", "kind", "listed", "left_over", "built_at"]
    list_filter = [NightFilter, "kind"]
    ordering = ["-night", "kind"]


@admin.register(Call)
class CallAdmin(ReadOnlyAdmin):
    list_display = ["at", "night", "guest", "manager", "outcome"]
    list_filter = [NightFilter, "outcome"]
    list_select_related = ["customer", "manager"]
    fields = ["at", "night", "customer", "manager", "outcome", "note"]
    ordering = ["-pk"]
    sortable_by = ()

    @display(description=_("guest"))
    def guest(self, call: Call) -> str:
        return str(call.customer)


@admin.register(Contact)
class ContactAdmin(ReadOnlyAdmin):
    list_display = ["at", "night", "guest", "by", "channel"]
    list_filter = [NightFilter, "channel"]
    list_select_related = ["customer", "by"]
    fields = ["at", "night", "customer", "by", "channel", "text"]
    ordering = ["-pk"]
    sortable_by = ()

    @display(description=_("guest"))
    def guest(self, contact: Contact) -> str:
        return str(contact.customer)
