"""Rooms, which operations edit; reservations and parties to look through (their pages are the desk's own)."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from customers.families import living_key, living_outer
from customers.models import Customer
from vipdesk import coded
from vipdesk.adminsite import DeskAdmin, NightFilter, ReadOnlyAdmin
from visits.models import MissedVisit, Party, PartyGuest, Reservation, Room, VisitedGuest


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
        return [("nobody", _("nobody's yet")), ("somebody", _("somebody's")), ("changed", _("named or changed later"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "nobody":
                return queryset.filter(attributed_to=None)
            case "somebody":
                return queryset.exclude(attributed_to=None)
            case "changed":
                return queryset.filter(Exists(_attributions(OuterRef("pk"))))
        return queryset


def _attributions(party: Any) -> QuerySet[Any]:
    """The rows from before each change of a party's attribution: no other change of a party takes a reason."""
    events: QuerySet[Any] = Party.events.rel.related_model.objects.filter(pgh_obj=party)
    return events.filter(pgh_context__has_key="reason").exclude(pgh_context__reason="").order_by("-pgh_id")


class VisitFilter(admin.SimpleListFilter):
    """With the filter by night: which VIPs were missed this week."""

    title = _("visits")
    parameter_name = "visits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("missed", _("VIP not visited")), ("unsaid", _("VIP not visited, nobody said why"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in ("missed", "unsaid"):
            return queryset
        return queryset.filter(Exists(_vips_missed(needs_no_reason=self.value() == "missed")))


def _vips_missed(*, needs_no_reason: bool) -> QuerySet[Customer]:
    """Of a row of parties: VIPs in it whom nobody met that night; those alone without a reason where one is needed."""
    along = PartyGuest.objects.filter(party=OuterRef(OuterRef("pk"))).values(key=living_key("customer"))
    in_it = Q(pk=living_outer("customer")) | Q(pk__in=along)
    theirs = Q(customer=OuterRef("pk")) | Q(customer__merged_into=OuterRef("pk"))
    met = VisitedGuest.objects.filter(theirs, visit__night=OuterRef(OuterRef("night")))
    found = Customer.objects.filter(in_it, ~Exists(met), tier__is_vip=True)
    said = MissedVisit.objects.filter(theirs, night=OuterRef(OuterRef("night")))
    return found if needs_no_reason else found.filter(~Exists(said))


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
    list_display = ["page", "night", "host", "people", "seated_at", "closed_at", "attributed_to", "attribution"]
    list_display_links = None
    list_filter = [NightFilter, OpenFilter, AttributionFilter, VisitFilter, "room__kind"]
    list_select_related = ["room", "customer", "attributed_to"]
    ordering = ["-night", "-pk"]
    sortable_by = ()

    @display(description=_("room"))
    def page(self, party: Party) -> str:
        return format_html(
            '<a class="desk-link" href="{}">{}</a>', reverse("visits:party", args=[party.pk]), party.room
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Party]:
        why = _attributions(OuterRef("pk")).annotate(reason=KeyTextTransform("reason", "pgh_context"))
        found: QuerySet[Party] = super().get_queryset(request)
        return found.annotate(why=Subquery(why.values("reason")[:1]))

    @display(description=_("why attributed so"))
    def attribution(self, party: Any) -> str:
        """The newest reason; the whole history stands on the party's page."""
        return coded.read(party.why or "") or "—"

    @display(description=_("host"))
    def host(self, party: Party) -> str:
        return party.customer.name if party.customer else party.host_name or "—"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A party has one page, where it is attributed."""
        return redirect("visits:party", pk=object_id)


@admin.register(MissedVisit)
class MissedVisitAdmin(ReadOnlyAdmin):
    """VIPs who were not visited, and why."""

    list_display = ["page", "night", "guest", "reason", "said_by", "said_at"]
    list_display_links = None
    list_filter = [NightFilter]
    list_select_related = ["party__room", "customer", "said_by"]
    ordering = ["-night", "-pk"]
    sortable_by = ()

    @display(description=_("room"))
    def page(self, missed: MissedVisit) -> str:
        url = reverse("visits:party", args=[missed.party_id])
        return format_html('<a class="desk-link" href="{}">{}</a>', url, missed.party.room)

    @display(description=_("guest"))
    def guest(self, missed: MissedVisit) -> str:
        return missed.customer.name

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What there is to it stands on the party's page."""
        return redirect("visits:party", pk=get_object_or_404(MissedVisit, pk=object_id).party_id)
