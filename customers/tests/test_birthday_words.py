"""Birthdays as sheets write them."""

import contextlib
import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.birthdays import BadBirthday, Birthday, lunar_words
from customers.intake.birthday_words import read_birthday

NIGHT = dt.date(2026, 11, 20)


def read(cell, calendar=""):
    reading = read_birthday(cell, calendar, NIGHT)
    born = reading.born
    said = born and (born.year, born.month, born.day, born.calendar + ("-leap" if born.is_leap else ""))
    return said, sorted({field for field, _how in reading.guesses})


FULL, DAY, LUNAR = (1990, 5, 17, "solar"), (None, 5, 17, "solar"), (None, 8, 15, "lunar")
CERTAIN: dict[Any, list[Any]] = {
    FULL: [
        "1990-05-17", "1990/5/17", "1990.5.17", "19900517", "1990年5月17日", "1990年05月17号", "1990年5月17", "1990 05 17", "1990、5、17",
        "１９９０年５月１７日", "1990-05-17 00:00:00", "1990-05-17T00:00:00", "生日：1990年5月17日", "1990年5月17日生", "一九九〇年五月十七日",
        "17 May 1990", "May 17, 1990", "17-May-1990", "17th of May 1990", "17/5/1990", "5/17/1990", "公历1990.5.17", "1990.5.17（阳历）",
        19900517.0, dt.date(1990, 5, 17), dt.datetime(1990, 5, 17), "33010", 33010.0, 33010,
    ],
    DAY: [
        "05-17", "5-17", "5/17", "5.17", "5,17", "5、17", "5月17日", "5月17号", "5月17", "五月十七日", "５月１７日", "May 17", "17 May", "生日5月17日",
        "阳历5.17", "5月17日（公历）", 5.17, "'5月17日",
    ],
    LUNAR: [
        "农历八月十五", "八月十五（农历）", "8月15(阴历)", "阴历8.15", "农历8月15日", "旧历八月十五", "农8.15", "8.15农", "8.15（农）", "農曆八月十五", "农历：八月十五",
        "八月十五 农历", "农历8-15", "lunar 8-15", "农历八月15",
    ],
    (1985, 8, 15, "lunar"): ["农历1985年八月十五", "1985年农历八月十五", "农历1985-08-15", "1985年8月15日（阴历）", "农历一九八五年八月十五"],
    (None, 5, 17, "lunar-leap"): ["闰5月17日", "闰五月十七", "农历闰五月十七", "闰5-17", "農曆閏5月17日"],
    (None, 12, 19, "lunar"): ["腊月十九", "农历腊月十九", "臘月十九", "十二月十九（农历）"],
    (None, 11, 26, "lunar"): ["冬月廿六", "十一月廿六", "冬月二十六"],
    (None, 1, 1, "lunar"): ["正月初一"],
    (None, 10, 30, "lunar"): ["十月三十（农历）", "农历十月卅"],
    (None, 2, 29, "solar"): ["2月29日", "02-29"],
}  # fmt: skip


@pytest.mark.parametrize(("cell", "said"), [(cell, said) for said, forms in CERTAIN.items() for cell in forms])
def test_birthday_in_a_plain_form_is_understood_for_certain(cell, said):
    assert read(cell) == (said, [])


@pytest.mark.parametrize(
    ("cell", "said", "guessed"),
    [
        ("88年6月3日", (1988, 6, 3, "solar"), "birthday_year"),
        ("八八年六月三日", (1988, 6, 3, "solar"), "birthday_year"),
        ("99年7月22日", (1999, 7, 22, "solar"), "birthday_year"),
        ("05年3月2日", (2005, 3, 2, "solar"), "birthday_year"),
        ("26年1月1日", (1926, 1, 1, "solar"), "birthday_year"),
        ("90-5-17", (1990, 5, 17, "solar"), "birthday_year"),
        ("880603", (1988, 6, 3, "solar"), "birthday_year"),
        ("17-May-90", (1990, 5, 17, "solar"), "birthday_year"),
        ("5/6/1990", (1990, 5, 6, "solar"), "birthday"),
        ("0517", (None, 5, 17, "solar"), "birthday"),
        (517.0, (None, 5, 17, "solar"), "birthday"),
        (10.1, (None, 10, 1, "solar"), "birthday"),
        ("八月十五", (None, 8, 15, "lunar"), "birthday"),
        ("5月17日左右", (None, 5, 17, "solar"), "birthday"),
        ("中秋节", (None, 8, 15, "lunar"), "birthday"),
        ("1990-05-17（农历四月廿三）", (1990, 5, 17, "solar"), "birthday"),
        (dt.date(2026, 5, 17), (None, 5, 17, "solar"), "birthday"),  # 5月17日 typed this year
        (dt.date(2026, 12, 17), (None, 12, 17, "solar"), "birthday"),
        (dt.date(2021, 5, 17), (None, 5, 17, "solar"), "birthday"),
    ],
)
def test_birthday_understood_by_a_guess_says_so(cell, said, guessed):
    assert read(cell) == (said, [guessed])


