"""One's own password asked once more, before something that must not be done from a screen left open."""

from axes.utils import reset as forget_failures
from django.contrib.auth import authenticate

from staff.access import StaffRequest
from vipdesk.middleware import client_ip


def is_own_password(request: StaffRequest, password: str) -> bool:
    """Whether this is the password of who is signed in. A wrong one counts as a failed login, locks as one, and the
    last one too many is answered as the login page answers it (django-axes' middleware)."""
    user = request.user
    found = authenticate(request, username=user.username, password=password)
    if found is None or found.pk != user.pk:
        return False
    forget_failures(username=user.username, ip=client_ip(request))
    return True
