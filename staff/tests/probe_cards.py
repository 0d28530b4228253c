"""The desk's addresses and one card more, which always fails."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from vipdesk import urls


def fail(_request: HttpRequest) -> HttpResponse:
    raise ValueError("on purpose")


urlpatterns = [path("", include(([path("probe/", fail, name="probe")], "staff"), namespace="probe")), *urls.urlpatterns]
