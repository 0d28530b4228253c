"""`import_customers`, clause by clause of the contract."""

import datetime as dt
import itertools
import json
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.intake import importing
from customers.intake.importing import NothingToRead
from customers.models import Consent, Customer, MembershipTier
from customers.tests.factories import make_customer
from customers.tests.sheets import counts, csv_sheet, faults, take_in, warned, workbook
from staff import roles
from staff.tests.factories import make_user
from vipdesk import nights

pytestmark = [pytest.mark.django_db, pytest.mark.servers]

NOW = dt.datetime(2026, 11, 24, 22, 0, tzinfo=dt.UTC)
HEADER = "姓名,电话,生日,历法,家庭住址,工作地址,会员等级,会员号,客服经理,采集时间,短信同意,电话同意,来源,备注"
ENGLISH = "name,phone,birthday,calendar,home_address,work_address,tier,member_no,owner,captured_at,sms_consent,call_consent,source,notes"
FULL = [
    "王芳",
    "13816552203",
    "1990-05-17",
    "公历",
    "南京东路1号",
    "漕溪北路18号",
    "金卡",
    "V1",
    "mgr1",
    "2026-11-20 23:10",
    "是",
    "否",
    "朋友",
    "靠窗",
]


@pytest.fixture(autouse=True)
def _house(mgr1, mgr2):
    with time_machine.travel(NOW, tick=False):
        yield


def row(**cells):
    """A row in the order of HEADER with everything but what is named left blank."""
    names = ENGLISH.split(",")
    usual = {"name": "王芳", "phone": "13816552203"}
    return [(usual | cells).get(name, "") for name in names]


def take(*rows, **how):
    return take_in(csv_sheet(HEADER, *rows), **how)


def only():
    return Customer.objects.get()


# --- a file --------------------------------------------------------------------------------------------------------


@pytest.mark.venue_zone
@pytest.mark.parametrize("header", [HEADER, ENGLISH, ENGLISH.upper().replace("_", " ")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_each_encoding_and_language_comes_in_whole(header, encoding, mgr1):
    assert counts(take_in(csv_sheet(header, FULL, encoding=encoding))) == (1, 1, 0, 0, 0)
    guest = only()
    assert (guest.name, guest.phone, guest.home_address, guest.work_address) == (
        "王芳",
        "+8613816552203",
        "南京东路1号",
        "漕溪北路18号",
    )
    assert (guest.birthday_year, guest.birthday_month, guest.birthday_day, guest.birthday_calendar) == (
        1990,
        5,
        17,
        "solar",
    )
    assert (guest.tier and guest.tier.code, guest.member_no, guest.owner, guest.source, guest.notes) == (
        "gold",
        "V1",
        mgr1,
        "朋友",
        "靠窗",
    )
    assert guest.captured_at == dt.datetime(2026, 11, 20, 15, 10, tzinfo=dt.UTC) and guest.captured_time_known
    assert (guest.night, guest.captured_by, guest.origin, guest.intake_status) == (
        dt.date(2026, 11, 20),
        mgr1,
        "import",
        "new",
    )
    assert (guest.sms_consent, guest.call_consent, guest.is_incomplete, guest.needs_check) == (True, False, False, [])
    assert set(guest.consents.values_list("kind", "action", "channel")) == {
        ("sms", "granted", "import"),
        ("call", "refused", "import"),
    }


@pytest.mark.parametrize("delimiter", [";", "\t", "|", ","])
def test_csv_with_another_delimiter_comes_in(delimiter):
    assert counts(take_in(csv_sheet(HEADER, FULL, delimiter=delimiter))) == (1, 1, 0, 0, 0)


def test_workbook_comes_in_like_the_csv():
    assert counts(take_in(workbook(HEADER.split(","), FULL))) == (1, 1, 0, 0, 0)
    assert counts(take(FULL)) == (1, 0, 0, 1, 0)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\xef\xbb\xbf", b"\n\n", b"a,b\n1,2\n", "姓名,生日\n王芳,05-17\n".encode(), b"PK\x03\x04 no workbook", b"\xd0\xcf\x11\xe0 no workbook",
        b"<html><table><tr><td>x</td></tr></table></html>", b"\x00\x01\x02\x03", workbook(["x"]), workbook([]),
    ],
)  # fmt: skip
def test_file_without_guests_says_so_in_one_line(data):
    with pytest.raises(NothingToRead) as refused:
        take_in(data)
    assert str(refused.value) and "\n" not in str(refused.value)


