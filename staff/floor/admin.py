"""The roster, attendance, tasks and signed nights in the admin: to be searched; their own screens write them."""

import datetime as dt
from typing import Any

from django.contrib import admin
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from staff.floor import signing
from staff.floor.clock import minutes_late
from staff.models import Attendance, Leave, NightSignature, Shift, Task, TaskFor, User
from vipdesk import nights
from vipdesk.adminsite import NightFilter, ReadOnlyAdmin


class WhoFilter(admin.SimpleListFilter):
    """By manager, not by everybody who ever had an account."""

    title = _("who")
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(user.pk), str(user)) for user in User.objects.managers()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(user=value) if value and value.isascii() and value.isdecimal() else queryset


class ComingNightFilter(NightFilter):
    """Plans lie ahead as well as behind."""

    CHOICES = {"tonight": (0, 0), "next": (-7, -1), "last": (1, 1), "week": (0, 6), "month": (0, 30)}
    WORDS = [_("Tonight"), _("The next 7 nights"), *NightFilter.WORDS[1:]]


class PresenceFilter(admin.SimpleListFilter):
    title = _("presence")
    parameter_name = "presence"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("late", _("came after 18:00")), ("open", _("did not clock out"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "open":
            return queryset.filter(out_at=None, night__lt=nights.tonight())
        return _late(queryset) if self.value() == "late" else queryset


def _late(queryset: QuerySet[Any]) -> QuerySet[Any]:
    """Those of the last half year, night by night: when 18:00 was is the calendar's to say, not the database's."""
    tonight = nights.tonight()
    since = tonight - dt.timedelta(days=183)
    rows = queryset.filter(night__gte=since).values_list("pk", "night", "in_at")
    late = [pk for pk, night, at in rows if minutes_late(Attendance(night=night, in_at=at))]
    return queryset.filter(pk__in=late)


@admin.register(Attendance)
class AttendanceAdmin(ReadOnlyAdmin):
    list_display = ["page", "user", "in_at", "late", "out_at"]
    list_display_links = ["user"]
    list_filter = [NightFilter, WhoFilter, PresenceFilter]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__display_name"]
    ordering = ["-night", "user__username"]

    @display(description=_("night"), ordering="night")
    def page(self, attendance: Attendance) -> SafeString:
        return _night_link(attendance.night)

    @display(description=_("minutes late"))
    def late(self, attendance: Attendance) -> str:
        return str(minutes_late(attendance) or "—")


@admin.register(Shift)
class ShiftAdmin(ReadOnlyAdmin):
    list_display = ["rota", "user", "plan", "planned_by"]
    list_display_links = ["user"]
    list_filter = [ComingNightFilter, "plan", WhoFilter]
    list_select_related = ["user", "planned_by"]
    search_fields = ["user__username", "user__display_name"]
    ordering = ["-night", "user__username"]

    @display(description=_("night"), ordering="night")
    def rota(self, shift: Shift) -> SafeString:
        url = reverse("staff:rota_week", args=[nights.week_of(shift.night)])
        return format_html('<a class="desk-link" href="{}">{}</a>', url, shift.night)


class AwayFilter(admin.SimpleListFilter):
    title = _("when")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("tonight", _("Tonight")), ("ahead", _("ahead")), ("over", _("over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        tonight = nights.tonight()
        match self.value():
            case "tonight":
                return queryset.filter(first_night__lte=tonight, last_night__gte=tonight)
            case "ahead":
                return queryset.filter(first_night__gt=tonight)
            case "over":
                return queryset.filter(last_night__lt=tonight)
        return queryset


@admin.register(Leave)
class LeaveAdmin(ReadOnlyAdmin):
    list_display = ["user", "first_night", "last_night", "kind", "note", "planned_by"]
    list_filter = [AwayFilter, "kind", WhoFilter]
    list_select_related = ["user", "planned_by"]
    search_fields = ["user__username", "user__display_name"]
    ordering = ["-first_night", "user__username"]


@admin.register(NightSignature)
class NightSignatureAdmin(ReadOnlyAdmin):
    list_display = ["page", "user", "signed_at", "missing", "note"]
    list_display_links = ["user"]
    list_filter = [NightFilter, WhoFilter]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__display_name", "note"]
    ordering = ["-night", "user__username"]

    @display(description=_("night"), ordering="night")
    def page(self, signature: NightSignature) -> SafeString:
        return _night_link(signature.night)

    @display(description=_("missing when signed"))
    def missing(self, signature: NightSignature) -> str:
        return " ".join(signing.gaps_of(signature)) or "—"


class TaskForInline(TabularInline):
    model = TaskFor
    fields = readonly_fields = ["user", "acknowledged_at", "done_at", "answer"]
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[TaskFor]:
        return TaskFor.objects.select_related("user")

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class TaskStateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("open")), ("overdue", _("overdue")), ("done", _("done")), ("withdrawn", _("withdrawn"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = queryset.filter(withdrawn_at=None)
        match self.value():
            case "open":
                return given.filter(left__gt=0)
            case "overdue":
                return given.filter(left__gt=0, due_at__lt=timezone.now())
            case "done":
                return given.filter(left=0)
            case "withdrawn":
                return queryset.exclude(withdrawn_at=None)
        return queryset


@admin.register(Task)
class TaskAdmin(ReadOnlyAdmin):
    list_display = ["title", "night", "due_at", "given_by", "done"]
    list_filter = [TaskStateFilter, ComingNightFilter]
    list_select_related = ["given_by"]
    search_fields = ["title", "people__user__username", "people__user__display_name"]
    ordering = ["-due_at", "-pk"]
    inlines = [TaskForInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Task]:
        left = Count("people", filter=Q(people__done_at=None))
        return Task.objects.annotate(left=left, given=Count("people"))

    @display(description=_("done"), ordering=F("given") - F("left"))
    def done(self, task: Any) -> str:
        return f"{task.given - task.left} / {task.given}"


def _night_link(night: dt.date) -> SafeString:
    return format_html('<a class="desk-link" href="{}">{}</a>', reverse("staff:night", args=[night]), night)
