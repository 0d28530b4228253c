"""Plans, targets, closed months and their statements, to look through: they are written on the desk's own screens."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from customers.admin.looks import person_filter
from targets import months
from targets.models import CommissionPlan, MonthClosing, Statement, Target
from vipdesk.adminsite import ReadOnlyAdmin
from vipdesk.templatetags.nights import money


def _link(url: str, words: object) -> str:
    return format_html('<a class="desk-link" href="{}">{}</a>', url, words)


@admin.register(CommissionPlan)
class CommissionPlanAdmin(ReadOnlyAdmin):
    list_display = ["page", "since", "shown_floor", "is_sample", "confirmed_by"]
    list_display_links = None
    list_select_related = ["confirmed_by"]
    ordering = ["-effective_from"]
    sortable_by = ()

    @display(description=_("code"))
    def page(self, plan: CommissionPlan) -> str:
        return _link(reverse("targets:plan", args=[plan.pk]), plan.code)

    @display(description=_("from the month"))
    def since(self, plan: CommissionPlan) -> str:
        return months.name_of(plan.effective_from)

    @display(description=_("floor"))
    def shown_floor(self, plan: CommissionPlan) -> str:
        return money(plan.floor)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A plan has one page, where it is copied."""
        return redirect("targets:plan", pk=object_id)


@admin.register(MonthClosing)
class MonthClosingAdmin(ReadOnlyAdmin):
    list_display = ["page", "plan", "was_sample", "closed_by", "closed_at"]
    list_display_links = None
    list_select_related = ["plan", "closed_by"]
    ordering = ["-month"]
    sortable_by = ()

    @display(description=_("month"))
    def page(self, closing: MonthClosing) -> str:
        return _link(reverse("targets:statement", args=[closing.month]), months.name_of(closing.month))


@admin.register(Statement)
class StatementAdmin(ReadOnlyAdmin):
    list_display = ["page", "manager", "rooms", "shown_own", "shown_total"]
    list_display_links = None
    list_filter = [person_filter("manager")]
    list_select_related = ["closing", "manager"]
    ordering = ["-closing__month", "manager__username"]
    sortable_by = ()

    @display(description=_("month"))
    def page(self, row: Statement) -> str:
        url = reverse("targets:statement_of", args=[row.closing.month, row.manager_id])
        return _link(url, months.name_of(row.closing.month))

    @display(description=_("rooms"))
    def rooms(self, row: Statement) -> str:
        return money(row.room_total)

    @display(description=_("for the month itself"))
    def shown_own(self, row: Statement) -> str:
        return money(row.own)

    @display(description=_("total"))
    def shown_total(self, row: Statement) -> str:
        return money(row.total)


@admin.register(Target)
class TargetAdmin(ReadOnlyAdmin):
    list_display = ["page", "manager", "shown_amount", "set_by", "set_at"]
    list_display_links = None
    list_filter = [person_filter("manager")]
    list_select_related = ["manager", "set_by"]
    ordering = ["-month", "manager__username"]
    sortable_by = ()

    @display(description=_("month"))
    def page(self, row: Target) -> str:
        return _link(reverse("targets:target", args=[row.month, row.manager_id]), months.name_of(row.month))

    @display(description=_("target"))
    def shown_amount(self, row: Target) -> str:
        return money(row.amount)