def test_header_alone_is_a_sheet_of_no_guests():
    assert counts(take()) == (0, 0, 0, 0, 0)


def test_broken_byte_costs_one_cell_and_not_the_file():
    data = csv_sheet("姓名,电话,备注", ["王芳", "13816552203", "好"], ["李明", "13816552204", "靠窗的"]).replace(
        "好".encode(), b"\xff"
    )
    assert counts(take_in(data)) == (2, 2, 0, 0, 0)
    assert set(Customer.objects.values_list("name", flat=True)) == {"王芳", "李明"}


def test_quote_that_nobody_closed_swallows_no_rows():
    data = '姓名,电话,生日,家庭住址\n王芳,13816552203,,"南京东路1号\n李明,13816552204,,南京东路2号\n赵刚,13816552205,,南京东路3号\n'.encode()
    assert counts(take_in(data)) == (3, 3, 0, 0, 0)


def test_notes_of_several_lines_are_one_row():
    assert counts(take(row(notes="靠窗，安静\n不吃辣,不喝啤酒"), row(phone="13816552204"))) == (2, 2, 0, 0, 0)
    assert Customer.objects.get(phone="+8613816552203").notes == "靠窗，安静\n不吃辣,不喝啤酒"


# --- a row ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "不详"}, "name"),
        ({"name": "无"}, "name"),
        ({"name": "待补"}, "name"),
        ({"name": "12345"}, "name"),
        ({"phone": ""}, "phone"),
        ({"phone": "无"}, "phone"),
        ({"phone": "12345"}, "phone"),
        ({"phone": "021-52345678"}, "phone"),
        ({"birthday": "2月30日"}, "birthday"),
        ({"birthday": "1990-13-01"}, "birthday"),
        ({"birthday": "31", "calendar": "农历"}, "birthday"),
        ({"birthday": "2012-05-17"}, "birthday"),
        ({"owner": "nobody"}, "owner"),
        ({"captured_at": "2026-11-26"}, "captured_at"),
        ({"captured_at": "2026-11-25 06:01"}, "captured_at"),
    ],
)
def test_row_that_cannot_come_in_is_named_and_the_others_stay(cells, field):
    report = take(row(phone="13816552204"), row(**cells), row(phone="13816552205"))
    assert counts(report) == (3, 2, 0, 0, 1)
    assert faults(report) == [(3, field)]
    assert report.errors[0].message


def test_row_with_several_faults_is_one_error_that_names_them_all():
    report = take(row(name="", phone="12", birthday="2月30日"))
    assert faults(report) == [(2, "name")]
    assert "[phone]" in report.errors[0].message and "[birthday]" in report.errors[0].message


@pytest.mark.parametrize("word", ["", "无", "不详", "待补", "-", "N/A"])
def test_missing_birthday_or_address_comes_in_incomplete(word):
    report = take(
        row(birthday=word, home_address="南京东路1号"),
        row(phone="13816552204", birthday="05-17", home_address=word, work_address=word),
    )
    assert counts(report) == (2, 2, 0, 0, 0)
    assert list(Customer.objects.values_list("is_incomplete", flat=True)) == [True, True]
    assert (warned(report, "birthday"), warned(report, "home_address")) == ([2], [3])
    assert set(Customer.objects.values_list("home_address", flat=True)) == {"南京东路1号", ""}


def test_guess_is_marked_for_the_manager_to_confirm():
    report = take(row(name="张总", birthday="88年6月3日", home_address="x"))
    guest = only()
    assert (guest.name, guest.name_is_partial, guest.birthday_year, guest.is_incomplete) == ("张总", True, 1988, True)
    assert guest.needs_check == ["birthday_year", "name"]
    assert warned(report, "name") == [2] and warned(report, "birthday") == [2]


@pytest.mark.parametrize("name", ["吴 静", "吴　静", "吴静 ", "吴静（先生）", "'吴静"])
def test_name_is_tidied(name):
    take(row(name=name))
    assert only().name == "吴静"


