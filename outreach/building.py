"""Building a night's call list (T9; contract.md, "Outreach rules"): one statement finds, deals, orders and stores.

A list is built once. Its row is the lock: of two builders the second waits in the INSERT and finds the first one's
list. What the rules say of the window is worked out beforehand as a handful of keys (outreach.occasions).
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from outreach import occasions, rules
from outreach.building_sql import BUILD
from outreach.choices import REACHED, CallOutcome, ListKind
from outreach.models import CallList, OutreachRules
from staff.models import User

REACHED_FOR = 7  # nights for which somebody is not called again about the same occasion
# A member day of everybody's sorts the whole house in memory; and a few thousand guests are looked up by the index of
# birthdays, where the planner, thinking of spinning disks, would read everybody.
PLANNER = "SET LOCAL work_mem = '64MB'; SET LOCAL random_page_cost = 1.1"
FIRST_NIGHT, LAST_NIGHT = dt.date(1934, 1, 1), dt.date(2055, 12, 31)  # as far as the lunar calendar is vouched for


class CannotBuild(Exception):
    """No list can be built for this night; one line for a person."""


class NoCallNight(CannotBuild):
    """The rules name no calls for this weekday."""


@dataclass(frozen=True)
class Built:
    """A night's list, and whether this call made it."""

    call_list: CallList
    is_new: bool


@transaction.atomic
def build_call_list(*, night: dt.date, is_forced: bool = False) -> Built:
    """The night's list, as it was built first. Raises CannotBuild: no call night (unless forced), nobody to call."""
    in_force = rules.current()
    if not FIRST_NIGHT <= night <= LAST_NIGHT:
        raise CannotBuild(_("%(night)s is no night for a call list.") % {"night": night})
    if not (is_forced or in_force.is_call_night(night)):
        raise NoCallNight(_("%(night)s is no call night.") % {"night": night})
    return built_once(ListKind.CALLS, night, lambda call_list, people: _fill(call_list, in_force, people))


def built_once(kind: ListKind, night: dt.date, fill: Callable[[CallList, list[int]], None]) -> Built:
    """The list of this kind and night, filled by whoever made its row; in the caller's transaction."""
    standing = CallList.objects.filter(kind=kind, night=night).first()
    if standing:
        return Built(standing, is_new=False)
    people = callers()
    call_list, is_new = CallList.objects.get_or_create(kind=kind, night=night)
    if is_new:
        fill(call_list, people)
    return Built(call_list, is_new)


def callers() -> list[int]:
    """The keys of who calls, by login name; CannotBuild where nobody is left."""
    people = list(User.objects.managers().values_list("pk", flat=True))
    if not people:
        raise CannotBuild(_("There is no active manager to call anybody."))
    return people


def _fill(call_list: CallList, in_force: OutreachRules, people: list[int]) -> None:
    last = CallList.objects.filter(kind=ListKind.CALLS, night__lt=call_list.night).order_by("-night").first()
    facts = _facts(call_list.night, in_force) | {
        "list": call_list.pk,
        "callers": people,
        "most": in_force.calls_per_manager,
        "last": last.pk if last else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(PLANNER)
        cursor.execute(BUILD, facts)
        call_list.listed, call_list.left_over = cursor.fetchone()
    call_list.save(update_fields=["listed", "left_over"])


def _facts(night: dt.date, in_force: OutreachRules) -> dict[str, Any]:
    kept = occasions.birthdays_kept(night, in_force.birthday_days)
    falls = occasions.member_days(night, in_force.member_day_days, in_force.member_days.all())
    return {
        "night": night,
        "reached_since": night - dt.timedelta(days=REACHED_FOR),
        "reached": list(REACHED),
        "wrong": CallOutcome.WRONG_NUMBER,
        "bottles_until": night + dt.timedelta(days=in_force.bottle_days),
        "kept_on": [one.on for one in kept],
        "kept_calendar": [one.calendar for one in kept],
        "kept_month": [one.month for one in kept],
        "kept_day": [one.day for one in kept],
        "kept_leap": [one.is_leap for one in kept],
        "member_on": [on for on, _tier in falls],
        "member_tier": [tier for _on, tier in falls],
    }
