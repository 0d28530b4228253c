"""Sheets as other houses would keep them, each nastier than the last; every usable row comes in without hand work."""

import datetime as dt

import openpyxl
import pytest
import time_machine

from customers.models import Customer
from customers.tests.sheets import counts, faults, saved, take_in, warned, workbook
from staff.models import User

pytestmark = pytest.mark.django_db
NIGHT = dt.date(2026, 11, 20)


@pytest.fixture(autouse=True)
def _house(mgr1, mgr2):
    with time_machine.travel(dt.datetime(2026, 11, 24, 22, 0, tzinfo=dt.UTC)):
        yield


def guest(phone):
    return Customer.objects.get(phone=phone)


def born(phone):
    found = guest(phone)
    return found.birthday_year, found.birthday_month, found.birthday_day, found.birthday_calendar


def merged_house():
    """Merged titles and managers, a header of two lines printed again on every page, ditto marks, dates Excel made up."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "登记表"
    lines = [
        ["11月20日新增客户登记表（VIP部）"],
        [
            "序号",
            "客户\n姓名",
            "联系方式\n（必填）",
            "生 日",
            "地址",
            None,
            "会员卡",
            "喜好",
            "跟进经理",
            "备  注",
            "微信号",
        ],
        [None, None, None, None, "家庭", "单位", None, None, None, None, None],
        [
            1,
            "欧阳 子涵",
            13816550001,
            dt.datetime(2026, 5, 17),
            "南京东路1号",
            None,
            "金卡",
            "中包",
            "mgr1",
            None,
            "wx1",
        ],
        [2, "王芳", "138 1655 0002", "正月初八", "同上", "某某贸易", "V8801", None, None, "勿扰", None],
        [3, "李总（男）", "13816550003（微信同号）", 10.1, "同上", None, "银卡", "少冰", None, "电话预约", None],
        [None, "本页小计：3人", None, None, None, None, None, None, None, None, None],
        [
            "序号",
            "客户\n姓名",
            "联系方式\n（必填）",
            "生 日",
            "地址",
            None,
            "会员卡",
            "喜好",
            "跟进经理",
            "备  注",
            "微信号",
        ],
        [4, "赵刚", 13816550004.0, "属马", None, None, None, None, "mgr2", None, None],
        [5, "赵刚", "13816550004", "属马", None, None, None, None, None, None, None],
        [6, None, None, None, None, None, None, None, None, None, None],
        [
            7,
            "陈小姐",
            "１３８－１６５５－０００６",
            "12/30",
            None,
            "漕溪北路18号",
            "普卡",
            None,
            None,
            "白天不要打电话",
            None,
        ],
        [8, "孙八", "1381655", "1990-5-17", None, None, None, None, None, None, None],
        ["合计", None, 6, None, None, None, None, None, None, None, None],
        ["客服经理签字：林静", None, None, None, "审核：", None, None, None, None, None, None],
        ["（以下空白）", None, None, None, None, None, None, None, None, None, None],
        ["交表人：林静", None, "接收时间：", None, None, None, None, None, None, None, None],
        ["今日新增客户数", "6", None, None, None, None, None, None, None, None, None],
        ["注：以上资料次日12点前交售后服务部", None, None, None, None, None, None, None, None, None, None],
    ]
    for line in lines:
        sheet.append(line)
    for cells in ("A1:K1", "E2:F2", "I4:I6", "I9:I13", "A7:K7"):
        sheet.merge_cells(cells)
    sheet["D4"].number_format = 'm"月"d"日"'
    sheet.row_dimensions[5].hidden = True
    book.create_sheet("价目表").append(["姓名", "电话"])
    return saved(book)


def test_house_of_merged_cells_comes_in(mgr1, mgr2):
    report = take_in(merged_house())
    assert counts(report) == (7, 5, 0, 1, 1)
    assert faults(report) == [(13, "phone")]
    assert set(Customer.objects.values_list("night", flat=True)) == {NIGHT}
    first, second, third = (guest(f"+861381655000{n}") for n in (1, 2, 3))
    assert (first.name, first.home_address, first.tier.code, first.notes) == (
        "欧阳子涵",
        "南京东路1号",
        "gold",
        "喜好：中包",
    )
    assert (born(first.phone), first.needs_check) == ((None, 5, 17, "solar"), ["birthday"])
    assert (second.home_address, second.work_address, second.member_no, second.tier) == (
        "南京东路1号",
        "某某贸易",
        "V8801",
        None,
    )
    assert born(second.phone) == (None, 1, 8, "lunar") and not second.call_consent
    assert (third.name, third.name_is_partial, third.tier.code, born(third.phone)) == (
        "李总",
        True,
        "silver",
        (None, 10, 1, "solar"),
    )
    assert (
        sorted(third.needs_check) == ["birthday", "name"]
        and "微信同号" in third.notes
        and third.home_address == "南京东路1号"
    )
    assert [Customer.objects.filter(owner=user).count() for user in (mgr1, mgr2)] == [3, 2]
    assert "属马" in guest("+8613816550004").notes and guest("+8613816550004").is_incomplete
    assert warned(report, "header") == [2]  # 微信号
    assert counts(take_in(merged_house())) == (7, 0, 0, 6, 1)


def english_house():
    """A house with guests from abroad and an English register."""
    return workbook(
        ["Guest Register — Floor 3"],
        ["Date: 20 Nov 2026", None, "Prepared by: Lin"],
        [],
        ["No.", "Guest Name", "Mobile No.", "D.O.B.", "Calendar", "Residential Address", "Company", "Membership Level", "Card No.", "Account Manager", "SMS OK?", "Remarks"],
        [1, "Mr Chan", "+852 9123 4567", "17-May-90", None, "Flat 3B, 12 Nathan Road", "N/A", "Gold", "000123", "MGR1", "Y", "Do not call"],
        [2, "Mary-Jane O'Neil", "+1 (650) 253-0000", "5/17/1990", None, "n/a", "-", "Platinum", None, "mgr1", "yes", "likes room 888, no ice"],
        [3, "Wang Fang", 8613816550011.0, "May 17", None, "1 East Nanjing Road", None, "regular", None, "mgr2", "N", None],
        [4, "Ho Ka-yan", "+85291234568", "15 Aug", "Lunar", "x", None, None, None, "mgr2", None, "+1"],
        [5, "Lee", "91234567", None, None, None, None, None, None, None, None, None],
        [6, "unknown", "+85291234569", None, None, None, None, None, None, None, None, None],
        [7, "Kim Minjun", "0082 10 2345 6789", 33010, None, "Seoul", None, None, None, "Somebody Else", None, None],
        ["Total", 7],
        ["Signature:", None, None, "Checked by:"],
        title="Night",
    )  # fmt: skip


def test_house_with_guests_from_abroad_comes_in(mgr1):
    report = take_in(english_house())
    assert counts(report) == (7, 4, 0, 0, 3)
    assert faults(report) == [(9, "phone"), (10, "name"), (11, "owner")]
    chan = guest("+85291234567")
    assert (chan.name, chan.name_is_partial, chan.member_no, chan.owner, chan.night) == (
        "Mr Chan",
        True,
        "000123",
        mgr1,
        NIGHT,
    )
    assert (born(chan.phone), chan.work_address, chan.sms_consent, chan.call_consent) == (
        (1990, 5, 17, "solar"),
        "",
        True,
        False,
    )
    neil = guest("+16502530000")
    assert (neil.name, neil.tier, neil.is_incomplete, born(neil.phone)) == (
        "Mary-Jane O'Neil",
        None,
        True,
        (1990, 5, 17, "solar"),
    )
    assert born("+85291234568") == (None, 8, 15, "lunar") and guest("+85291234568").name == "Ho Ka-yan"
    assert warned(report, "tier") == [6]
    assert counts(take_in(english_house())) == (7, 0, 0, 4, 3)


def traditional_house():
    """Traditional characters, the sheet's area far from its corner, 姓 and 名 apart, two birthdays, two numbers, date and time apart."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "11.20"
    lines = [
        ["貴賓資料"],
        [],
        ["編號", "姓", "名", "手機", "座機", "陽曆生日", "農曆生日", "聯絡地址", "工作單位", "會員級別", "會員卡號", "客服經理", "登記日期", "時間", "是否接收短訊", "可否來電", "得知途徑", "特殊要求"],
        [1, "歐陽", "明", "13816550021", "021-52345678", "1990-05-17", None, "外灘1號", None, "普通會員", "a-1", "林静", dt.date(2026, 11, 21), dt.time(0, 40), "√", "×", "抖音", None],
        [2, "陳", "小美", None, "13816550022", None, "闰四月初三", None, "某公司", "鑽石", None, "mgr2", None, None, "是", "是", None, "拒收短信"],
        [3, "黃", None, "13816550023", None, "88.6.3", "四月十九", "x", None, None, None, None, "2026/11/19", "23:10", None, None, None, None],
        [4, "林", "志", "无", None, None, None, "x", None, None, None, None, None, None, None, None, None, None],
    ]  # fmt: skip
    for number, line in enumerate(lines):
        for at, value in enumerate(line):
            sheet.cell(row=number + 4, column=at + 3, value=value)
    return saved(book)