def test_second_number_in_a_cell_is_kept_in_the_notes():
    report = take(row(phone="13816552203/13900002222", notes="靠窗"))
    assert only().notes == "靠窗\n电话：13900002222"
    assert warned(report, "phone") == [2]
    assert counts(take(row(phone="13816552203/13900002222", notes="靠窗"))) == (1, 0, 0, 1, 0)


def test_owner_is_found_by_login_name_or_by_a_name_that_is_one_persons(mgr1, mgr2):
    report = take(row(owner="MGR1 "), row(phone="13816552204", owner="高强"))
    assert [guest.owner for guest in Customer.objects.order_by("phone")] == [mgr1, mgr2]
    assert warned(report, "owner") == [3]


def test_name_of_two_people_is_no_owner():
    make_user("mgr3", display_name="林静")
    assert faults(take(row(owner="林静"))) == [(2, "owner")]


def test_owner_who_left_or_sells_nothing_is_warned_about():
    make_user("gone", is_active=False)
    make_user("back", roles.AFTERSALES)
    report = take(row(owner="gone"), row(phone="13816552204", owner="back"))
    assert counts(report)[1] == 2 and warned(report, "owner") == [2, 3]


@pytest.mark.parametrize("word", ["金卡", "金卡会员", "gold", "Gold", "GOLD card", "VIP金卡", "金"])
def test_tier_is_known_by_any_of_its_names(word):
    take(row(tier=word))
    assert only().tier == MembershipTier.objects.get(code="gold")


@pytest.mark.parametrize("word", ["普通", "普卡", "普通会员", "普通卡", "regular"])
def test_regular_tier_is_known_by_any_of_its_names(word):
    take(row(tier=word))
    assert only().tier == MembershipTier.objects.get(code="regular")


def test_unknown_tier_is_left_out_with_a_warning():
    report = take(row(tier="黑金"))
    assert counts(report) == (1, 1, 0, 0, 0) and warned(report, "tier") == [2]
    assert only().tier is None


@pytest.mark.venue_zone
@pytest.mark.parametrize(
    ("cell", "night", "clock"),
    [
        ("2026-11-20", dt.date(2026, 11, 20), None),
        ("2019/1/5", dt.date(2019, 1, 5), None),
        ("2026年11月20日", dt.date(2026, 11, 20), None),
        ("2026-11-20 23:10", dt.date(2026, 11, 20), "2026-11-20T15:10:00+00:00"),
        ("2026-11-21 00:40", dt.date(2026, 11, 20), "2026-11-20T16:40:00+00:00"),
        ("2026-11-21T11:59:59", dt.date(2026, 11, 20), "2026-11-21T03:59:59+00:00"),
        ("2026-11-21 12:00", dt.date(2026, 11, 21), "2026-11-21T04:00:00+00:00"),
        ("2026-11-20T15:10:00Z", dt.date(2026, 11, 20), "2026-11-20T15:10:00+00:00"),
        ("2026年11月20日 23:10", dt.date(2026, 11, 20), "2026-11-20T15:10:00+00:00"),
    ],
)
def test_date_alone_is_the_night_and_with_a_time_a_moment(cell, night, clock, mgr1):
    take(row(captured_at=cell, owner="mgr1"))
    guest = only()
    assert (guest.night, guest.captured_time_known, guest.captured_by) == (night, clock is not None, mgr1)
    assert guest.captured_at == (dt.datetime.fromisoformat(clock) if clock else nights.moment_in(night, dt.time(20)))


def test_undated_row_is_tonights_and_nobodys_count(mgr1):
    take(row(owner="mgr1"))
    assert (only().night, only().captured_by, only().owner) == (nights.tonight(), None, mgr1)


def test_time_that_cannot_be_read_is_left_out_with_a_warning():
    report = take(row(captured_at="昨晚"))
    assert counts(report)[1] == 1 and warned(report, "captured_at") == [2]


# --- consent -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "said"),
    [(word, True) for word in ("是", "yes", "Y", "1", "√", "✓", "同意", "TRUE")]
    + [(word, False) for word in ("否", "no", "N", "0", "×", "不同意", "不", "", "maybe")],
)
def test_consent_is_what_the_cell_says_and_a_blank_is_no(cell, said):
    take(row(sms_consent=cell))
    assert only().sms_consent is said
    logged = [] if cell in ("", "maybe") else ["granted" if said else "refused"]
    assert list(Consent.objects.values_list("action", flat=True)) == logged


