"""Addresses of the guests, the intake sheet and the imports (CONTRACT.md, "Screens")."""

from django.urls import path, register_converter

from customers.views import capture, guests, imports, intake, tonight
from vipdesk.converters import NightConverter

register_converter(NightConverter, "night")

app_name = "customers"
urlpatterns = [
    path("tonight/", tonight.tonight, name="tonight"),
    path("tonight/hand-in/", tonight.hand_in, name="hand_in"),
    path("customers/", guests.guest_list, name="list"),
    path("customers/new/", capture.new, name="new"),
    path("customers/lookup/", capture.lookup, name="lookup"),
    path("customers/birthday/", capture.birthday, name="birthday"),
    path("customers/<int:pk>/", guests.page, name="page"),
    path("customers/<int:pk>/edit/", guests.edit, name="edit"),
    path("customers/<int:pk>/reveal/", guests.reveal, name="reveal"),
    path("customers/imports/", imports.import_list, name="imports"),
    path("customers/imports/<int:pk>/", imports.import_page, name="import"),
    path("customers/imports/<int:pk>/confirm/", imports.confirm, name="import_confirm"),
    path("customers/imports/<int:pk>/progress/", imports.progress, name="import_progress"),
    path("customers/imports/<int:pk>/report.csv", imports.report, name="import_report"),
    path("intake/", intake.nights_list, name="intake"),
    path("intake/<night:night>/", intake.night_page, name="night"),
    path("intake/<night:night>/decide/", intake.decide, name="decide"),
    path("intake/<night:night>/print/", intake.print_view, name="night_print"),
    path("intake/<night:night>/sheet.xlsx", intake.sheet, {"format": "xlsx"}, name="night_xlsx"),
    path("intake/<night:night>/sheet.csv", intake.sheet, {"format": "csv"}, name="night_csv"),
]
