"""The ledger and claims, for operations to look through; tills, which they add and revoke."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from customers.admin.looks import person_filter
from staff.models import User
from targets import tills
from targets.charge_querysets import ChargeQuerySet
from targets.models import Charge, Claim, Till
from vipdesk.adminsite import DeskAdmin, NightFilter, ReadOnlyAdmin
from vipdesk.templatetags.nights import money


class SomebodysFilter(admin.SimpleListFilter):
    title = _("whose")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("nobody", _("nobody's yet")), ("somebody", _("somebody's"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "nobody":
            return queryset.unassigned()
        return queryset.exclude(manager=None) if self.value() == "somebody" else queryset


@admin.register(Charge)
class ChargeAdmin(ReadOnlyAdmin):
    """Every row as it was written; a bill opens with all its rows, where it may be given to somebody else."""

    list_display = ["page", "night", "entry", "kind", "shown_amount", "payment", "manager", "room", "source"]
    list_display_links = None
    list_filter = [NightFilter, SomebodysFilter, "entry", "kind", "payment", "source", person_filter("manager")]
    list_select_related = ["manager", "room"]
    ordering = ["-night", "-pk"]
    sortable_by = ()
    search_fields = ["bill_no"]
    search_help_text = _("The whole number of a bill")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Charge], search_term: str
    ) -> tuple[QuerySet[Charge], bool]:
        """By the whole number alone: anything less would read the whole ledger."""
        number = " ".join(search_term.split())
        return (cast("ChargeQuerySet", queryset).of_bill(number) if number else queryset), False

    @display(description=_("bill number"))
    def page(self, charge: Charge) -> str:
        return format_html(
            '<a class="desk-link" href="{}">{}</a>',
            reverse("admin:targets_charge_change", args=[charge.pk]),
            charge.bill_no,
        )

    @display(description=_("amount"))
    def shown_amount(self, charge: Charge) -> str:
        return money(charge.amount)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """To the bill's own page, from whichever of its rows."""
        row = Charge.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        first = Charge.objects.filter(bill_no=row.bill_no, entry="bill").first() if row else None
        return redirect("targets:bill", pk=first.pk) if first else redirect("admin:targets_charge_changelist")


@admin.register(Claim)
class ClaimAdmin(ReadOnlyAdmin):
    list_display = ["bill_no", "night", "manager", "kind", "amount", "room", "state", "settled_by", "reason"]
    list_display_links = None
    list_filter = ["state", NightFilter, person_filter("manager")]
    list_select_related = ["manager", "room", "settled_by"]
    ordering = ["-night", "-pk"]
    sortable_by = ()


@admin.register(Till)
class TillAdmin(DeskAdmin):
    """A till is added by its name, and its token shown once."""

    list_display = ["name", "created_at", "created_by", "last_seen_at", "revoked_at"]
    list_display_links = None
    list_select_related = ["created_by"]
    fields = ["name"]
    actions = ["renew", "revoke"]

    def has_change_permission(self, request: HttpRequest, obj: Till | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Till | None = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("targets.change_till")

    def save_model(self, request: HttpRequest, obj: Till, form: "ModelForm[Till]", change: bool) -> None:
        till, token = tills.add_till(name=obj.name, by=cast("User", request.user))
        obj.pk = till.pk
        self._show_token(request, till, token)

    @action(description=_("Give another token"), permissions=["revoke"])
    def renew(self, request: HttpRequest, queryset: QuerySet[Till]) -> None:
        for till in queryset:
            self._show_token(request, till, tills.renew_token(till=till))

    @action(description=_("Revoke"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Till]) -> None:
        for till in queryset:
            tills.revoke(till=till)
            words = _("%(name)s is revoked: what it sends is refused.")
            self.message_user(request, words % {"name": till}, messages.SUCCESS)

    def _show_token(self, request: HttpRequest, till: Till, token: str) -> None:
        words = _("The token of %(name)s, shown this once: %(token)s")
        self.message_user(request, words % {"name": till, "token": token}, messages.WARNING)