@pytest.mark.venue_zone
def test_house_of_traditional_characters_comes_in():
    report = take_in(traditional_house())
    assert counts(report) == (4, 3, 0, 0, 1)
    assert faults(report) == [(10, "phone")]
    first, second, third = (guest(f"+861381655002{n}") for n in (1, 2, 3))
    assert (first.name, born(first.phone), first.home_address, first.member_no) == (
        "歐陽明",
        (1990, 5, 17, "solar"),
        "外灘1號",
        "A-1",
    )
    assert (first.owner, first.sms_consent, first.call_consent, first.source) == (
        User.objects.get(username="mgr1"),
        True,
        False,
        "抖音",
    )
    assert (first.night, first.captured_at) == (NIGHT, dt.datetime(2026, 11, 20, 16, 40, tzinfo=dt.UTC))
    assert "021-52345678" in first.notes
    assert (second.birthday_is_leap, born(second.phone), second.tier.code, second.night) == (
        True,
        (None, 4, 3, "lunar"),
        "diamond",
        NIGHT,
    )
    assert (second.sms_consent, second.call_consent) == (False, True)
    assert (third.name, third.name_is_partial, born(third.phone)) == (
        "黃",
        True,
        (1988, 6, 3, "solar"),
    ) and "四月十九" in third.notes
    assert third.night == dt.date(2026, 11, 19)
    assert counts(take_in(traditional_house())) == (4, 0, 0, 3, 1)


