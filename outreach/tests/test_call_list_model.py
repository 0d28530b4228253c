"""Call lists against a plain reading of the contract, on small venues made at random (T9).

The reading below shares no line with what it checks: it goes guest by guest and day by day.
"""

import datetime as dt
import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction

from customers.birthdays import Birthday, lunar_on, observed_on
from customers.models import Customer, MembershipTier
from outreach import rules
from outreach.building import build_call_list
from outreach.listing import as_written
from outreach.models import Call, CallListEntry
from outreach.rules import Day, RulesFile
from outreach.tests.factories import make_call, make_guest
from staff.models import User
from staff.tests.factories import make_user
from visits.models import StoredBottle
from visits.tests.factories import make_bottle

WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
SPOKEN = ("coming", "thinking", "no_wish", "no_calls")
# New Year in both calendars, a leap February and a plain one, a lunar leap month, a short lunar month.
STARTS = ["2026-12-27", "2027-02-03", "2028-02-24", "2027-02-24", "2025-07-23", "2026-09-20", "2026-11-25"]
DAY = dt.timedelta(days=1)


class Enough(Exception):
    """Thrown to give a venue back."""


@dataclass
class Told:
    """What the contract's reader remembers of a list: who was due, in which order, and who was spoken to about what."""

    night: dt.date
    due: list[int] = field(default_factory=list)
    listed: dict[int, list[dict[str, str]]] = field(default_factory=dict)
    spoken: set[int] = field(default_factory=set)


def goes_on(guest: Customer) -> Customer:
    while guest.merged_into_id:
        guest = Customer.objects.get(pk=guest.merged_into_id)
    return guest


def days_from(night: dt.date, days: int) -> list[dt.date]:
    return [night + n * DAY for n in range(days + 1)]


def reasons_of(
    guest: Customer, night: dt.date, written: RulesFile, bottles: list[StoredBottle]
) -> list[dict[str, str]]:
    found = []
    for day in days_from(night, written.birthday_days):
        born = guest.birthday
        if born and day in [observed_on(born, year) for year in (day.year - 1, day.year, day.year + 1)]:
            found.append({"kind": "birthday", "on": day.isoformat(), "calendar": guest.birthday_calendar})
    theirs = [bottle for bottle in bottles if goes_on(bottle.customer).pk == guest.pk and bottle.remaining > 0]
    found.extend(
        {"kind": "bottle", "on": day.isoformat()}
        for day in days_from(night, written.bottle_days)
        if any(bottle.expires_on == day for bottle in theirs)
    )
    for day in days_from(night, written.member_day_days):
        for rule in written.member_days:
            is_theirs = not rule.tier or (guest.tier and guest.tier.code == rule.tier)
            is_day = day.day == rule.monthly_day if rule.monthly_day else WEEK[day.weekday()] == rule.weekday
            if is_theirs and is_day and {"kind": "member_day", "on": day.isoformat()} not in found:
                found.append({"kind": "member_day", "on": day.isoformat()})
    return found


def nearest(reasons: list[dict[str, str]], kind: str) -> str:
    return min((reason["on"] for reason in reasons if reason["kind"] == kind), default="9999")


def reading(night: dt.date, written: RulesFile, before: list[Told]) -> tuple[Told, list[dict[str, Any]]]:
    """The list that the contract asks for."""
    told, rows = Told(night), []
    last = before[-1] if before else None
    carried = [goes_on(Customer.objects.get(pk=pk)).pk for pk in last.due if pk not in last.spoken] if last else []
    bottles = list(StoredBottle.objects.select_related("customer"))
    for guest in Customer.objects.select_related("owner", "tier"):
        if not guest.call_consent or guest.erased_at or guest.merged_into_id:
            continue
        silent = [
            (reason["kind"], reason["on"])
            for one in before
            if night - 7 * DAY <= one.night < night
            for pk in one.spoken
            if goes_on(Customer.objects.get(pk=pk)).pk == guest.pk
            for reason in one.listed[pk]
        ]
        reasons = [one for one in reasons_of(guest, night, written, bottles) if (one["kind"], one["on"]) not in silent]
        if reasons:
            seen = guest.last_seen_night.isoformat() if guest.last_seen_night else ""
            nearest_two = (nearest(reasons, "birthday"), nearest(reasons, "bottle"))
            rows.append(((guest.pk not in carried, *nearest_two, seen, guest.pk), guest, reasons))
    rows.sort(key=lambda row: row[0])
    here = list(User.objects.filter(is_active=True, groups__name="manager").order_by("username"))
    turn, calls, wanted = 0, dict.fromkeys(here, 0), []
    for _order, guest, reasons in rows:
        caller = guest.owner
        if caller not in here:
            caller, turn = here[turn % len(here)], turn + 1
        told.due.append(guest.pk)
        calls[caller] += 1
        if calls[caller] <= written.calls_per_manager:
            told.listed[guest.pk] = reasons
            names = {"name": guest.name, "phone": guest.phone, "manager": caller.username}
            wanted.append({"customer": guest.pk, **names, "reasons": reasons})
    return told, wanted


# --- venues ----------------------------------------------------------------------------------------------------------


