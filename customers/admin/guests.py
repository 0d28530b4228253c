"""Guests as a list to look through (their pages are the desk's own), tiers to edit, notices to add."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from customers.models import Consent, Customer, MembershipTier, PrivacyNotice
from staff.models import User
from vipdesk import nights
from vipdesk.adminsite import DeskAdmin, NightFilter, ReadOnlyAdmin


class ManagerFilter(admin.SimpleListFilter):
    """By who looks after the guest: the managers, not everybody who ever had an account."""

    title = _("looked after by")
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("none", _("Nobody")), *((str(user.pk), str(user)) for user in User.objects.managers())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value == "none":
            return queryset.filter(owner=None)
        return queryset.filter(owner=value) if value and value.isdecimal() else queryset


class GapFilter(admin.SimpleListFilter):
    title = _("incomplete")
    parameter_name = "incomplete"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Something is missing")), ("no", _("Complete"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(is_incomplete=self.value() == "yes") if self.value() in ("yes", "no") else queryset


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    list_display = ["page", "masked", "tier", "owner", "night", "has_gaps", "intake_status"]
    list_display_links = None
    list_filter = [NightFilter, ManagerFilter, "tier", GapFilter]
    list_select_related = ["tier", "owner"]
    ordering = ["-captured_at", "-pk"]
    sortable_by = ()  # any other order would sort every guest of the house

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those one can meet: who was merged goes on elsewhere, who was erased is nobody any more."""
        return Customer.objects.living()

    @display(description=_("guest"))
    def page(self, customer: Customer) -> str:
        url = reverse("customers:page", args=[customer.pk])
        return format_html('<a class="desk-link" href="{}">{}</a>', url, customer.name)

    @display(description=_("phone"))
    def masked(self, customer: Customer) -> str:
        return customer.masked_phone

    @display(description=_("to complete"))
    def has_gaps(self, customer: Customer) -> str:
        return (
            format_html('<span class="desk-tag desk-tag-red">{}</span>', _("incomplete"))
            if customer.is_incomplete
            else ""
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A guest has one page, where looking closer is written down."""
        return redirect("customers:page", pk=object_id)


@admin.register(MembershipTier)
class MembershipTierAdmin(DeskAdmin):
    list_display = ["name", "name_en", "code", "rank", "is_vip"]
    ordering = ["-rank"]

    def get_readonly_fields(self, request: HttpRequest, obj: MembershipTier | None = None) -> list[str]:
        return ["code"] if obj else []


class NoticeForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = PrivacyNotice
        fields = ["effective_from", "text", "text_en"]

    def clean_effective_from(self) -> dt.date:
        night: dt.date = self.cleaned_data["effective_from"]
        if night < nights.tonight():
            raise ValidationError(gettext("Guests of earlier nights were shown the version of that time."))
        return night


@admin.register(PrivacyNotice)
class PrivacyNoticeAdmin(DeskAdmin):
    """A version that a guest agreed to is never reworded: a new one is added."""

    form = NoticeForm
    list_display = ["__str__", "effective_from"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        newest = PrivacyNotice.objects.first()
        words = {"text": newest.text, "text_en": newest.text_en} if newest else {}
        return {"effective_from": nights.tonight(), **words}

    def has_change_permission(self, request: HttpRequest, obj: PrivacyNotice | None = None) -> bool:
        is_allowed = super().has_change_permission(request, obj)
        return is_allowed and (obj is None or not Consent.objects.filter(notice=obj).exists())

    def has_delete_permission(self, request: HttpRequest, obj: PrivacyNotice | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: PrivacyNotice, form: Any, change: bool) -> None:
        if not change:
            # Two at once meet at the unique constraint.
            obj.version = (PrivacyNotice.objects.aggregate(last=Max("version"))["last"] or 0) + 1
        super().save_model(request, obj, form, change)