@pytest.mark.parametrize("lines", range(10))
def test_header_may_stand_in_any_of_the_first_ten_rows(lines):
    report = take_in(
        workbook(
            *[[f"说明 {n}"] for n in range(lines)], ["姓名", "电话"], ["王芳", "13816550031"], ["不详", "13816550032"]
        )
    )
    assert counts(report) == (2, 1, 0, 0, 1)
    assert faults(report) == [(lines + 3, "name")]


def test_sheet_dated_in_the_future_is_tonights_with_a_warning():
    report = take_in(workbook(["日期：2027-01-01"], ["姓名", "电话"], ["王芳", "13816550031"]))
    assert counts(report) == (1, 1, 0, 0, 0) and warned(report, "captured_at") == [1]
    assert Customer.objects.get().night == dt.date(2026, 11, 24)


@pytest.mark.parametrize(
    ("cell", "tier", "number"),
    [
        ("金卡 V8801", "gold", "V8801"),
        ("银卡：0012", "silver", "0012"),
        ("V8801", None, "V8801"),
        ("钻石卡", "diamond", None),
    ],
)
def test_card_column_may_hold_tier_and_number(cell, tier, number):
    take_in(workbook(["姓名", "电话", "会员等级/卡号"], ["王芳", "13816550031", cell]))
    guest = Customer.objects.get()
    assert (guest.tier and guest.tier.code, guest.member_no) == (tier, number)


def test_name_is_taken_from_its_own_column_and_not_from_the_form_of_address():
    take_in(
        workbook(["称谓", "客户姓名", "联系人", "手机", "客服人员"], ["先生", "王强", "王太", "13816550031", "mgr1"])
    )
    assert list(Customer.objects.values_list("name", "owner__username")) == [("王强", "mgr1")]


def test_guest_without_a_number_is_named_and_never_passed_over_as_a_closing_line():
    rows = [
        ["王芳", "", "备注: 靠窗"],
        ["经理", "", ""],
        ["总经理", "", "x"],
        ["", "13816550031", "x"],
        ["合计", "13816550032", ""],
    ]
    report = take_in(workbook(["姓名", "电话", "备注"], *rows))
    assert faults(report) == [(2, "phone"), (3, "phone"), (4, "phone"), (5, "name")]
    assert report.rows == 5


def test_damaged_and_empty_cells_are_blanks():
    book = openpyxl.Workbook()
    for line in (
        ["姓名", "电话", "生日", "家庭住址", "备注"],
        ["王芳", 13816550031, "#N/A", "=1/0", "#REF!"],
        [" ", "\n", None, "　", ""],
    ):
        book.active.append(line)
    assert counts(take_in(saved(book))) == (1, 1, 0, 0, 0)
    assert (Customer.objects.get().home_address, Customer.objects.get().notes) == ("", "")
