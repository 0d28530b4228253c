"""The second step of signing in: a code of one's own phone, for those who see everything (RFC 6238, promises.md).

Managers need none: they see what is theirs. Who comes in by PIN is a manager, whatever else they are. A session that
has passed says so itself, so that no screen asks the database; taking a phone away ends the person's sessions.
"""

from dataclasses import dataclass
from datetime import datetime

import django_otp
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from staff import leaving, roles
from staff.models import User


class WrongCode(Exception):
    """The code opens nothing: wrong, used before, or too old."""


@dataclass
class TooSoon(Exception):
    """After wrong codes each try has to wait twice as long as the one before."""

    until: datetime

    @property
    def seconds(self) -> int:
        return max(1, round((self.until - timezone.now()).total_seconds()))


def is_asked_of(user: User) -> bool:
    """Whether this person signs in by two steps in this house (setting SECOND_STEP)."""
    is_above_the_floor: bool = user.is_superuser or user.has_role(roles.OPERATIONS, roles.AFTERSALES)
    return settings.SECOND_STEP and is_above_the_floor and not user.is_by_pin


def has_passed(request: HttpRequest) -> bool:
    return django_otp.DEVICE_ID_SESSION_KEY in request.session


def has_phone(user: User) -> bool:
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


@transaction.atomic
def phone_to_be(user: User) -> TOTPDevice:
    """The phone that is being set up: the same secret each time until its first right code, so that no scan is lost."""
    User.objects.select_for_update().get(pk=user.pk)
    device, _is_new = TOTPDevice.objects.get_or_create(user=user, confirmed=False, defaults={"name": "phone"})
    return device


def try_code(request: HttpRequest, user: User, code: str) -> None:
    """Lets the session pass by a right code; the first one makes the phone known. Raises WrongCode, TooSoon."""
    device = _check(user, code)
    request.session.cycle_key()
    django_otp.login(request, device)


@transaction.atomic
def _take(user: User, code: str) -> TOTPDevice | WrongCode | TooSoon:
    # What a wrong code counts must stay: errors are given back, not raised through the transaction.
    device = TOTPDevice.objects.select_for_update().filter(user=user).order_by("-confirmed", "pk").first()
    if device is None:
        return WrongCode()
    is_allowed, why = device.verify_is_allowed()
    if not is_allowed:
        return TooSoon(until=why["locked_until"])
    if not device.verify_token(code):
        return WrongCode()
    if not device.confirmed:
        device.confirmed = True
        device.save(update_fields=["confirmed"])
    return device


def _check(user: User, code: str) -> TOTPDevice:
    found = _take(user, code)
    if isinstance(found, Exception):
        raise found
    return found


def forget_phone(user: User) -> bool:
    """The phone is lost: their next signing in sets up another, every session ends. Tells whether there was one."""
    count, _kinds = TOTPDevice.objects.filter(user=user).delete()
    leaving.end_sessions(user)
    return bool(count)