@pytest.mark.parametrize(
    "notes",
    [
        "不要打电话",
        "请勿打电话",
        "不接电话",
        "别打电话",
        "不要电话",
        "拒绝来电",
        "勿扰",
        "喜欢中包，不要打电话",
        "Do not call",
    ],
)
def test_words_in_the_notes_refuse_calls_whatever_the_column_says(notes):
    report = take(row(notes=notes, call_consent="是"))
    assert only().call_consent is False and only().notes == notes
    assert Consent.objects.get(kind="call").action == "refused"
    assert warned(report, "call_consent") == [2]
    assert counts(take(row(notes=notes, call_consent="是"))) == (1, 0, 0, 1, 0)


@pytest.mark.parametrize(
    "notes", ["晚上10点后联系", "电话预约", "别忘了打电话", "存有芝华士一瓶", "不吃辣，到店前电话确认"]
)
def test_other_words_in_the_notes_refuse_nothing(notes):
    take(row(notes=notes, call_consent="是", sms_consent="是"))
    assert (only().call_consent, only().sms_consent) == (True, True)


def test_words_in_the_notes_refuse_messages():
    take(row(notes="不要发短信", call_consent="是", sms_consent="是"))
    assert (only().call_consent, only().sms_consent) == (True, False)


# --- a guest on file -----------------------------------------------------------------------------------------------


def test_row_updates_the_guest_who_has_the_number(mgr1):
    guest = make_customer(name="王方", phone="+8613816552203", owner=mgr1, home_address="旧址")
    before = Customer.objects.values("captured_at", "night", "source", "origin", "captured_by").get()
    report = take([*FULL[:8], "mgr2", "2020-01-01", "", "", "别处", FULL[13]], user=mgr1)
    assert counts(report) == (1, 0, 1, 0, 0)
    guest.refresh_from_db()
    assert (guest.name, guest.home_address, guest.notes, guest.tier and guest.tier.code) == (
        "王芳",
        "南京东路1号",
        "靠窗",
        "gold",
    )
    assert Customer.objects.values("captured_at", "night", "source", "origin", "captured_by").get() == before
    assert guest.owner == mgr1
    assert [warned(report, field) for field in ("owner", "source", "captured_at")] == [[2], [2], [2]]
    [event] = guest.events.all()
    assert (event.name, event.pgh_context) == (
        "王方",
        {"user": mgr1.pk, "reason": "{history.imported|filename=sheet}", "kind": "import"},
    )


def test_blank_cells_erase_nothing():
    take(FULL)
    before = Customer.objects.values().get()
    assert counts(take(row())) == (1, 0, 0, 1, 0)
    assert Customer.objects.values().get() == before


def test_owner_fills_a_blank(mgr2):
    make_customer(phone="+8613816552203", name="王芳")
    take(row(owner="mgr2"))
    assert only().owner == mgr2


def test_surname_alone_does_not_replace_a_whole_name():
    make_customer(phone="+8613816552203", name="王芳")
    report = take(row(name="王小姐"))
    assert counts(report) == (1, 0, 0, 1, 0) and only().name == "王芳" and 2 in warned(report, "name")


def test_whole_name_replaces_a_surname_and_its_mark():
    take(row(name="王小姐", birthday="88年6月3日"))
    take(row(name="王芳"))
    assert (only().name, only().name_is_partial, only().needs_check) == ("王芳", False, ["birthday_year"])


def test_birthday_without_a_year_does_not_take_the_year_away():
    take(row(birthday="1988-06-03"))
    assert counts(take(row(birthday="6月3日"))) == (1, 0, 0, 1, 0)
    assert counts(take(row(birthday="89年6月3日"))) == (1, 0, 0, 1, 0)
    assert only().birthday_year == 1988 and only().needs_check == []


def test_no_of_a_sheet_withdraws_and_a_later_yes_does_not_bring_it_back():
    take(row(sms_consent="是"))
    assert counts(take(row(sms_consent="否"))) == (1, 0, 1, 0, 0)
    assert list(Consent.objects.order_by("pk").values_list("action", flat=True)) == ["granted", "withdrawn"]
    report = take(row(sms_consent="是"))
    assert counts(report) == (1, 0, 0, 1, 0) and warned(report, "sms_consent") == [2]
    assert only().sms_consent is False


