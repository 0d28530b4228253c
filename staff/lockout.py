"""Wrong passwords are counted by django-axes; what of ours goes through its books."""

from collections.abc import Mapping
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from django.http import HttpRequest

from staff.models import User

# No login name can hold a star: wrong enrolment codes are counted beside the logins, by address.
ENROLMENT = {"username": "*tablet*"}


class DeskLockout(AxesDatabaseHandler):
    """A right PIN says nothing about the password: wrong passwords stay counted."""

    def user_logged_in(self, sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
        if not user.is_by_pin:
            super().user_logged_in(sender, request, user, **kwargs)


def is_enrolment(credentials: Mapping[str, Any]) -> bool:
    return credentials.get("username") == ENROLMENT["username"]


def may_enrol(request: HttpRequest) -> bool:
    """Whether this address may try another enrolment code: five wrong ones, and it waits as after wrong passwords."""
    return bool(AxesProxyHandler.is_allowed(request, ENROLMENT))


def count_wrong_code(request: HttpRequest) -> None:
    AxesProxyHandler.user_login_failed(sender=__name__, credentials=ENROLMENT, request=request)
