"""The calendar: what can be, and the one day on which each year keeps a birthday."""

import datetime as dt
from collections import Counter

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from lunar_python import Solar

from customers import birthdays
from customers.birthdays import BadBirthday, Birthday, check, in_words, next_observance, observed_on

NIGHT = dt.date(2026, 11, 20)
FIRST, LAST = 1934, 2056


def lunar(month, day, **more):
    return Birthday(month=month, day=day, calendar="lunar", **more)


def solar(month, day, year=None):
    return Birthday(month=month, day=day, year=year)


@pytest.mark.parametrize(
    ("born", "field"),
    [
        (solar(4, 31), "birthday_day"),
        (solar(2, 30), "birthday_day"),
        (solar(2, 29, 2001), "birthday_day"),
        (solar(2, 29, 1900), "birthday_day"),
        (solar(13, 1), "birthday_month"),
        (solar(0, 1), "birthday_month"),
        (solar(5, 0), "birthday_day"),
        (solar(5, 1, 1899), "birthday_year"),
        (solar(5, 1, 2027), "birthday_year"),
        (solar(12, 1, 2026), "birthday_year"),
        (solar(11, 21, 2008), "birthday_year"),
        (lunar(8, 31), "birthday_day"),
        (lunar(5, 3, year=1985, is_leap=True), "birthday_month"),
        (lunar(1, 30, year=2025 - 40), "birthday_day"),
        (lunar(10, 11, year=2008), "birthday_year"),
    ],
)
def test_birthday_that_cannot_be_is_refused_at_its_field(born, field):
    if born == lunar(1, 30, year=1985):
        first, days = birthdays._lunar_months(1985)[1]
        assert (first, days) == (dt.date(1985, 2, 20), 29)
    with pytest.raises(BadBirthday) as refused:
        check(born, on=dt.date(2026, 11, 7) if born.year == 2008 and born.is_lunar else NIGHT)
    assert refused.value.field == field
    assert str(refused.value)


@pytest.mark.parametrize(
    "born",
    [
        solar(2, 29),
        solar(2, 29, 2000),
        solar(11, 20, 2008),
        solar(1, 1, 1900),
        lunar(12, 30),
        lunar(5, 17, is_leap=True),
        lunar(4, 3, year=1982, is_leap=True),
    ],
)
def test_birthday_that_can_be_is_taken(born):
    check(born, on=NIGHT)


@pytest.mark.parametrize(
    ("born", "year", "day"),
    [
        (lunar(8, 15), 2026, dt.date(2026, 9, 25)),
        (lunar(1, 1), 2027, dt.date(2027, 2, 6)),
        (lunar(12, 30), 2025, dt.date(2026, 2, 16)),  # that year's twelfth month has 29 days
        (lunar(6, 1, is_leap=True), 2025, dt.date(2025, 7, 25)),
        (lunar(6, 1, is_leap=True), 2026, dt.date(2026, 7, 14)),  # no leap sixth month: the plain one
        (lunar(8, 1), 1978, dt.date(1978, 9, 3)),  # where other tables are a day off
        (solar(2, 29), 2027, dt.date(2027, 2, 28)),
        (solar(2, 29), 2028, dt.date(2028, 2, 29)),
    ],
)
def test_year_keeps_a_birthday_on_the_day_the_mainland_does(born, year, day):
    assert observed_on(born, year) == day


any_birthday = st.one_of(
    st.builds(solar, st.integers(1, 12), st.integers(1, 28)),
    st.just(solar(2, 29)),
    st.builds(lunar, st.integers(1, 12), st.integers(1, 30), is_leap=st.booleans()),
)


@settings(deadline=None, max_examples=25)
@given(any_birthday)
def test_every_year_keeps_every_birthday_exactly_once(born):
    days = [observed_on(born, year) for year in range(FIRST, LAST + 1)]
    assert days == sorted(set(days))
    for year, day in zip(range(FIRST, LAST + 1), days, strict=True):
        kept = Solar.fromYmd(day.year, day.month, day.day).getLunar() if born.is_lunar else None
        assert (kept.getYear() if kept else day.year) == year
        if kept:
            assert abs(kept.getMonth()) == born.month
            assert kept.getDay() == born.day or (kept.getDay() == 29 and born.day == 30)


@settings(deadline=None)
@given(any_birthday, st.dates(dt.date(FIRST + 1, 1, 1), dt.date(LAST - 1, 12, 31)))
def test_next_day_kept_is_the_first_on_or_after_the_date(born, today):
    day = next_observance(born, today)
    assert today <= day <= today + dt.timedelta(days=400)
    assert next_observance(born, day) == day
    assert all(not today <= observed_on(born, year) < day for year in range(today.year - 1, today.year + 2))


@pytest.mark.parametrize(
    ("born", "english", "chinese"),
    [
        (solar(5, 17), "17 May", "5月17日"),
        (solar(5, 17, 1990), "17 May 1990", "1990年5月17日"),
        (lunar(8, 15), "lunar month 8, day 15", "农历八月十五"),
        (lunar(4, 3, year=1982, is_leap=True), "lunar leap month 4, day 3, 1982", "农历1982年闰四月初三"),
        (lunar(12, 20), "lunar month 12, day 20", "农历腊月二十"),
        (lunar(11, 23), "lunar month 11, day 23", "农历冬月廿三"),
    ],
)
def test_birthday_is_said_in_the_language_on_screen(born, english, chinese):
    with translation.override("en"):
        assert in_words(born) == english
    assert birthdays.lunar_words(born) == chinese if born.is_lunar else chinese
    with translation.override("zh-hans"):
        assert in_words(born) == chinese


EVERY_BIRTHDAY = [
    *(solar(month, day) for month in range(1, 13) for day in range(1, birthdays._solar_days(month, None) + 1)),
    *(lunar(month, day, is_leap=leap) for leap in (False, True) for month in range(1, 13) for day in range(1, 31)),
]


def test_what_is_kept_on_a_day_is_what_every_year_keeps_on_it():
    """Each birthday on exactly the days `observed_on` names, over the whole range, New Year's weeks included."""
    found = Counter()
    for n in range((dt.date(LAST, 12, 31) - dt.date(FIRST, 1, 1)).days + 1):
        day = dt.date(FIRST, 1, 1) + dt.timedelta(days=n)
        found.update((born, day) for born in birthdays.kept_on(day))
    years = range(FIRST - 1, LAST + 1)
    kept = Counter((born, observed_on(born, year)) for born in EVERY_BIRTHDAY for year in years)
    assert found == Counter({key: n for key, n in kept.items() if FIRST <= key[1].year <= LAST})


@settings(max_examples=150, deadline=None)
@given(st.dates(dt.date(FIRST, 1, 1), dt.date(LAST, 12, 31)))
def test_a_day_keeps_the_birthdays_that_the_calendar_itself_says(day):
    """Asked of the day's own lunar date and of its neighbours', without a table of months."""

    def moon(date):
        said = Solar.fromYmd(date.year, date.month, date.day).getLunar()
        return said.getMonth(), said.getDay()

    month, number = moon(day)
    is_last = moon(day + dt.timedelta(days=1))[0] != month
    numbers = {number, 30} if is_last else {number}
    wanted = {(abs(month), n, month < 0) for n in numbers}
    following = {moon(day + dt.timedelta(days=n))[0] for n in (29, 30)}  # where a leap month stands, it follows
    if month > 0 and -month not in following:
        wanted |= {(month, n, True) for n in numbers}
    assert {(one.month, one.day, one.is_leap) for one in birthdays.kept_on(day) if one.is_lunar} == wanted
