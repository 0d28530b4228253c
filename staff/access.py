"""Guards that stand on the line above a view."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.vary import vary_on_cookie

from staff import roles
from staff.models import User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


class StaffRequest(HttpRequest):
    """A request that has passed a guard: its user is one of the staff."""

    user: User
    htmx: Any


Guarded = Callable[Concatenate[StaffRequest, P], HttpResponseBase]


def role_required(*names: str) -> Callable[[Guarded[P]], View[P]]:
    """Lets through who works in one of `names`; others get 403, the signed-out go to the login page and come back.

    A htmx request of somebody signed out is answered with 401, so that the page keeps what was typed.
    """

    def guard(view: Guarded[P]) -> View[P]:
        @wraps(view)
        @vary_on_cookie
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return signed_out(request)
            if not request.user.has_role(*names):
                whose = " / ".join(str(roles.TITLES[name]) for name in names)
                raise PermissionDenied(_("This screen is for: %(roles)s.") % {"roles": whose})
            return view(cast(StaffRequest, request), *args, **kwargs)

        guarded.roles = names  # type: ignore[attr-defined]
        return cast("View[P]", guarded)

    return guard


def password_required(view: Guarded[P]) -> Guarded[P]:
    """Below `role_required`: lets through who signed in with their password; who came in by PIN gets 403."""

    @wraps(view)
    def guarded(request: StaffRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.user.is_by_pin:
            raise PermissionDenied(_("You came in by PIN. Sign in with your password for this."))
        return view(request, *args, **kwargs)

    return cast("Guarded[P]", guarded)


def signed_out(request: HttpRequest) -> HttpResponseBase:
    """The answer to somebody whose session is over: 401 to htmx, the login page to everybody else."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Reswap": "none"})
    return redirect_to_login(request.get_full_path())