@pytest.mark.parametrize(
    "cell",
    [
        "",
        None,
        " ",
        "无",
        "不详",
        "待补",
        "待补充",
        "暂无",
        "未知",
        "未填",
        "-",
        "——",
        "/",
        "N/A",
        "n/a",
        "?",
        "？",
        "保密",
        "（无）",
        "不详。",
    ],
)
def test_word_for_not_knowing_is_a_blank(cell):
    assert read(cell) == (None, [])


@pytest.mark.parametrize("cell", ["1988年", "1988", 1988.0, "88年", "6月", "1988年6月", "属马", "35岁", "80后"])
def test_part_of_a_birthday_is_kept_in_words(cell):
    reading = read_birthday(cell, "", NIGHT)
    assert reading.born is None and reading.kept


@pytest.mark.parametrize(
    "cell",
    [
        "2月30日", "4月31日", "04-31", "13月5日", "13-05", "1990-13-01", "1990-02-30", "1990/2/30", "2001-02-29", "农历八月三十一",
        "农历8月31日", "2030-01-01", "2012-05-06", "2026-05-17", "1895-01-01", "05-00", "00-05", "32", "99999999", "abc", "春天",
        "农历1985年闰十月初三", dt.date(2027, 5, 1), dt.date(2012, 5, 6), dt.date(1890, 1, 1), True, "10年3月2日", "2月30", 2.3e9,
    ],
)  # fmt: skip
def test_birthday_that_cannot_be_is_refused(cell):
    with pytest.raises(BadBirthday) as refused:
        read_birthday(cell, "", NIGHT)
    assert str(refused.value)


@pytest.mark.parametrize(
    ("cell", "calendar", "said"),
    [
        ("08-15", "lunar", (None, 8, 15, "lunar")),
        (dt.date(1990, 5, 30), "lunar", (1990, 5, 30, "lunar")),
        ("八月十五", "solar", (None, 8, 15, "solar")),
        ("八月十五", "lunar", (None, 8, 15, "lunar")),
        ("闰5月17日", "lunar", (None, 5, 17, "lunar-leap")),
        ("农历八月十五", "solar", (None, 8, 15, "lunar")),  # its own words count
        ("5月17日（公历）", "lunar", (None, 5, 17, "solar")),
    ],
)
def test_calendar_column_counts_where_the_words_name_none(cell, calendar, said):
    assert read(cell, calendar)[0] == said


def test_words_against_their_column_are_remarked_on():
    assert read_birthday("农历八月十五", "solar", NIGHT).remarks


@settings(deadline=None)
@given(st.integers(1, 12), st.integers(1, 30), st.booleans())
def test_lunar_birthday_in_words_reads_back(month, day, is_leap):
    born = Birthday(month=month, day=day, calendar="lunar", is_leap=is_leap)
    assert read_birthday(lunar_words(born), "", NIGHT).born == born


@settings(deadline=None)
@given(
    st.dates(dt.date(1910, 1, 1), dt.date(2008, 11, 20)),
    st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"]),
)
def test_every_date_reads_back_in_every_form(day, form):
    assert read(day.strftime(form)) == ((day.year, day.month, day.day, "solar"), [])


@settings(deadline=None)
@given(st.one_of(st.text(max_size=20), st.floats(), st.integers(-10, 10**12)))
def test_no_cell_breaks_the_reading(cell):
    with contextlib.suppress(BadBirthday):
        read_birthday(cell, "", NIGHT)
