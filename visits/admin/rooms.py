"""Rooms, which operations edit; reservations and parties to look through (their pages are the desk's own)."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from vipdesk.adminsite import DeskAdmin, NightFilter, ReadOnlyAdmin
from visits.models import Party, Reservation, Room


@admin.register(Room)
class RoomAdmin(DeskAdmin):
    """A room with a past is taken out of service, never deleted."""

    list_display = ["number", "kind", "floor", "capacity", "minimum_spend", "is_in_service"]
    list_editable = ["is_in_service"]
    list_filter = ["kind", "floor", "is_in_service"]
    search_fields = ["number"]
    fields = ["number", "kind", "floor", "capacity", "minimum_spend", "is_in_service"]
    ordering = ["floor", "number"]
    list_per_page = 100
    actions: list[str] | None = None

    def has_delete_permission(self, request: HttpRequest, obj: Room | None = None) -> bool:
        return False


class AttributionFilter(admin.SimpleListFilter):
    title = _("attribution")
    parameter_name = "attribution"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("nobody", _("nobody's yet")), ("somebody", _("somebody's"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "nobody":
            return queryset.filter(attributed_to=None)
        return queryset.exclude(attributed_to=None) if self.value() == "somebody" else queryset


class OpenFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("open")), ("no", _("closed"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "yes":
                return queryset.filter(closed_at=None)
            case "no":
                return queryset.exclude(closed_at=None)
        return queryset


@admin.register(Reservation)
class ReservationAdmin(ReadOnlyAdmin):
    """State and source together tell which way those come who then do not come."""

    list_display = ["page", "starts_at", "place", "people", "booked_by", "source", "shown_state", "follow_up"]
    list_display_links = None
    list_filter = ["state", "source", NightFilter, "follow_up", "kind"]
    list_select_related = ["room", "booked_by"]
    ordering = ["-night", "-starts_at", "-pk"]
    sortable_by = ()

    @display(description=_("guest"))
    def page(self, one: Reservation) -> str:
        url = reverse("visits:reservation", args=[one.pk])
        return format_html('<a class="desk-link" href="{}">{}</a>', url, one.guest_name)

    @display(description=_("room"))
    def place(self, one: Reservation) -> str:
        return str(one.room or one.get_kind_display())

    @display(description=_("state"))
    def shown_state(self, one: Reservation) -> str:
        if one.state == "no_show":
            return format_html('<span class="desk-tag desk-tag-red">{}</span>', one.get_state_display())
        return one.get_state_display()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A reservation has one page, where numbers are masked until somebody says that they look."""
        return redirect("visits:reservation", pk=object_id)


@admin.register(Party)
class PartyAdmin(ReadOnlyAdmin):
    list_display = ["page", "night", "host", "people", "seated_at", "closed_at", "attributed_to"]
    list_display_links = None
    list_filter = [NightFilter, OpenFilter, AttributionFilter, "room__kind"]
    list_select_related = ["room", "customer", "attributed_to"]
    ordering = ["-night", "-pk"]
    sortable_by = ()

    @display(description=_("room"))
    def page(self, party: Party) -> str:
        return format_html(
            '<a class="desk-link" href="{}">{}</a>', reverse("visits:party", args=[party.pk]), party.room
        )

    @display(description=_("host"))
    def host(self, party: Party) -> str:
        return party.customer.name if party.customer else party.host_name or "—"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A party has one page, where it is attributed."""
        return redirect("visits:party", pk=object_id)