def test_yes_of_a_sheet_is_taken_from_a_guest_who_was_never_asked():
    take(row())
    assert counts(take(row(sms_consent="yes"))) == (1, 0, 1, 0, 0)
    assert only().sms_consent is True


def test_new_words_in_the_notes_withdraw_the_consent_to_calls():
    take(row(call_consent="是"))
    assert counts(take(row(notes="不要打电话"))) == (1, 0, 1, 0, 0)
    assert only().call_consent is False and Consent.objects.latest("pk").action == "withdrawn"


def test_member_number_that_is_taken_is_left_out_with_a_warning():
    make_customer(phone="+8613900000001", member_no="V1")
    report = take(
        row(member_no="V1"), row(phone="13816552204", member_no="v2"), row(phone="13816552205", member_no="V2")
    )
    assert counts(report) == (3, 3, 0, 0, 0)
    assert warned(report, "member_no") == [2, 4]
    assert dict(Customer.objects.values_list("phone", "member_no")) == {
        "+8613900000001": "V1", "+8613816552203": None, "+8613816552204": "V2", "+8613816552205": None,
    }  # fmt: skip


@pytest.mark.parametrize("dry_run", [False, True])
def test_member_number_given_up_in_the_same_file_goes_to_the_row_that_asked(dry_run):
    take(row(member_no="V1"))
    sheet = [row(phone="13816552204", member_no="V1"), row(member_no="V2")]
    report = take(*sheet, dry_run=dry_run)
    assert counts(report) == (2, 1, 1, 0, 0) and not warned(report, "member_no")
    if not dry_run:
        assert dict(Customer.objects.values_list("phone", "member_no")) == {
            "+8613816552203": "V2",
            "+8613816552204": "V1",
        }
        assert counts(take(*sheet)) == (2, 0, 0, 2, 0)


def test_number_left_out_early_in_a_long_file_stays_left_out(monkeypatch):
    monkeypatch.setattr(importing, "ROWS_AT_ONCE", 2)
    sheet = [row(phone=f"1381655220{n}", member_no="V1" if n < 2 else f"V{n}") for n in range(6)]
    for expected in ((6, 6, 0, 0, 0), (6, 0, 0, 6, 0)):
        report = take(*sheet)
        assert counts(report) == expected and warned(report, "member_no") == [3]


def test_two_guests_cannot_swap_member_numbers_but_nothing_breaks():
    take(row(member_no="V1"), row(phone="13816552204", member_no="V2"))
    sheet = [row(member_no="V2"), row(phone="13816552204", member_no="V1")]
    assert counts(take(*sheet)) == (2, 0, 0, 2, 0)


# --- one number twice ----------------------------------------------------------------------------------------------


def test_row_like_an_earlier_one_is_unchanged_however_it_is_written():
    report = take(FULL, [FULL[0], "+86 138-1655-2203", "1990年5月17日", *FULL[3:]], row(phone="13816552204"))
    assert counts(report) == (3, 2, 0, 1, 0)


def test_later_row_with_other_content_is_refused_and_names_the_first():
    others = [row(phone=f"138000000{n:02d}") for n in range(20)]
    report = take(row(), *others, row(phone="１３８１６５５２２０３", name="李明"), row(name="赵刚"))
    assert counts(report) == (23, 21, 0, 0, 2)
    assert faults(report) == [(23, "phone"), (24, "phone")]
    assert all("2" in line.message.split() for line in report.errors)
    assert Customer.objects.get(phone="+8613816552203").name == "王芳"


def test_refused_row_does_not_stand_in_the_way_of_a_good_one():
    report = take(row(birthday="2月30日"), row(birthday="3月1日"))
    assert counts(report) == (2, 1, 0, 0, 1) and faults(report) == [(2, "birthday")]


# --- repeating -----------------------------------------------------------------------------------------------------


def test_second_run_changes_nothing(django_assert_max_num_queries):
    sheet = [
        FULL,
        row(phone="13816552204", name="张总", birthday="88年6月3日", notes="不要打电话", call_consent="是"),
        row(phone="+852 9123 4567", birthday="闰5月17日"),
    ]
    assert counts(take(*sheet)) == (3, 3, 0, 0, 0)
    before = list(Customer.objects.order_by("pk").values())
    with time_machine.travel(NOW + dt.timedelta(days=1)), django_assert_max_num_queries(12):
        assert counts(take(*sheet)) == (3, 0, 0, 3, 0)
    assert list(Customer.objects.order_by("pk").values()) == before
    assert Consent.objects.count() == 3
    assert not any(guest.events.exists() for guest in Customer.objects.all())


