"""Wrong passwords are counted by django-axes; what of ours goes through its books.

Two counts lock: a fast one by login name and door (a few, for a quarter of an hour), and a slow one by login name over
all doors (LOGIN_FAILURES_A_DAY), which somebody with many addresses meets. A door is an enrolled tablet, or else an
address: the whole house shares one, and nobody's mistakes there shut a tablet's people out.
"""

import ipaddress
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_client_username
from axes.models import AccessFailureLog
from axes.utils import reset as forget_fast_failures
from django.conf import settings
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from staff.models import User
from vipdesk.alerts import Alert
from vipdesk.middleware import client_ip

# No login name can hold a star: wrong enrolment codes are counted beside the logins, by address.
ENROLMENT = {"username": "*tablet*"}
COUNTED_FOR = timedelta(hours=24)
# A tablet's door as django-axes keeps doors: an address of a network that is nobody's, with the tablet's key in it.
_TABLETS = int(ipaddress.IPv6Address("fd00:7461:626c:6574::"))
_FIRST_TABLET = "fd00:7461:626c:6574::"


def door_of(request: HttpRequest) -> str:
    """What wrong passwords of this browser are counted by: the enrolled tablet that it is, or else its address."""
    from staff.views.doors import tablet_of

    tablet = tablet_of(request)
    return str(ipaddress.IPv6Address(_TABLETS + tablet.pk)) if tablet else client_ip(request)


class DeskLockout(AxesDatabaseHandler):
    """A right PIN says nothing about the password: wrong passwords stay counted."""

    def user_logged_in(self, sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
        if not user.is_by_pin:
            super().user_logged_in(sender, request, user, **kwargs)

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """How many wrong passwords stand against this try; of an account that is locked slowly, enough."""
        fast: int = super().get_failures(request, credentials)
        return max(fast, settings.AXES_FAILURE_LIMIT) if is_slowly_locked(request, credentials) else fast


def is_slowly_locked(request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
    """Whether this login name has had so many wrong passwords within a day; on an enrolled tablet, so many there."""
    name = get_client_username(request, credentials)
    if not name or name == ENROLMENT["username"]:
        return False
    wrong, door = _failures(name), door_of(request)
    if door.startswith(_FIRST_TABLET):
        wrong = wrong.filter(ip_address=door)
    most: int = settings.LOGIN_FAILURES_A_DAY
    return wrong[:most].count() >= most


def _failures(name: str) -> QuerySet[AccessFailureLog]:
    """Those that were looked at; whoever goes on against a lock does not make it last."""
    found: QuerySet[AccessFailureLog] = AccessFailureLog.objects.filter(username=name, locked_out=False)
    return found.filter(attempt_time__gt=timezone.now() - COUNTED_FOR)


def forget_failures(name: str) -> None:
    """A new password was given: what was guessed of the old one counts no more, fast or slow."""
    forget_fast_failures(username=name)
    AccessFailureLog.objects.filter(username=name).delete()


def alerts() -> Iterator[Alert]:
    """Accounts of which somebody guesses the password, from however many addresses."""
    since = timezone.now() - COUNTED_FOR
    names = User.objects.filter(is_active=True).values("username")
    wrong = AccessFailureLog.objects.filter(attempt_time__gt=since, locked_out=False, username__in=names)
    counted = (
        wrong.values("username").annotate(n=Count("pk"), doors=Count("ip_address", distinct=True)).order_by("username")
    )
    for row in counted.filter(n__gte=settings.LOGIN_FAILURES_A_DAY):
        text = _("%(n)d wrong passwords for %(who)s within a day, from %(doors)d addresses: it takes none there now.")
        url = f"{reverse('admin:staff_user_changelist')}?q={row['username']}"
        said = {"n": row["n"], "who": row["username"], "doors": row["doors"]}
        yield Alert(f"login:{row['username']}:{since:%Y%m%d}", text % said, url)


def is_enrolment(credentials: Mapping[str, Any]) -> bool:
    return credentials.get("username") == ENROLMENT["username"]


def may_enrol(request: HttpRequest) -> bool:
    """Whether this address may try another enrolment code: five wrong ones, and it waits as after wrong passwords."""
    return bool(AxesProxyHandler.is_allowed(request, ENROLMENT))


def count_wrong_code(request: HttpRequest) -> None:
    AxesProxyHandler.user_login_failed(sender=__name__, credentials=ENROLMENT, request=request)
