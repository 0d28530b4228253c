"""The night's sheet as a file: whole, harmless, stamped, and coming in again without a change."""

import csv
import datetime as dt
import hashlib
import io
import itertools

import openpyxl
import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers import names
from customers.intake.exporting import export_intake
from customers.intake.headers import OUR_HEADERS
from customers.intake.writing import write_intake
from customers.models import AccessLog, Consent, Customer, IntakeExport, MembershipTier
from customers.tests.factories import make_customer
from customers.tests.sheets import counts, take_in
from staff.tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.venue_zone, pytest.mark.servers]
NIGHT = dt.date(2026, 11, 20)
EVENING = dt.datetime(2026, 11, 20, 15, 10, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(dt.datetime(2026, 11, 24, 22, 0, tzinfo=dt.UTC), tick=False):
        yield


def written(kind="xlsx", night=NIGHT):
    stream = io.BytesIO()
    write_intake(night, kind, stream)
    return stream.getvalue()


def captured(**facts):
    return make_customer(**({"captured_at": EVENING} | facts))


NASTY = ["=cmd|'/C calc'!A0", "+1+1", "-1", "@SUM(A1)", "\tx", "＝1", "＋1", "－1", "＠x", "'=1", "''x", "'x", "+8613800000000", "_x0041_", "1e5", "007", "无", " a  b ", "a\r\nb", "a,b;\"c\"\td", "'", "''", '"', '""', "〃", "″", "同上", "ditto", "do.", '="0012"', '="a""b"', "'同上"]  # fmt: skip


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_sheet_comes_in_again_unchanged_whatever_stands_in_it(kind, language, mgr1):
    for number, text in enumerate(NASTY):
        captured(
            **_as_name(f"{text}王芳"),
            home_address=text,
            notes=f"{text}\n{text}",
            source=text,
            member_no=f"{number}{text}"[:20].strip().upper(),
            owner=mgr1,
        )
    before = list(Customer.objects.order_by("pk").values())
    with translation.override(language):
        report = take_in(written(kind))
    assert [(line.row, line.field, line.message) for line in report.errors] == []
    assert list(Customer.objects.order_by("pk").values()) == before
    assert counts(report) == (len(NASTY), 0, 0, len(NASTY), 0)


@pytest.mark.parametrize("text", NASTY)
def test_no_csv_cell_is_a_formula(text):
    captured(name=f"{text}王", home_address=text, work_address=text, notes=text, source=text)
    [_header, row] = csv.reader(io.StringIO(written("csv").decode("utf-8-sig"), newline=""))
    for cell in row:
        assert cell[:1] not in tuple("=-@\t\r＝＋－＠") or not cell
        assert not cell.startswith("+") or cell[1:].isdecimal()


def test_workbook_holds_typed_cells_and_no_formula(mgr1, mgr2):
    captured(name="=1+1", owner=mgr1, birthday_year=1990, member_no="007")
    captured(name="王芳", owner=mgr2, birthday_year=None, captured_at=EVENING + dt.timedelta(minutes=90))
    book = openpyxl.load_workbook(io.BytesIO(written()))
    assert book.sheetnames == ["All", "林静", "高强"]
    sheet = book["All"]
    assert (sheet.freeze_panes, sheet.max_row) == ("C2", 3)
    head = [cell.value for cell in sheet[1]]
    assert head[:3] == ["name", "phone", "birthday"]
    cells = dict(zip(head, sheet[2], strict=True))
    assert (cells["name"].value, cells["name"].data_type) == ("=1+1", "s")
    assert (
        cells["phone"].data_type == "s"
        and cells["phone"].number_format == "@"
        and cells["phone"].value.startswith("+86139")
    )
    assert (cells["birthday"].value, cells["birthday"].is_date) == (dt.datetime(1990, 5, 17), True)
    assert cells["captured_at"].value == dt.datetime(2026, 11, 20, 23, 10)
    assert cells["member_no"].value == "007"
    assert dict(zip(head, sheet[3], strict=True))["birthday"].value == "05-17"
    assert [row[0].value for row in book["高强"].iter_rows(min_row=2)] == ["王芳"]


def test_sheet_in_chinese_has_chinese_headers_and_words():
    captured(
        birthday_month=4,
        birthday_day=3,
        birthday_calendar="lunar",
        birthday_is_leap=True,
        tier=MembershipTier.objects.get(code="gold"),
    )
    with translation.override("zh-hans"):
        [head, row] = csv.reader(io.StringIO(written("csv").decode("utf-8-sig")))
    assert head == list(OUR_HEADERS.values())
    said = dict(zip(head, row, strict=True))
    assert (said["生日"], said["历法"], said["会员等级"], said["短信同意"]) == ("农历闰四月初三", "农历", "金卡", "否")


def test_only_the_nights_guests_with_a_number_stand_in_the_sheet():
    for at, name in (
        (EVENING, "甲甲"),
        (EVENING + dt.timedelta(hours=13), "乙乙"),
        (EVENING - dt.timedelta(days=1), "丙丙"),
        (EVENING + dt.timedelta(hours=3), "丁丁"),
    ):
        captured(captured_at=at, name=name)
    captured(phone=None, name="戊戊")
    rows = list(csv.DictReader(io.StringIO(written("csv").decode("utf-8-sig"))))
    assert [(row["name"], row["captured_at"]) for row in rows] == [
        ("甲甲", "2026-11-20 23:10"),
        ("丁丁", "2026-11-21 02:10"),
    ]


def test_managers_with_awkward_names_have_a_sheet_each():
    for number, name in enumerate(["a/b:c*", "a b c", "A B C", "'quoted'", "x" * 40, "X" * 35, "History", "All"]):
        captured(owner=make_user(f"m{number}", display_name=name))
    captured(owner=None)
    sheets = openpyxl.load_workbook(io.BytesIO(written())).sheetnames
    assert len(sheets) == len({name.casefold() for name in sheets}) == 10
    assert all(0 < len(name) <= 31 for name in sheets) and sheets[0] == "All"


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_same_content_gives_the_same_bytes(kind, mgr1):
    captured(owner=mgr1)
    first = written(kind)
    with time_machine.travel(dt.datetime(2027, 1, 1, tzinfo=dt.UTC)):
        assert written(kind) == first
    Customer.objects.update(notes="x")
    assert written(kind) != first


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_night_without_guests_is_a_header_alone(kind):
    assert counts(take_in(written(kind))) == (0, 0, 0, 0, 0)


# --- any guest -----------------------------------------------------------------------------------------------------

_numbers = itertools.count(1)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=25)


