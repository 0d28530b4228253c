"""The desk's own addresses, and a guarded screen that says who is there, for the tests of the middleware."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from staff import roles
from staff.access import role_required
from vipdesk.urls import urlpatterns as desk_urls


@role_required(roles.MANAGER, roles.OPERATIONS, roles.AFTERSALES)
def probe(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.user.get_username()} {getattr(request, 'csp_nonce', '')}")


def public(request: HttpRequest) -> HttpResponse:
    return HttpResponse("everybody")


urlpatterns = [path("probe/", probe), path("public/", public), path("admin/probe/", probe), *desk_urls]
