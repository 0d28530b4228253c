"""The evening by the clock (domain.md, T1–T8): what is to be done when, and how far somebody is with it.

A duty that some app can tell the truth about (`DUTY_FACTS`) ticks itself off; the others are ticked by hand.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staff.floor import registry
from staff.floor.registry import OfRow
from staff.models import DutyTick, User
from vipdesk import nights


@dataclass(frozen=True)
class Duty:
    """`begins` to `ends` is when it is to be done, by the venue's clock; `screen` names the screen where it is done."""

    code: str
    begins: dt.time
    ends: dt.time
    label: LazyText | str
    source: str
    screen: str = ""


_t = dt.time
DUTIES = (
    Duty("clock_in", _t(18), _t(18, 1), gettext_lazy("Clock in"), "T1"),
    Duty("callbacks", _t(18), _t(19, 30), gettext_lazy("Briefing: new members to call back are shared out"), "T2"),
    Duty("records", _t(18), _t(19, 30), gettext_lazy("Last night's records handed to after-sales"), "T2"),
    Duty(
        "reservations",
        _t(18),
        _t(19, 30),
        gettext_lazy("Tonight's reservations asked after"),
        "T2",
        "visits:reservations",
    ),
    Duty("meeting", _t(19, 40), _t(20), gettext_lazy("Pre-shift meeting"), "T3"),
    Duty("welcome", _t(20), _t(22), gettext_lazy("Welcome, seat, take in the first guest"), "T4"),
    Duty("rooms", _t(20), _t(22), gettext_lazy("The first room visited"), "T6"),
    Duty("spend", _t(22), _t(23), gettext_lazy("Watch what rooms spend, offer promotions"), "T5", "visits:spending"),
    Duty("midnight", _t(23), _t(1), gettext_lazy("Midnight sales, activity in the hall"), "T7"),
    Duty("sheet", _t(1), _t(2), gettext_lazy("Hand in tonight's sheet"), "T8", "customers:tonight"),
    Duty("sign", _t(1), _t(2), gettext_lazy("Wrap up and sign the night"), "T8", "staff:wrap_up"),
)
BY_CODE = {duty.code: duty for duty in DUTIES}


class State(StrEnum):
    DONE = "done"
    NOW = "now"
    LATE = "late"
    AHEAD = "ahead"


class CannotTick(Exception):
    """Why not, in words."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A duty on somebody's evening. `is_first`: no line above it begins at the same time."""

    duty: Duty
    state: State
    is_by_hand: bool
    is_first: bool

    @property
    def may_tick(self) -> bool:
        return self.is_by_hand and self.state in (State.NOW, State.LATE)

    @property
    def may_take_back(self) -> bool:
        return self.is_by_hand and self.state == State.DONE


def evening(user: User, night: dt.date, now: dt.datetime | None = None) -> list[Line]:
    """The evening's duties of one manager, as they stand; one statement, and those of `DUTY_FACTS` apart from it."""
    now = now or timezone.now()
    facts, ticks = registry.duty_facts_and(_TICKS, user, night)
    lines, above = [], None
    for duty in DUTIES:
        done_at = facts[duty.code] if duty.code in facts else ticks.get(duty.code)
        lines.append(
            Line(
                duty=duty,
                state=_state(duty, night, done_at, now),
                is_by_hand=duty.code not in facts,
                is_first=duty.begins != above,
            )
        )
        above = duty.begins
    return lines


def _read_ticks(user: User, night: dt.date) -> dict[str, Any]:
    mine = DutyTick.objects.filter(user=user, night=night)
    return {"ticks": ArraySubquery(mine.values(json=JSONObject(duty="duty", at="at")))}


_TICKS = OfRow(
    _read_ticks,
    lambda user, night, row: {one["duty"]: dt.datetime.fromisoformat(one["at"]) for one in row["ticks"]},
)


def _state(duty: Duty, night: dt.date, done_at: dt.datetime | None, now: dt.datetime) -> State:
    if done_at is not None:
        return State.DONE
    if now < nights.moment_in(night, duty.begins):
        return State.AHEAD
    return State.NOW if now < nights.moment_in(night, duty.ends) else State.LATE


# --- by hand ---------------------------------------------------------------------------------------------------------


def tick(*, user: User, night: dt.date, duty: Duty, now: dt.datetime | None = None) -> None:
    """Done, says the manager; the first time stands. Raises `CannotTick`: too early, or told by facts."""
    now = now or timezone.now()
    _check_by_hand(user, night, duty)
    if now < nights.moment_in(night, duty.begins):
        raise CannotTick(_("This is for later: it begins at %(time)s.") % {"time": f"{duty.begins:%H:%M}"})
    DutyTick.objects.get_or_create(user=user, night=night, duty=duty.code, defaults={"at": now})


def take_back(*, user: User, night: dt.date, duty: Duty) -> None:
    """Not done after all. Raises `CannotTick` for what facts tell."""
    _check_by_hand(user, night, duty)
    DutyTick.objects.filter(user=user, night=night, duty=duty.code).delete()


def _check_by_hand(user: User, night: dt.date, duty: Duty) -> None:
    if duty.code in registry.duty_facts(user, night):
        raise CannotTick(_("This ticks itself off when it is done."))
