"""The night's signature (T8): once per manager and night, with what the board said when they signed."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from staff import roles
from staff.floor import registry, rota
from staff.models import Attendance, NightSignature, Shift, User
from vipdesk import nights

SIGN_FROM = dt.time(0, 30)
WRAP_UP_FROM = dt.time(1)  # from when on Tonight is about nothing else (T8)


def signable(user: User, now: dt.datetime | None = None) -> list[dt.date]:
    """Nights this person may sign now, the newest first: tonight from 00:30 on, and last night where they were here
    and have not signed; one statement."""
    now = now or timezone.now()
    tonight = nights.tonight(now)
    last = tonight - dt.timedelta(days=1)
    was_here = Attendance.objects.filter(user=user, night=last).exclude(
        night__in=NightSignature.objects.filter(user=user, night=last).values("night")
    )
    found = [tonight] if now >= nights.moment_in(tonight, SIGN_FROM) else []
    return found + ([last] if was_here.exists() else [])


def summary(user: User, night: dt.date) -> dict[str, Any]:
    """What is kept with the signature: the board's values in the words of who signs, and what was missing as codes."""
    board = {heading: cell.text for heading, cell in own_board(user, night).items()}
    return {"board": board, "missing": [gap.kept() for gap in registry.missing(user, night)]}


def gaps_of(signature: NightSignature) -> list[str]:
    """What was missing when it was signed, in the reader's language."""
    return [registry.in_words(gap) for gap in signature.summary.get("missing", [])]


def own_board(user: User, night: dt.date) -> dict[str, registry.Cell]:
    """This person's values on the board of the night, by heading."""
    headings, rows = registry.board(night)
    mine = rows.get(user.pk, {})
    return {heading: mine[heading] for heading in headings if heading in mine}


@transaction.atomic
def sign_night(*, user: User, night: dt.date, summary: dict[str, Any], note: str = "") -> NightSignature:
    """Sign a night; signed again, the first signature stands as it is."""
    signature, _created = NightSignature.objects.get_or_create(
        user=user, night=night, defaults={"summary": summary, "note": note}
    )
    return signature


# --- all managers' nights --------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Person:
    """One manager's night, for operations; `cells` are the board's values with their headings."""

    user: User
    is_on_duty: bool
    plan: str
    cells: list[tuple[str, registry.Cell]]
    signature: NightSignature | None

    @property
    def was_missing(self) -> list[str]:
        return gaps_of(self.signature) if self.signature else []


@dataclass(frozen=True, kw_only=True)
class House:
    """A night of the whole house. `is_over`: the shift is, so that what is not there is missing."""

    night: dt.date
    headings: list[str]
    people: list[Person]
    on_leave: list[User]
    is_over: bool

    @property
    def signed(self) -> int:
        return sum(person.signature is not None for person in self.people)


def house(night: dt.date) -> House:
    """Everybody who was on duty that night, signed it or has anything on the board, and who has leave; five
    statements, and those of `NIGHT_COLUMNS`."""
    headings, rows = registry.board(night)
    at_work, away = rota.duty_and_leave(night)
    on_duty = {user.pk for user in at_work}
    plans = dict(Shift.objects.filter(night=night).values_list("user", "plan"))
    signed = {one.user_id: one for one in NightSignature.objects.filter(night=night)}
    shown = User.objects.with_roles().filter(pk__in={*on_duty, *signed, *rows}).order_by("username")
    people = [
        Person(
            user=user,
            is_on_duty=user.pk in on_duty,
            plan=plans.get(user.pk, rota.NOT_PLANNED),
            cells=[(heading, rows.get(user.pk, {}).get(heading, registry.Cell(""))) for heading in headings],
            signature=signed.get(user.pk),
        )
        for user in shown
        if roles.MANAGER in user.roles or user.pk in signed
    ]
    is_over = timezone.now() >= nights.shift_end(night)
    return House(night=night, headings=headings, people=people, on_leave=away, is_over=is_over)
