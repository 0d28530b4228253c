"""Prospects, all managers': to be looked through, and given to somebody else; tags, which operations write."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action, display

from customers import prospects
from customers.admin.guests import ManagerFilter
from customers.admin.looks import person_filter
from customers.models import Prospect, ProspectAttempt, Tag
from staff.models import User
from vipdesk.adminsite import DeskAdmin, NightFilter, ReadOnlyAdmin


class AttemptInline(admin.TabularInline):  # type: ignore[type-arg]
    model = ProspectAttempt
    fields = ("at", "by", "channel", "outcome", "note")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Prospect)
class ProspectAdmin(ReadOnlyAdmin):
    """What a manager logged is theirs to say; who goes on with an open one is operations' to change."""

    list_display = ["who", "masked", "lead", "where", "found_by", "owner", "night", "state", "guest"]
    list_filter = ["state", "lead", NightFilter, person_filter("found_by"), ManagerFilter]
    list_select_related = ["found_by", "owner", "customer"]
    ordering = ["-found_at", "-pk"]
    fields = [
        "who", "masked", "lead", "where", "note", "call_consent", "found_by", "owner", "found_at", "night", "state",
        "given_up_for", "settled_at", "guest",
    ]  # fmt: skip
    inlines = [AttemptInline]
    actions = ["take_out"]

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.has_perm("customers.change_prospect")

    def get_readonly_fields(self, request: HttpRequest, obj: Prospect | None = None) -> list[str]:
        return [name for name in self.fields or () if name != "owner" or (obj and not obj.is_open)]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "owner":
            kwargs["queryset"] = User.objects.managers()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @display(description=_("name"))
    def who(self, prospect: Prospect) -> str:
        return prospect.name or "—"

    @display(description=_("phone"))
    def masked(self, prospect: Prospect) -> str:
        return prospect.masked_phone

    @display(description=_("guest"))
    def guest(self, prospect: Prospect) -> str:
        if prospect.customer is None:
            return "—"
        url = reverse("customers:page", args=[prospect.customer.pk])
        return format_html('<a class="desk-link" href="{}">{}</a>', url, prospect.customer)

    @action(description=_("Take out name, number and notes"), permissions=["change"])
    def take_out(self, request: HttpRequest, queryset: QuerySet[Prospect]) -> None:
        """On their word: nothing says any more who they are."""
        count = prospects.take_out(Prospect.objects.filter(pk__in=list(queryset.values_list("pk", flat=True))))
        words = ngettext("%(n)d prospect taken out.", "%(n)d prospects taken out.", count) % {"n": count}
        self.message_user(request, words, messages.SUCCESS)


@admin.register(Tag)
class TagAdmin(DeskAdmin):
    """Written, renamed, not offered any more; never deleted from under the guests who have it."""

    list_display = ["name", "name_en", "is_offered"]
    ordering = ["name"]

    def has_delete_permission(self, request: HttpRequest, obj: Tag | None = None) -> bool:
        return False
