"""Who looked at what, who took which list, whose looking was unusual, and who got whose guests: to be read."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action, display

from customers import leaks
from customers.admin.guests import NightFilter
from customers.filters import Filters
from customers.models import AccessLog, CareGrant, GuestExport, Handover, LeakAlert, LookTally
from staff.models import User
from vipdesk.adminsite import ReadOnlyAdmin


class PersonFilter(admin.SimpleListFilter):
    """By who did it: whoever works here, then whoever did."""

    title = _("who")
    parameter_name = "who"
    field = "user"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(user.pk), str(user)) for user in User.objects.order_by("-is_active", "username")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(**{self.field: value}) if value and value.isdecimal() else queryset


def person_filter(name: str) -> type[PersonFilter]:
    """The filter by person where the column is called `name`."""
    return type("PersonFilter", (PersonFilter,), {"field": name})


@admin.register(AccessLog)
class AccessLogAdmin(ReadOnlyAdmin):
    list_display = ["at", "user", "kind", "customer", "night", "detail"]
    list_filter = ["kind", NightFilter, PersonFilter]
    list_select_related = ["customer", "user"]


@admin.register(CareGrant)
class CareGrantAdmin(ReadOnlyAdmin):
    """Beside the counts of looks: whom a manager opened by a party they seated or booked, and when that ended."""

    list_display = ["night", "user", "customer", "origin", "made_at", "ended_at"]
    list_filter = ["origin", NightFilter, PersonFilter]
    list_select_related = ["customer", "user"]
    fields = ["customer", "user", "night", "origin", "made_at", "ended_at"]
    ordering = ["-night", "-pk"]


@admin.register(LookTally)
class LookTallyAdmin(ReadOnlyAdmin):
    list_display = ["night", "user", "kind", "count"]
    list_filter = ["kind", NightFilter, PersonFilter]
    list_select_related = ["user"]
    ordering = ["-night", "user__username", "kind"]


@admin.register(LeakAlert)
class LeakAlertAdmin(ReadOnlyAdmin):
    """Raised by the sweep; somebody looks into it, with the person and in the log of looks, and settles it."""

    list_display = ["raised_at", "user", "night", "kind", "seen", "usual", "settled_at", "settled_by"]
    list_filter = [("settled_at", admin.EmptyFieldListFilter), "kind", PersonFilter]
    list_select_related = ["user", "settled_by"]
    actions = ["settle"]

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("customers.change_leakalert")

    @action(description=_("Looked into it"), permissions=["settle"])
    def settle(self, request: HttpRequest, queryset: QuerySet[LeakAlert]) -> None:
        by = cast(User, request.user)
        if queryset.filter(user=by, settled_at=None).exists():
            self.message_user(request, _("What was raised about yourself, somebody else settles."), messages.WARNING)
        count = leaks.settle(queryset, by=by)
        words = ngettext("%(count)d is settled.", "%(count)d are settled.", count)
        self.message_user(request, words % {"count": count}, messages.SUCCESS if count else messages.WARNING)


@admin.register(GuestExport)
class GuestExportAdmin(ReadOnlyAdmin):
    list_display = ["exported_at", "exported_by", "which", "rows", "format", "reason"]
    list_filter = ["format", person_filter("exported_by")]
    list_select_related = ["exported_by"]
    fields = ["exported_at", "exported_by", "which", "rows", "format", "reason", "sha256"]
    readonly_fields = ["which"]

    @display(description=_("which guests"))
    def which(self, export: GuestExport) -> str:
        return " · ".join(Filters.from_data(export.filters).in_words()) or str(_("all"))


@admin.register(Handover)
class HandoverAdmin(ReadOnlyAdmin):
    list_display = ["done_at", "leaver", "rule", "guests", "done_by"]
    list_filter = ["rule", person_filter("leaver")]
    list_select_related = ["leaver", "done_by"]
    fields = ["leaver", "done_at", "done_by", "rule", "to_whom"]
    readonly_fields = ["to_whom"]

    @display(description=_("guests"))
    def guests(self, handover: Handover) -> int:
        return sum(handover.given.values())

    @display(description=_("to whom"))
    def to_whom(self, handover: Handover) -> str:
        people = User.objects.in_bulk([int(pk) for pk in handover.given])
        return _(", ").join(f"{people[int(pk)]}: {count}" for pk, count in handover.given.items()) or "—"
