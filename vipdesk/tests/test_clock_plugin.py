"""The clocks at which the tests are run: which there are, when CI runs each, and that a test stands at one."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from vipdesk import nights
from vipdesk.tests import clock
from vipdesk.tests.clock import CLOCKS, Travel, clocks_of, named_clock

START = dt.date(2026, 11, 30)


def test_each_clock_is_run_within_four_days() -> None:
    for n in range(366):
        days = [START + dt.timedelta(days=n + k) for k in range(4)]
        assert {name for day in days for name in clocks_of(day)} == set(CLOCKS)
        assert len(set(clocks_of(days[0]))) == 2


@pytest.mark.venue_zone
def test_clocks_stand_at_what_they_are_named_for() -> None:
    nights_of = {name: nights.night_of(one.moment) for name, one in CLOCKS.items() if one.zone == clock.VENUE_ZONE}
    assert (nights_of["monday"].weekday(), nights_of["friday"].weekday()) == (0, 4)
    assert (nights_of["month-end"] + dt.timedelta(days=1)).day == 1
    assert (nights_of["leap-day"].month, nights_of["leap-day"].day) == (2, 29)
    assert (nights_of["new-year"] + dt.timedelta(days=1)).timetuple().tm_yday == 1
    assert nights.night_of(CLOCKS["rollover"].moment - dt.timedelta(minutes=2)) < nights_of["rollover"]
    twice = CLOCKS["dst"].moment
    assert twice.utcoffset() != twice.replace(fold=1).utcoffset()


def test_a_clock_is_a_name_or_a_local_time() -> None:
    assert named_clock("friday") is CLOCKS["friday"]
    assert named_clock("2026-12-07T17:00").at == "2026-12-07T17:00:00"
    with pytest.raises(ValueError, match="someday"):
        named_clock("someday")


def test_a_test_stands_at_the_clock_and_may_move_it() -> None:
    travel = Travel(CLOCKS["leap-day"])
    try:
        assert nights.tonight() == dt.date(2028, 2, 29)
        with time_machine.travel(dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC), tick=False):
            assert nights.tonight() == dt.date(2026, 11, 20)
        assert dt.timedelta() <= timezone.now() - CLOCKS["leap-day"].moment < dt.timedelta(minutes=1)
    finally:
        travel.pytest_unconfigure()
    assert timezone.now().year != 2028 or clock._travel is not None
