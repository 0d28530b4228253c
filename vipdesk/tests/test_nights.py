"""The noon rule, its bounds, weeks and months, in the venue's zone and in zones where the clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from vipdesk import nights
from vipdesk.templatetags import nights as filters

pytestmark = pytest.mark.venue_zone

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
APIA = ZoneInfo("Pacific/Apia")  # skipped 30 December 2011 altogether
ZONES = st.sampled_from([SHANGHAI, BERLIN, NEW_YORK, APIA])
ROLLOVERS = st.sampled_from([time(12), time(2, 30), time(0), time(23, 59)])
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))


def local(year: int, month: int, day: int, *clock: int) -> datetime:
    return datetime.combine(date(year, month, day), time(*clock), SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "night"),
    [
        (local(2026, 11, 20, 11, 59), date(2026, 11, 19)),
        (local(2026, 11, 20, 11, 59, 59, 999999), date(2026, 11, 19)),
        (local(2026, 11, 20, 12, 0), date(2026, 11, 20)),
        (local(2026, 11, 20, 18, 0), date(2026, 11, 20)),
        (local(2026, 11, 20, 23, 59), date(2026, 11, 20)),
        (local(2026, 11, 21, 0, 0), date(2026, 11, 20)),
        (local(2026, 11, 21, 2, 0), date(2026, 11, 20)),
        (local(2026, 11, 21, 2, 40), date(2026, 11, 20)),
        (local(2026, 12, 1, 0, 40), date(2026, 11, 30)),
        (local(2027, 1, 1, 1, 30), date(2026, 12, 31)),
        (local(2028, 3, 1, 3, 0), date(2028, 2, 29)),
        (datetime(2026, 11, 20, 3, 59, tzinfo=UTC), date(2026, 11, 19)),
        (datetime(2026, 11, 20, 4, 0, tzinfo=UTC), date(2026, 11, 20)),
    ],
)
def test_night_of_follows_the_noon_rule(moment, night):
    assert nights.night_of(moment) == night


def test_night_of_refuses_a_naive_moment():
    with pytest.raises(ValueError, match="aware"):
        nights.night_of(datetime(2026, 11, 20, 18, 0))


def test_settings_move_the_rollover_and_the_zone(settings):
    settings.NIGHT_ROLLOVER = time(6)
    assert nights.night_of(local(2026, 11, 20, 7, 0)) == date(2026, 11, 20)
    settings.TIME_ZONE = "America/New_York"
    assert nights.night_of(local(2026, 11, 20, 7, 0)) == date(2026, 11, 19)


def test_tonight_is_yesterday_evening_until_noon(time_machine):
    time_machine.move_to(local(2026, 12, 1, 0, 40))
    assert nights.tonight() == date(2026, 11, 30)
    assert nights.tonight(local(2026, 12, 1, 12, 0)) == date(2026, 12, 1)


def test_night_bounds_are_noon_to_noon_in_utc():
    start, end = nights.night_bounds(date(2026, 11, 20))
    assert (start, end) == (datetime(2026, 11, 20, 4, tzinfo=UTC), datetime(2026, 11, 21, 4, tzinfo=UTC))
    assert start.tzinfo is UTC


@pytest.mark.parametrize(
    ("zone", "night", "hours"),
    [
        (BERLIN, date(2026, 3, 28), 23),
        (BERLIN, date(2026, 10, 24), 25),
        (BERLIN, date(2026, 11, 20), 24),
        (NEW_YORK, date(2026, 3, 7), 23),
        (NEW_YORK, date(2026, 10, 31), 25),
    ],
)
def test_night_bounds_stretch_with_the_clocks(zone, night, hours):
    start, end = nights.night_bounds(night, zone=zone)
    assert end - start == timedelta(hours=hours)
    assert nights.night_of(end - timedelta(microseconds=1), zone=zone) == night
    assert nights.night_of(end, zone=zone) == night + timedelta(days=1)


@given(moment=MOMENTS, zone=ZONES, rollover=ROLLOVERS)
def test_every_moment_lies_within_its_own_night(moment, zone, rollover):
    start, end = nights.night_bounds(
        nights.night_of(moment, zone=zone, rollover=rollover), zone=zone, rollover=rollover
    )
    assert start <= moment < end


@given(night=st.dates(date(1990, 1, 1), date(2060, 1, 1)), zone=ZONES, rollover=ROLLOVERS)
def test_consecutive_nights_touch(night, zone, rollover):
    following = night + timedelta(days=1)
    assert (
        nights.night_bounds(night, zone=zone, rollover=rollover)[1]
        == nights.night_bounds(following, zone=zone, rollover=rollover)[0]
    )


@pytest.mark.parametrize("hour", [1, 2])
def test_hours_told_twice_belong_to_the_same_night(hour):
    for fold in (0, 1):
        assert nights.night_of(datetime(2026, 10, 25, hour, 30, tzinfo=BERLIN, fold=fold), zone=BERLIN) == date(
            2026, 10, 24
        )


def test_morning_after_a_day_that_a_zone_skipped_belongs_to_the_night_before_it():
    moment = datetime(2011, 12, 31, 8, tzinfo=APIA)
    assert nights.night_of(moment, zone=APIA) == date(2011, 12, 29)


def test_moment_in_takes_the_morning_after_for_small_hours():
    night = date(2026, 11, 30)
    assert nights.moment_in(night, time(20)) == local(2026, 11, 30, 20)
    assert nights.moment_in(night, time(12)) == local(2026, 11, 30, 12)
    assert nights.moment_in(night, time(11, 59)) == local(2026, 12, 1, 11, 59)
    assert nights.shift_end(night) == local(2026, 12, 1, 2)


def test_recordable_is_bounded_but_for_operations():
    now = local(2026, 11, 20, 23)
    assert nights.is_recordable(now, now)
    assert not nights.is_recordable(now + timedelta(seconds=1), now)
    assert not nights.is_recordable(now + timedelta(seconds=1), now, by_operations=True)
    assert nights.is_recordable(now - timedelta(hours=72), now)
    assert not nights.is_recordable(now - timedelta(hours=72, seconds=1), now)
    assert nights.is_recordable(now - timedelta(days=400), now, by_operations=True)


@pytest.mark.parametrize(
    ("night", "week"),
    [
        (date(2026, 11, 23), "2026-W48"),
        (date(2026, 11, 29), "2026-W48"),
        (date(2026, 12, 31), "2026-W53"),
        (date(2027, 1, 3), "2026-W53"),
        (date(2027, 1, 4), "2027-W01"),
        (date(2024, 12, 30), "2025-W01"),
    ],
)
def test_week_of_uses_the_weeks_own_year(night, week):
    assert nights.week_of(night) == week
    assert night in nights.week_nights(week)


def test_week_nights_run_from_monday_to_sunday():
    week = nights.week_nights("2026-W48")
    assert (week[0], week[-1], len(week)) == (date(2026, 11, 23), date(2026, 11, 29), 7)


@pytest.mark.parametrize("week", ["2026-W54", "2025-W53", "2026-W00", "2026-48", "2026-W1", "", "2026-W48 "])
def test_week_nights_refuse_what_is_no_week(week):
    with pytest.raises(ValueError, match="week"):
        nights.week_nights(week)


def test_months_hold_every_night_of_theirs():
    assert nights.month_of(date(2026, 11, 30)) == "2026-11"
    november = nights.month_nights("2026-11")
    assert (november[0], november[-1], len(november)) == (date(2026, 11, 1), date(2026, 11, 30), 30)
    assert len(nights.month_nights("2028-02")) == 29
    assert len(nights.month_nights("2026-12")) == 31


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "2026-1", "202611", "", "2026-11-01"])
def test_month_nights_refuse_what_is_no_month(month):
    with pytest.raises(ValueError, match="month"):
        nights.month_nights(month)


@pytest.mark.parametrize(
    ("language", "night", "shown"),
    [
        ("en", date(2026, 11, 20), "Fri 20 Nov"),
        ("en", date(2025, 11, 20), "Thu 20 Nov 2025"),
        ("zh-hans", date(2026, 11, 20), "11月20日 周五"),
        ("zh-hans", date(2025, 11, 20), "2025年11月20日 周四"),
    ],
)
def test_reader_sees_a_night_in_their_language(time_machine, language, night, shown):
    time_machine.move_to(local(2026, 11, 20, 19))
    with translation.override(language):
        assert filters.night(night) == shown


def test_reader_sees_no_year_for_december_in_the_small_hours_of_new_year(time_machine):
    time_machine.move_to(local(2027, 1, 1, 1))
    with translation.override("en"):
        assert filters.night(date(2026, 12, 31)) == "Thu 31 Dec"


def test_reader_sees_the_venues_clock_and_money():
    assert filters.clock(datetime(2026, 11, 20, 16, 5, tzinfo=UTC)) == "00:05"
    assert filters.money(Decimal("131000")) == "¥131,000.00"
    assert filters.money(Decimal("-90.005")) == "−¥90.01"
    assert [filters.night(None), filters.clock(None), filters.money(None)] == ["", "", ""]
    with pytest.raises(TypeError):
        filters.money(1.5)