def _as_name(text):
    try:
        name = names.read_name(text)
    except names.BadName:
        return {"name": "王芳"}
    return {"name": name.text, "name_is_partial": name.is_partial}


BIRTHDAYS = st.one_of(
    st.just({"birthday_month": None, "birthday_day": None}),
    st.builds(
        lambda day, has_year: {
            "birthday_month": day.month,
            "birthday_day": day.day,
            "birthday_year": day.year if has_year else None,
        },
        st.dates(dt.date(1900, 1, 1), dt.date(2008, 11, 19)),
        st.booleans(),
    ),
    st.builds(
        lambda month, day, year, leap: {
            "birthday_calendar": "lunar",
            "birthday_month": month,
            "birthday_day": day,
            "birthday_year": year,
            "birthday_is_leap": leap,
        },
        st.integers(1, 12),
        st.integers(1, 29),
        st.none(),
        st.booleans(),
    ),
    st.builds(
        lambda month, day, year: {
            "birthday_calendar": "lunar",
            "birthday_month": month,
            "birthday_day": day,
            "birthday_year": year,
        },
        st.integers(1, 12),
        st.integers(1, 29),
        st.integers(1901, 2006),
    ),
)
GUESTS = st.builds(
    lambda name, born, **facts: _as_name(name) | born | facts,
    TEXT,
    BIRTHDAYS,
    home_address=TEXT,
    work_address=TEXT,
    source=TEXT,
    notes=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=60)
    | st.sampled_from(["不要打电话", "勿扰", "无"]),
    sms_consent=st.booleans(),
    call_consent=st.booleans(),
    captured_at=st.datetimes(
        dt.datetime(2026, 11, 20, 4), dt.datetime(2026, 11, 21, 3, 59, 59), timezones=st.just(dt.UTC)
    ),
)


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.lists(GUESTS, min_size=1, max_size=5), st.sampled_from(["xlsx", "csv"]), st.sampled_from(["en", "zh-hans"]))
def test_any_guests_sheet_comes_in_again_unchanged(guests, kind, language):
    with transaction.atomic():
        for facts in guests:
            captured(**facts)
        before = list(Customer.objects.order_by("pk").values())
        with translation.override(language):
            report = take_in(written(kind))
        after = list(Customer.objects.order_by("pk").values())
        transaction.set_rollback(True)
    assert [(line.row, line.field, line.message) for line in report.errors] == []
    assert after == before
    assert counts(report) == (len(guests), 0, 0, len(guests), 0)