def some_rules(dice: random.Random) -> RulesFile:
    kinds = [
        *(Day(tier=tier, weekday=day) for tier in ("", "gold", "silver") for day in WEEK),
        *(Day(tier=tier, monthly_day=day) for tier in ("", "gold") for day in (1, 8, 29, 30, 31)),
    ]
    return RulesFile(
        call_weekdays=WEEK,
        sms_weekdays=[],
        birthday_days=dice.choice([0, 1, 7, 7, 30]),
        bottle_days=dice.choice([0, 3, 14]),
        member_day_days=dice.choice([0, 3, 9]),
        sms_min_gap_days=3,
        calls_per_manager=dice.choice([1, 2, 3, 40]),
        quiet_from=dt.time(20),
        quiet_to=dt.time(8),
        trace_days=None,
        member_days=tuple(dice.sample(kinds, dice.choice([0, 0, 1, 2]))),
    )


def near(dice: random.Random, night: dt.date) -> dict[str, Any]:
    """A birthday around those nights, or one of the awkward ones."""
    day = night + dice.randint(-3, 20) * DAY
    moon = lunar_on(day)
    born = dice.choice(
        [
            Birthday(month=day.month, day=day.day),
            Birthday(month=2, day=29),
            moon,
            Birthday(month=moon.month, day=moon.day, calendar="lunar", is_leap=dice.random() < 0.5),
            Birthday(month=moon.month, day=30, calendar="lunar"),
        ]
    )
    named = ("month", "day", "calendar", "is_leap")
    return {f"birthday_{name}": getattr(born, name) for name in named}


def some_guests(dice: random.Random, night: dt.date, people: list[User]) -> list[Customer]:
    tiers = [None, None, *MembershipTier.objects.filter(code__in=("gold", "silver"))]
    guests = []
    for _n in range(dice.randint(3, 14)):
        facts: dict[str, Any] = near(dice, night) if dice.random() < 0.7 else {}
        seen = None if dice.random() < 0.5 else night - dice.randint(1, 4) * DAY
        who = {"owner": dice.choice([None, *people]), "tier": dice.choice(tiers), "last_seen_night": seen}
        guest = make_guest(call_consent=dice.random() < 0.9, **facts, **who)
        guests.append(guest)
        for _bottle in range(dice.choice([0, 0, 1, 3])):
            left = dice.choice(["0", "0.001", "1"])
            make_bottle(guest, expires_on=night + dice.randint(-2, 18) * DAY, remaining=left)
    return guests


def something_happens(dice: random.Random, told: Told, guests: list[Customer]) -> None:
    """Calls, some of them twice; a merge, an erasure, a consent withdrawn, somebody who leaves."""
    for entry in CallListEntry.objects.filter(call_list__night=told.night).select_related("call_list", "manager"):
        for _attempt in range(dice.choice([0, 1, 1, 2])):
            outcome = dice.choice([*SPOKEN[:3], "no_answer", "no_answer"])
            make_call(entry, outcome)
            if outcome in SPOKEN:
                told.spoken.add(entry.customer_id)
    one, other = dice.sample(guests, 2)
    happens = dice.choice(["nothing", "merge", "merge", "erase", "withdraw", "leave"])
    free = Customer.objects.filter(pk__in=(one.pk, other.pk), merged_into=None, erased_at=None)
    if happens == "merge" and free.count() == 2:
        Customer.objects.filter(pk=one.pk).update(merged_into=other.pk, phone=None)
    elif happens == "erase":
        Customer.objects.filter(pk=one.pk).update(
            erased_at=dt.datetime.now(dt.UTC), phone=None, home_address="", work_address="", merged_into=None
        )
    elif happens == "withdraw":
        Customer.objects.filter(pk=one.pk).update(call_consent=False)
    elif happens == "leave" and User.objects.managers().count() > 1:
        User.objects.filter(pk=User.objects.managers().first().pk).update(is_active=False)


def live_through(seed: int) -> int:
    """Three or four lists of one venue, each as read and as built, and again the same; how many calls they hold."""
    dice, calls = random.Random(seed), 0
    night = dt.date.fromisoformat(dice.choice(STARTS))
    people = [make_user(f"m{seed}-{n}") for n in range(dice.randint(1, 4))]
    guests, before = some_guests(dice, night, people), list[Told]()
    for _list in range(dice.randint(3, 4)):
        written = some_rules(dice)
        rules.store_rules(rules=written)
        told, wanted = reading(night, written, before)
        built = build_call_list(night=night)
        assert as_written(built.call_list) == wanted, (seed, night)
        assert built.call_list.left_over == len(told.due) - len(wanted), (seed, night)
        assert as_written(build_call_list(night=night).call_list) == wanted
        before.append(told)
        something_happens(dice, told, guests)
        night += dice.choice([1, 1, 3, 6, 7, 8]) * DAY
        calls += len(wanted)
    return calls


@pytest.mark.django_db
def test_a_call_list_is_what_the_contract_says_of_any_venue() -> None:
    calls = 0
    for seed in range(16):
        try:
            with transaction.atomic():
                calls += live_through(seed)
                raise Enough
        except Enough:
            pass
    assert calls > 60 and not Call.objects.exists()