def test_dry_run_says_the_same_and_writes_nothing():
    make_customer(phone="+8613816552204", name="李明")
    sheet = [FULL, row(phone="13816552204", name="黎明"), row(name="不详"), row(phone="13816552204", name="黎明")]
    before = list(Customer.objects.values())
    trial = take(*sheet, dry_run=True)
    assert list(Customer.objects.values()) == before and not Consent.objects.exists()
    assert trial.as_json() == take(*sheet).as_json()


LINES = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["王芳", "张总", "李明（先生）", "不详", "=cmd()", "O'Neil"]),
        "phone": st.sampled_from(
            ["13816552203", "+86 138 1655 2203", "13816552204", "13816552205", "12", "+852 9123 4567"]
        ),
        "birthday": st.sampled_from(["", "05-17", "1990-05-17", "88年6月3日", "农历八月十五", "2月30日", "不详"]),
        "home_address": st.sampled_from(["", "南京东路1号", "无"]),
        "member_no": st.sampled_from(["", "V1", "V2", "V3"]),
        "owner": st.sampled_from(["", "mgr1", "mgr2", "高强"]),
        "tier": st.sampled_from(["", "金卡", "黑金"]),
        "sms_consent": st.sampled_from(["", "是", "否"]),
        "call_consent": st.sampled_from(["", "是", "否"]),
        "notes": st.sampled_from(["", "靠窗", "不要打电话", "勿扰"]),
        "captured_at": st.sampled_from(["", "2026-11-20", "2026-11-21 00:40", "2027-01-01"]),
    }
)


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.lists(LINES, max_size=7), st.lists(LINES, max_size=7))
def test_any_two_sheets_add_up_and_may_be_repeated(first, second):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importing, "ROWS_AT_ONCE", 2)
        for lines in (first, second):
            _take_twice([row(**line) for line in lines])


def _take_twice(sheet):
    trial = take(*sheet, dry_run=True)
    report = take(*sheet)
    counts(report)
    assert trial.as_json() == report.as_json()
    before = list(Customer.objects.order_by("pk").values()), Consent.objects.count()
    again = take(*sheet)
    assert (again.created, again.updated) == (0, 0)
    assert faults(again) == faults(report)
    assert (list(Customer.objects.order_by("pk").values()), Consent.objects.count()) == before


# --- the command ---------------------------------------------------------------------------------------------------


def run(*arguments):
    out = StringIO()
    call_command("import_customers", *arguments, stdout=out)
    return out.getvalue()


def test_command_prints_one_json_document(tmp_path):
    path = tmp_path / "c.csv"
    path.write_bytes(csv_sheet(HEADER, FULL, row(phone="13816552204", name="")))
    report = json.loads(run(str(path), "--format", "json"))
    assert {k: report[k] for k in ("rows", "created", "updated", "unchanged", "rejected")} == {
        "rows": 2,
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "rejected": 1,
    }
    assert [set(line) for line in report["errors"]] == [{"row", "field", "message"}]
    assert "1 unchanged" in run(str(path)) and "row 3, name: refused" in run(str(path))


def test_command_with_nothing_to_read_stops_with_one_line(tmp_path):
    (tmp_path / "c.csv").write_bytes(b"")
    for path in (tmp_path / "c.csv", tmp_path / "none.csv", tmp_path):
        with pytest.raises(CommandError) as stopped:
            run(str(path), "--format", "json")
        assert "\n" not in str(stopped.value)


def test_any_order_of_rows_makes_the_same_guests():
    sheet = [
        FULL,
        row(phone="13816552204", name="张总", notes="不要打电话"),
        row(phone="+852 9123 4567", birthday="农历八月十五"),
    ]
    found = set()
    facts = ("name", "phone", "birthday_month", "notes", "sms_consent", "member_no", "night")
    for order in itertools.permutations(sheet):
        with transaction.atomic():
            take(*order)
            found.add(frozenset(Customer.objects.values_list(*facts)))
            transaction.set_rollback(True)
    assert len(found) == 1 and len(found.pop()) == 3
