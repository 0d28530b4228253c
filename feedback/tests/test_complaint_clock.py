"""Until when a complaint is due: against a clock that is walked minute by minute, over nights and changed clocks."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback import clock
from feedback.clock import Hours
from vipdesk import nights

SHANGHAI = ZoneInfo("Asia/Shanghai")
MINUTE = dt.timedelta(minutes=1)
minutes = st.integers(0, 3000)
moments = st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2028, 1, 1)).map(
    lambda at: at.replace(microsecond=0, second=0, tzinfo=SHANGHAI)
)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.venue_zone
@pytest.mark.parametrize(
    ("begun", "limit", "due"),
    [
        ("2026-11-20T20:00", 30, "2026-11-20T20:30"),
        ("2026-11-20T17:00", 30, "2026-11-20T18:30"),  # the shift has not begun
        ("2026-11-20T18:00", 30, "2026-11-20T18:30"),
        ("2026-11-20T23:50", 30, "2026-11-21T00:20"),  # past midnight, one night
        ("2026-11-21T01:50", 30, "2026-11-21T18:20"),  # the clock stands until the evening
        ("2026-11-21T01:30", 30, "2026-11-21T02:00"),  # ends with the shift
        ("2026-11-21T02:00", 30, "2026-11-21T18:30"),  # half-open: the shift is over
        ("2026-11-21T11:59", 1, "2026-11-21T18:01"),  # last night's last minute
        ("2026-11-20T18:00", 480, "2026-11-21T02:00"),
        ("2026-11-20T18:00", 481, "2026-11-21T18:01"),
        ("2026-11-20T18:00", 1440, "2026-11-23T02:00"),
        ("2026-11-20T20:00", 0, "2026-11-20T20:00"),
        ("2026-11-21T10:00", 0, "2026-11-21T18:00"),
    ],
)
def test_shift_hours_run_from_six_to_two(begun, limit, due):
    assert clock.due_at(at(begun), limit, Hours.SHIFT) == at(due)


@given(moments, minutes)
def test_real_hours_are_minutes_on_any_clock(begun, limit):
    assert clock.due_at(begun, limit, Hours.REAL) == begun + limit * MINUTE


@given(moments, minutes, st.sampled_from(list(Hours)))
def test_exactly_the_limit_has_run_when_it_is_due(begun, limit, hours):
    due = clock.due_at(begun, limit, hours)
    assert clock.run(begun, due, hours) == limit * MINUTE
    assert due >= begun and due.tzinfo is dt.UTC
    if limit:
        assert clock.run(begun, due - MINUTE, hours) == (limit - 1) * MINUTE, "not a minute earlier"


@pytest.mark.venue_zone
@given(moments, st.integers(0, 600))
def test_shift_hours_are_those_somebody_walks_through(begun, limit):
    walked, left = begun, limit
    while not _is_shift(walked):
        walked += MINUTE
    while left:
        left -= _is_shift(walked)
        walked += MINUTE
    assert clock.due_at(begun, limit, Hours.SHIFT) == walked


def _is_shift(moment: dt.datetime) -> bool:
    return not 2 <= moment.astimezone(SHANGHAI).hour < 18


@given(moments, minutes, minutes)
def test_more_time_is_never_due_earlier(begun, less, more):
    less, more = sorted((less, more))
    assert clock.due_at(begun, less, Hours.SHIFT) <= clock.due_at(begun, more, Hours.SHIFT)


def test_at_its_due_moment_a_thing_is_late():
    due = at("2026-11-20T20:30")
    assert clock.is_late(due, due) and not clock.is_late(due, due - MINUTE) and not clock.is_late(None, due)


@pytest.mark.venue_zone
@pytest.mark.parametrize(
    ("now", "night"),
    [("2026-11-21T01:59", "2026-11-19"), ("2026-11-21T02:00", "2026-11-20"), ("2026-11-21T12:00", "2026-11-20")],
)
def test_a_night_is_over_at_two(now, night):
    assert clock.last_night_over(at(now)) == dt.date.fromisoformat(night)


def test_where_two_o_clock_comes_twice_the_first_ends_the_shift(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    berlin = ZoneInfo("Europe/Berlin")
    begins, ends = (nights.moment_in(dt.date(2026, 10, 24), dt.time(h), zone=berlin) for h in (18, 3))
    assert clock.due_at(begins, 480, Hours.SHIFT) == ends - dt.timedelta(hours=2)


def test_a_limit_in_the_past_is_refused():
    with pytest.raises(ValueError, match="past"):
        clock.due_at(at("2026-11-20T20:00"), -1, Hours.REAL)
