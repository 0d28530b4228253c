"""Tablets of the house (promises.md): enrolled by a code that operations read out, known by a token that only the
tablet's browser holds, and dead with every session on them as soon as operations revoke them."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from staff import pins
from staff.models import Tablet, TabletSession, User

ON_TABLET = "tablet"  # in a session: the tablet that it stands on
CODE_LIVES = timedelta(minutes=10)
# Letters and digits that nobody takes for one another when they are read out.
_CHARACTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_CODE_LENGTH = 8


class WrongCode(Exception):
    """No tablet waits for this code now."""


class NameTaken(Exception):
    """There is a tablet of this name already, or was."""


def add_tablet(*, name: str, by: User) -> tuple[Tablet, str]:
    """The tablet, and its code in clear: shown once, kept as a hash. Raises NameTaken, of two at one moment too."""
    code = _fresh_code()
    try:
        with transaction.atomic():
            tablet = Tablet.objects.create(name=name, added_by=by, **_kept_of(code))
    except IntegrityError:
        raise NameTaken from None
    return tablet, _in_groups(code)


def renew_code(*, tablet: Tablet) -> str:
    """Another code; the one before opens nothing any more. An enrolled tablet goes on until its new code is used."""
    code = _fresh_code()
    Tablet.objects.filter(pk=tablet.pk, revoked_at=None).update(**_kept_of(code))
    return _in_groups(code)


@transaction.atomic
def enrol(*, code: str) -> tuple[Tablet, str]:
    """The tablet that this code is for, and the token its browser is to keep. The code works once; what an earlier
    token of this tablet opened is closed. Raises WrongCode."""
    now, token = timezone.now(), secrets.token_urlsafe(32)
    waiting = Tablet.objects.select_for_update().filter(code_expires_at__gt=now, revoked_at=None)
    tablet = waiting.filter(code_digest=_code_digest(_plain(code))).first()
    if tablet is None:
        raise WrongCode
    _end_sessions(tablet)
    tablet.token_digest, tablet.enrolled_at = _token_digest(token), now
    tablet.code_digest, tablet.code_expires_at = "", None
    tablet.save()
    return tablet, token


@transaction.atomic
def revoke(*, tablet: Tablet, by: User) -> None:
    """The token is dead, a code that was given too, and every session opened on the tablet is over."""
    held = Tablet.objects.select_for_update().get(pk=tablet.pk)
    if held.revoked_at:
        return
    held.token_digest, held.code_digest, held.code_expires_at = None, "", None
    held.revoked_at, held.revoked_by = timezone.now(), by
    held.save()
    _end_sessions(held)


def find(token: str) -> Tablet | None:
    """The enrolled tablet whose browser holds this token."""
    return Tablet.objects.filter(token_digest=_token_digest(token), revoked_at=None).first() if token else None


@transaction.atomic
def note_session(*, tablet: Tablet, user: User, session_key: str, is_by_password: bool) -> bool:
    """Write down that this session stands on this tablet; a password gives the PIN's tries back. False, and nothing
    written, where the tablet was revoked meanwhile: its lock settles who is first."""
    token = tablet.token_digest
    if not Tablet.objects.select_for_update().filter(pk=tablet.pk, token_digest=token, revoked_at=None).exists():
        return False
    living = Session.objects.values("session_key")
    TabletSession.objects.filter(tablet=tablet).exclude(session_key__in=living).delete()
    TabletSession.objects.get_or_create(session_key=session_key, defaults={"tablet": tablet, "user": user})
    Tablet.objects.filter(pk=tablet.pk).update(last_user=user, last_used_at=timezone.now())
    if is_by_password:
        pins.give_tries_back(person=user, tablet=tablet)
    return True


def _end_sessions(tablet: Tablet) -> None:
    keys = TabletSession.objects.filter(tablet=tablet).values_list("session_key", flat=True)
    Session.objects.filter(session_key__in=list(keys)).delete()
    TabletSession.objects.filter(tablet=tablet).delete()


def _fresh_code() -> str:
    return "".join(secrets.choice(_CHARACTERS) for _ in range(_CODE_LENGTH))


def _in_groups(code: str) -> str:
    return f"{code[:4]}-{code[4:]}"


def _kept_of(code: str) -> dict[str, Any]:
    return {"code_digest": _code_digest(code), "code_expires_at": timezone.now() + CODE_LIVES}


def _plain(code: str) -> str:
    """As it was given, however it was typed in: dashes, spaces, capitals."""
    return "".join(character for character in code.lower() if character in _CHARACTERS)


def _code_digest(code: str) -> str:
    # Under the desk's own key: eight characters alone could be found from their hash within the ten minutes.
    return salted_hmac("staff.tablets", code, algorithm="sha256").hexdigest()


def _token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
