"""A random month of the venue: each figure is its list, after every evening and at the month's end.

`make test` plays a short month of one seed; `make test-all` longer ones, `MONTH_SEEDS` of them. A seed that fails plays
the same month again: `MONTH_FIRST_SEED=17 MONTH_SEEDS=1`.
"""

import datetime as dt
import os
import random
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client

from outreach.tests.sms_factories import make_campaign
from staff import roles
from staff.models import User
from staff.tests.factories import make_user
from targets.models import CommissionPlan
from targets.tests.factories import make_plan
from vipdesk import nights
from vipdesk.tests.random_month.acts import Venue, first_guests
from vipdesk.tests.random_month.checks import check_month, check_night
from visits import booking, seating
from visits.tests.factories import make_room

pytestmark = [pytest.mark.usefixtures("furnished"), pytest.mark.venue_zone]
MONTH = "2026-11"
FIRST_SEED = int(os.environ.get("MONTH_FIRST_SEED", "1"))
ACTS = int(os.environ.get("MONTH_ACTS", "20"))  # an evening
SEEDS = range(FIRST_SEED, FIRST_SEED + int(os.environ.get("MONTH_SEEDS", "2")))


def play(seed: int, *, evenings: int, acts: int, sign_in: Callable[[User], Client], every: int = 1) -> Venue:
    """The last `evenings` of the month, with so many acts each; checked after each `every`th and at the end."""
    played = nights.month_nights(MONTH)[-evenings:]
    with time_machine.travel(nights.moment_in(played[0], dt.time(18)), tick=False) as clock:
        venue = _venue(seed, sign_in, clock.move_to)
        for n, night in enumerate(played, start=1):
            venue.play(night, acts)
            if n % every == 0:
                check_night(venue, night, now=nights.moment_in(night, dt.time(1, 50)))
            _end(night, clock)
        check_month(venue, MONTH)
    return venue


def _venue(seed: int, sign_in: Callable[[User], Client], move_clock: Callable[[Any], None]) -> Venue:
    CommissionPlan.objects.all().delete()
    make_plan(card_paid_rooms_count=bool(seed % 2))
    make_campaign(code="month")
    managers = [make_user(f"mgr{n}", display_name=name) for n, name in enumerate(("林静", "高强", "苏敏"), start=1)]
    venue = Venue(
        dice=random.Random(seed),
        managers=managers,
        desk=make_user("desk", roles.AFTERSALES),
        ops=make_user("ops", roles.OPERATIONS),
        sign_in=sign_in,
        move_clock=move_clock,
    )
    for n in range(6):
        make_room(f"{880 + n}")
    first_guests(venue, 12)
    return venue


def _end(night: dt.date, clock: Any) -> None:
    """What jobs do at a night's end."""
    clock.move_to(nights.night_bounds(night)[1])
    booking.release_no_shows()
    seating.close_left_open(night)


def test_a_short_month_agrees_with_itself(signed_in: Callable[[User], Client]) -> None:
    venue = play(FIRST_SEED, evenings=2, acts=60, sign_in=signed_in)
    assert len(venue.done) >= 15, "most kinds of acts happened"


@pytest.mark.fault
@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_month_agrees_with_itself(seed: int, signed_in: Callable[[User], Client]) -> None:
    venue = play(seed, evenings=30, acts=ACTS, every=3, sign_in=signed_in)
    assert len(venue.done) >= 25, "all but a few kinds of acts happened"
