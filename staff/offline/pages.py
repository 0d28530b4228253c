"""Which screens a tablet may keep to show without a network, for whom and until when; and the way to what is held."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from staff.access import StaffRequest
from vipdesk import nights

P = ParamSpec("P")
View = Callable[Concatenate[StaffRequest, P], HttpResponseBase]

# The screens that a manager's tablet fetches ahead, by URL name.
AHEAD = ("customers:tonight", "customers:new", "visits:rooms", "visits:visit_any", "feedback:survey", "staff:queue")
KEEPS, UNTIL, SEEN, IDLE = "Desk-Keeps", "Desk-Night-Ends", "Desk-Seen", "Desk-Idle"


def offline_page(view: View[P]) -> View[P]:
    """Below a guard: the service worker may keep this screen for whoever it was made for until their night is over
    (`templates/staff/offline/sw.js`), as long as nobody leaves the tablet alone for the idle time of a session. Only a
    whole page, with nothing chosen on it, is marked."""

    @wraps(view)
    def marked(request: StaffRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        is_whole = request.method == "GET" and not (request.htmx or request.GET) and response.status_code == 200
        if is_whole and request.user.is_manager:
            ends = nights.night_bounds(nights.tonight())[1]
            response[KEEPS], response[UNTIL] = str(request.user.pk), str(int(ends.timestamp()))
            response[IDLE] = str(settings.FLOOR_IDLE_MINUTES * 60)
            response[SEEN] = timezone.now().isoformat()  # by the desk's clock: a tablet's may be off
        return response

    return cast("View[P]", marked)


def ahead() -> list[str]:
    return [reverse(name) for name in AHEAD]


def to_mend(request: StaffRequest, client_id: str) -> HttpResponse:
    """The answer to a form that came before through the tablet's queue and is held: on to where it is mended."""
    url = reverse("staff:held")
    response: HttpResponse
    if request.htmx:
        response = HttpResponseClientRedirect(url)
    else:
        response = redirect(url)
        response.status_code = 303
    response["Desk-Receipt"] = client_id
    return response
