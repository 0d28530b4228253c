"""Addresses of the desk. Each app owns its own; only the frame stands here."""

from django.contrib import admin
from django.urls import include, path, register_converter

from vipdesk import converters, health, views

register_converter(converters.NightConverter, "night")
register_converter(converters.WeekConverter, "week")
register_converter(converters.MonthConverter, "month")

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("", include("staff.urls")),
    path("", include("customers.urls")),
    path("", include("visits.urls")),
    path("feedback/", include("feedback.urls")),
    path("g/", include("feedback.guest_urls")),
    path("targets/", include("targets.urls")),
    path("outreach/", include("outreach.urls")),
    path("admin/", admin.site.urls),
]
