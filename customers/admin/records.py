"""What was handed in, decided, exported and imported: logs, to be read."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from customers.models import CustomerImport, IntakeExport, IntakeReview, IntakeSheet
from vipdesk import nights
from vipdesk.adminsite import NightFilter, ReadOnlyAdmin


@admin.register(IntakeSheet)
class IntakeSheetAdmin(ReadOnlyAdmin):
    list_display = ["sheet", "manager", "handed_in_at", "is_late", "rows"]
    list_filter = [NightFilter]
    list_select_related = ["manager"]
    list_display_links = ["handed_in_at"]
    ordering = ["-night", "manager__username"]

    @display(description=_("night"), ordering="night")
    def sheet(self, sheet: IntakeSheet) -> str:
        return night_link(sheet.night)

    @display(description=_("late"), boolean=True)
    def is_late(self, sheet: IntakeSheet) -> bool:
        return sheet.handed_in_at > nights.shift_end(sheet.night)


@admin.register(IntakeExport)
class IntakeExportAdmin(ReadOnlyAdmin):
    list_display = ["exported_at", "sheet", "exported_by", "format", "rows", "channel"]
    list_filter = [NightFilter]
    list_select_related = ["exported_by"]

    @display(description=_("night"), ordering="night")
    def sheet(self, export: IntakeExport) -> str:
        return night_link(export.night)


@admin.register(IntakeReview)
class IntakeReviewAdmin(ReadOnlyAdmin):
    list_display = ["reviewed_at", "customer", "status", "why", "reviewed_by"]
    list_filter = ["status"]
    list_select_related = ["customer", "reviewed_by"]

    @display(description=_("reason"))
    def why(self, review: IntakeReview) -> str:
        return review.shown_reason


@admin.register(CustomerImport)
class CustomerImportAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "filename", "created_by", "status", "total_rows", "finished_at"]
    list_filter = ["status"]
    list_select_related = ["created_by"]
    fields = ["filename", "created_by", "created_at", "status", "progress_rows", "total_rows", "finished_at", "page"]
    readonly_fields = ["page"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CustomerImport]:
        """Without the file and its report, which may be megabytes."""
        return CustomerImport.objects.defer("content", "preview", "report")

    @display(description=_("report"))
    def page(self, imported: CustomerImport) -> str:
        url = reverse("customers:import", args=[imported.pk])
        return format_html('<a class="desk-link" href="{}">{}</a>', url, _("Open"))


def night_link(night: Any) -> str:
    return format_html('<a class="desk-link" href="{}">{}</a>', reverse("customers:night", args=[night]), night)
