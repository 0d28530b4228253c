"""The weekly summary for operations (D4 S2): a page one looks at, with decisions that become tasks; the answers that
it drills down to; the codes of the rooms' cards stand on the desk's own screen."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from feedback import weeks
from feedback.forms.weeks import DecisionForm
from feedback.models import Survey, WeeklySummary
from feedback.tally import SCORES
from feedback.week_page import page_of
from feedback.weeks import WeekRefused
from staff.models import User
from vipdesk import nights
from vipdesk.adminsite import NightFilter, ReadOnlyAdmin
from visits.models import Room

CHANGE = "feedback.change_weeklysummary"


class WeekFilter(admin.SimpleListFilter):
    """By week, whichever; the last eight to choose from."""

    title = gettext_lazy("week")
    parameter_name = "week"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        last = WeeklySummary.objects.order_by("-first_night")[:8]
        return [(one.week, one.week) for one in last] or [(week := nights.week_of(nights.tonight()), week)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        try:
            days = nights.week_nights(self.value() or "")
        except ValueError:
            return queryset
        return queryset.filter(night__range=(days[0], days[-1]))


class ManagerFilter(admin.SimpleListFilter):
    title = gettext_lazy("manager")
    parameter_name = "manager"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(user.username, str(user)) for user in User.objects.managers()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(manager__username=self.value()) if self.value() else queryset


class RoomFilter(admin.SimpleListFilter):
    title = gettext_lazy("room")
    parameter_name = "room"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(number, number) for number in Room.objects.values_list("number", flat=True)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(room__number=self.value()) if self.value() else queryset


class ScoreFilter(admin.SimpleListFilter):
    """Django's own would read the whole table for its choices."""

    title = gettext_lazy("overall")
    parameter_name = "overall"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(score), str(score)) for score in SCORES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        return queryset.filter(overall=chosen) if chosen and chosen in {str(score) for score in SCORES} else queryset


@admin.register(Survey)
class SurveyAdmin(ReadOnlyAdmin):
    """Every answer, by the index on its night."""

    list_display = ["submitted_at", "night", "room", "manager", "channel", "overall", "recommend", "words"]
    list_filter = [WeekFilter, NightFilter, ManagerFilter, RoomFilter, "channel", ScoreFilter, "wants_contact"]
    list_select_related = ["room", "manager"]
    ordering = ["-night", "-pk"]
    sortable_by = ()
    exclude = ["client_id", "device"]

    @display(description=gettext_lazy("in the guest's words"))
    def words(self, survey: Survey) -> str:
        return survey.comment[:60]


@admin.register(WeeklySummary)
class WeeklySummaryAdmin(ReadOnlyAdmin):
    list_display = ["week", "due_at", "submitted_at", "acknowledged_at"]
    ordering = ["-first_night"]
    sortable_by = ()

    def get_urls(self) -> list[Any]:
        page = path("week/<week:week>/", self.admin_site.admin_view(self.page), name="feedback_week")
        return [page, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A week has one page."""
        summary = get_object_or_404(WeeklySummary, pk=object_id if object_id.isdecimal() else 0)
        return redirect("admin:feedback_week", week=summary.week)

    def page(self, request: HttpRequest, week: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._act(request, week)
        return self._show(request, week, DecisionForm())

    def _act(self, request: HttpRequest, week: str) -> HttpResponse:
        user = cast(User, request.user)
        if not user.has_perm(CHANGE):
            raise PermissionDenied
        summary = get_object_or_404(WeeklySummary, first_night=nights.week_nights(week)[0])
        form = DecisionForm(request.POST)
        try:
            match request.POST.get("act"):
                case "submit":
                    weeks.submit_week(summary=summary, by=user)
                case "acknowledge":
                    weeks.acknowledge(summary=summary, by=user)
                case _:
                    return self._decide(request, summary, form)
        except WeekRefused as refused:
            messages.error(request, str(refused))
        return redirect("admin:feedback_week", week=week)

    def _decide(self, request: HttpRequest, summary: WeeklySummary, form: DecisionForm) -> HttpResponse:
        if not form.is_valid():
            return self._show(request, summary.week, form, status=422)
        said, user = form.cleaned_data, cast(User, request.user)
        task, to = form.task(user), list(said["to"])
        weeks.decide(summary=summary, point=said["point"], task=task, to=to, client_id=said["client_id"])
        messages.success(request, _("Decided: it stands among their tasks."))
        return redirect("admin:feedback_week", week=summary.week)

    def _show(self, request: HttpRequest, week: str, form: DecisionForm, status: int = 200) -> HttpResponse:
        page = page_of(week, cast(User, request.user))
        frame = self.admin_site.each_context(request)
        context = {**frame, "title": week, "page": page, "form": form, "drills": True}
        return render(request, "admin/feedback/week.html", context, status=status)