@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.lists(GUESTS, min_size=1, max_size=4), st.sampled_from(["xlsx", "csv"]))
def test_sheet_makes_the_same_guests_in_another_house(guests, kind):
    facts = (
        "phone",
        "birthday_year",
        "birthday_month",
        "birthday_day",
        "birthday_calendar",
        "birthday_is_leap",
        "night",
        "captured_time_known",
    )
    with transaction.atomic():
        for guest in guests:
            captured(**guest)
        sheet, before = written(kind), list(Customer.objects.order_by("pk").values_list(*facts))
        transaction.set_rollback(True)
    with transaction.atomic():
        report = take_in(sheet)
        after = set(Customer.objects.values_list(*facts))
        transaction.set_rollback(True)
    assert counts(report) == (len(guests), len(guests), 0, 0, 0)
    assert after == set(before)


# --- the stamp -----------------------------------------------------------------------------------------------------


def test_export_is_stamped_and_logged(desk_user):
    captured()
    export = export_intake(night=NIGHT, format="csv", user=desk_user)
    content = export.file.read()
    export.file.close()
    stamp = IntakeExport.objects.get()
    assert (stamp.night, stamp.exported_by, stamp.format, stamp.rows, stamp.channel) == (
        NIGHT,
        desk_user,
        "csv",
        1,
        "screen",
    )
    assert stamp.sha256 == hashlib.sha256(content).hexdigest()
    entry = AccessLog.objects.get()
    assert (entry.user, entry.kind) == (desk_user, "export") and "2026-11-20" in entry.detail


def test_export_that_cannot_be_logged_gives_nothing_out(monkeypatch, desk_user):
    def refuse(**_facts):
        raise RuntimeError("disk full")

    monkeypatch.setattr(AccessLog.objects, "create", refuse)
    with pytest.raises(RuntimeError):
        export_intake(night=NIGHT, format="csv", user=desk_user)
    assert not IntakeExport.objects.exists()


def test_command_writes_the_file_whole_and_stamps_it(tmp_path, capsys):
    captured()
    for kind in ("csv", "xlsx"):
        path = tmp_path / f"sheet.{kind}"
        call_command("export_intake", "2026-11-20", "--format", kind, "--output", str(path))
        assert counts(take_in(path.read_bytes())) == (1, 0, 0, 1, 0)
        stamp = IntakeExport.objects.latest("pk")
        assert (stamp.channel, stamp.sha256) == ("command", hashlib.sha256(path.read_bytes()).hexdigest())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["sheet.csv", "sheet.xlsx"]


def test_command_that_cannot_write_stops_with_one_line_and_stamps_nothing(tmp_path):
    for path in (tmp_path / "none" / "sheet.csv", tmp_path):
        with pytest.raises(CommandError) as stopped:
            call_command("export_intake", "2026-11-20", "--format", "csv", "--output", str(path))
        assert "\n" not in str(stopped.value)
    with pytest.raises(CommandError):
        call_command("export_intake", "20 November", "--format", "csv", "--output", str(tmp_path / "x"))
    assert not IntakeExport.objects.exists() and not Consent.objects.exists()
