"""The PIN that opens the desk on an enrolled tablet (promises.md): what may be one, and how it is tried.

A try is taken and committed before the PIN is looked at, so that of any number of parallel guesses five are evaluated
per person and tablet. Only the right PIN, the right password on that tablet or a new PIN gives the tries back.
"""

import unicodedata
from itertools import pairwise

from django.contrib.auth.hashers import check_password, make_password
from django.db import connection, transaction

from staff.models import FloorUser, PinTries, Tablet, User

DIGITS = 6
TRIES = 5
_TAKE_TRY = """
    INSERT INTO staff_pintries (user_id, tablet_id, tries) VALUES (%s, %s, 1)
    ON CONFLICT (user_id, tablet_id) DO UPDATE SET tries = staff_pintries.tries + 1 WHERE staff_pintries.tries < %s
    RETURNING tries
"""


class BadPin(Exception):
    """This may not be a PIN. `is_guessable` where it has the digits, but everybody tries it first."""

    def __init__(self, *, is_guessable: bool) -> None:
        super().__init__("too easy to guess" if is_guessable else "not six digits")
        self.is_guessable = is_guessable


class WrongPin(Exception):
    """The PIN was looked at and is another; `left` more may be tried on this tablet."""

    def __init__(self, left: int) -> None:
        super().__init__(f"{left} left")
        self.left = left


class PinLocked(Exception):
    """All tries are gone. The PIN was not looked at."""


def normalise(text: str) -> str:
    """Six plain digits of what was typed, full-width ones too. Raises BadPin."""
    pin = unicodedata.normalize("NFKC", text).strip()
    if len(pin) != DIGITS or not (pin.isascii() and pin.isdecimal()):
        raise BadPin(is_guessable=False)
    return pin


def check_strength(pin: str) -> None:
    """Raises BadPin for even steps (000000, 123456, 864208) and for one part said again (121212, 123123)."""
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    if len(steps) == 1 or pin in (pin[:2] * 3, pin[:3] * 2):
        raise BadPin(is_guessable=True)


@transaction.atomic
def set_pin(*, user: User, pin: str) -> None:
    """Keep the hash. Ends the sessions that an earlier PIN opened, and gives the tries back on every tablet."""
    User.objects.filter(pk=user.pk).update(pin=make_password(pin))
    PinTries.objects.filter(user=user).delete()


def clear_pin(*, user: User) -> None:
    """No switching by PIN any more, until they choose a new one; what it opened is closed at once."""
    User.objects.filter(pk=user.pk).update(pin="")


def try_pin(*, person: FloorUser, tablet: Tablet, pin: str) -> None:
    """Returns where the PIN is right. Raises WrongPin, PinLocked."""
    taken = _take_try(person, tablet)
    if not check_password(pin, person.pin):
        raise WrongPin(TRIES - taken)
    give_tries_back(person=person, tablet=tablet)


def give_tries_back(*, person: User, tablet: Tablet) -> None:
    PinTries.objects.filter(user=person, tablet=tablet, tries__gt=0).update(tries=0)


def _take_try(person: FloorUser, tablet: Tablet) -> int:
    """How many are taken by now, this one included. Durable: a rollback around it would give the try back."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_TAKE_TRY, [person.pk, tablet.pk, TRIES])
        row = cursor.fetchone()
    if row is None:
        raise PinLocked
    return int(row[0])
