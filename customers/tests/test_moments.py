"""When a guest was captured, and the date a sheet gives itself."""

import datetime as dt

import pytest

from customers.intake.moments import is_to_come, read_when, sheet_date

NOW = dt.datetime(2026, 11, 24, 14, 0, tzinfo=dt.UTC)  # 22:00 at the venue
SHEET = dt.date(2026, 11, 20)


@pytest.mark.parametrize(
    "cell",
    [
        "2026-11-20", "2026/11/20", "2026.11.20", "2026年11月20日", "20261120", "11月20日", "11/20", "11-20", "11/20/2026", "20/11/2026",
        "20 Nov 2026", "Nov 20, 2026", "26.11.20", "2026-11-20（星期五）", "２０２６-１１-２０", "46346", 46346.0, dt.date(2026, 11, 20),
    ],
)  # fmt: skip
def test_date_alone_is_the_night(cell):
    when = read_when(cell, SHEET, NOW)
    assert when is not None and (when.night, when.is_exact) == (SHEET, False)


@pytest.mark.venue_zone
@pytest.mark.parametrize(
    "cell",
    [
        "2026-11-20 23:10", "2026/11/20 23:10:00", "2026年11月20日 23:10", "2026年11月20日23时10分", "11月20日 23:10", "23:10", "晚上11:10",
        "11:10 PM", "2026/11/20 11:10 PM", "2026-11-20 下午 11:10", "2026-11-20T23:10:00+08:00", "2026-11-20T15:10:00Z",
        dt.datetime(2026, 11, 20, 23, 9, 59, 999_700), dt.time(23, 10), 46346 + 1390 / 1440,
    ],
)  # fmt: skip
def test_date_with_a_time_is_a_moment(cell):
    when = read_when(cell, SHEET, NOW)
    assert when is not None and when.is_exact
    assert (when.night, when.at) == (SHEET, dt.datetime(2026, 11, 20, 15, 10, tzinfo=dt.UTC))


@pytest.mark.venue_zone
@pytest.mark.parametrize("cell", ["2026-11-21 00:40", "00:40", "凌晨0:40", "24:40", "2026-11-20 24:40", dt.time(0, 40)])
def test_hours_after_midnight_belong_to_the_night_before(cell):
    when = read_when(cell, SHEET, NOW)
    assert when is not None and when.at == dt.datetime(2026, 11, 20, 16, 40, tzinfo=dt.UTC) and when.night == SHEET


@pytest.mark.parametrize("cell", ["昨晚", "2026-13-01", "2026-02-30", "abc", "99:99", "12345"])
def test_what_is_no_time_is_none(cell):
    assert read_when(cell, SHEET, NOW) is None


@pytest.mark.venue_zone
@pytest.mark.parametrize(
    ("cell", "future"),
    [("2026-11-24", False), ("2026-11-25", True), ("2026-11-24 22:01", True), ("2026-11-24 22:00", False)],
)
def test_future_is_known_by_the_night_or_the_moment(cell, future):
    when = read_when(cell, None, NOW)
    assert when is not None and is_to_come(when, NOW) is future


def test_night_of_today_is_no_future_before_noon():
    morning = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
    when = read_when("2026-11-24", None, morning)
    assert when is not None and not is_to_come(when, morning)


@pytest.mark.parametrize(
    ("above", "name"),
    [
        ([["VIP客户资料登记表"], ["日期：", dt.date(2026, 11, 20), "", "部门：营销部"]], "登记表"),
        ([["日期", "", "", dt.datetime(2026, 11, 20)]], "x"),
        ([["日期:2026.11.20    客服经理：林静"]], "x"),
        ([["客户资料表 2026年11月20日"]], "x"),
        ([["11月20日客户登记表"]], "x"),
        ([["制表日期：2026-11-25", "登记日期：2026.11.20"]], "x"),
        ([["打印日期：2026-11-25"], ["2026-11-20 晚"]], "x"),
        ([["Guest register"], ["Date: 20 November 2026"]], "x"),
        ([["Date:", "20/11/2026"]], "x"),
        ([["日期：", 46346.0]], "x"),
        ([["制表日期", "2026-11-20"]], "x"),
        ([["客户资料表"]], "11.20"),
        ([], "11月20日"),
        ([], "20261120"),
    ],
)
def test_sheet_says_its_own_date(above, name):
    assert sheet_date(above, name, NOW) == SHEET


@pytest.mark.parametrize(
    ("above", "name"), [([["2026年11月客户表"]], "11月"), ([["电话 021-52345678"]], "Sheet1"), ([["第3页"]], "2026")]
)
def test_sheet_without_a_date_says_none(above, name):
    assert sheet_date(above, name, NOW) is None
