"""Stored bottles to look through (their pages are the desk's own), how long they are kept, what was taken out."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from vipdesk import nights
from vipdesk.adminsite import DeskAdmin, NightFilter, ReadOnlyAdmin
from vipdesk.templatetags.nights import day
from visits.bottles import percent
from visits.models import BottleValidity, BottleWithdrawal, StoredBottle


class LastDayFilter(admin.SimpleListFilter):
    """By the last day, of those with something left."""

    title = _("last day")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("week", _("Expiring this week")), ("expired", _("Expired with something left"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        tonight = nights.tonight()
        if self.value() == "week":
            week = nights.week_nights(nights.week_of(tonight))
            return queryset.expiring(week[0], week[-1])
        return queryset.expired(tonight) if self.value() == "expired" else queryset


@admin.register(StoredBottle)
class StoredBottleAdmin(ReadOnlyAdmin):
    list_display = ["page", "product", "category", "guest", "left", "last_day", "locker"]
    list_display_links = None
    list_filter = [LastDayFilter, "category"]
    list_select_related = ["customer"]
    ordering = ["expires_on", "pk"]
    sortable_by = ()  # any other order would sort every bottle of the house

    @display(description=_("bottle number"))
    def page(self, bottle: StoredBottle) -> str:
        url = reverse("visits:bottle", args=[bottle.pk])
        return format_html('<a class="desk-link" href="{}">{}</a>', url, bottle.bottle_no)

    @display(description=_("guest"))
    def guest(self, bottle: StoredBottle) -> str:
        return bottle.customer.name

    @display(description=_("left"))
    def left(self, bottle: StoredBottle) -> str:
        return f"{percent(bottle.remaining)} %"

    @display(description=_("good until"))
    def last_day(self, bottle: StoredBottle) -> str:
        if bottle.is_expired and not bottle.is_empty:
            return format_html('<span class="desk-tag desk-tag-red">{}</span>', day(bottle.expires_on))
        return day(bottle.expires_on)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A bottle has one page, where it is taken out and extended."""
        return redirect("visits:bottle", pk=object_id)


class CorrectionFilter(admin.SimpleListFilter):
    title = _("mistakes")
    parameter_name = "mistakes"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("put right"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.exclude(corrects=None) if self.value() == "yes" else queryset


@admin.register(BottleWithdrawal)
class BottleWithdrawalAdmin(ReadOnlyAdmin):
    list_display = ["at", "page", "taken", "still", "room", "taken_by", "night", "reason"]
    list_display_links = None
    list_filter = [NightFilter, CorrectionFilter]
    list_select_related = ["bottle", "party__room", "taken_by"]
    ordering = ["-pk"]
    sortable_by = ()

    @display(description=_("bottle"))
    def page(self, withdrawal: BottleWithdrawal) -> str:
        url = reverse("visits:bottle", args=[withdrawal.bottle_id])
        return format_html('<a class="desk-link" href="{}">{}</a>', url, withdrawal.bottle)

    @display(description=_("taken"))
    def taken(self, withdrawal: BottleWithdrawal) -> str:
        return f"{percent(withdrawal.amount)} %"

    @display(description=_("left"))
    def still(self, withdrawal: BottleWithdrawal) -> str:
        return f"{percent(withdrawal.left)} %"

    @display(description=_("room"))
    def room(self, withdrawal: BottleWithdrawal) -> str:
        return str(withdrawal.party.room) if withdrawal.party else "—"


@admin.register(BottleValidity)
class BottleValidityAdmin(DeskAdmin):
    """Counts for bottles stored from now on: a guest was told the last day of those that stand here already."""

    list_display = ["category", "is_opened", "months"]
    list_editable = ["months"]
    list_display_links = None
    ordering = ["category", "is_opened"]
    sortable_by = ()
    actions: list[str] | None = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: BottleValidity | None = None) -> bool:
        return False
