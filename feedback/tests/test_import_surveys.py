"""Sheets of answers from the paper weeks: what comes in, what is refused and why, and that a second time changes nothing."""

import datetime as dt
import json
import threading
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from customers.intake.importing import Report
from customers.tests.factories import make_customer
from customers.tests.sheets import counts, csv_sheet, faults, warned, workbook
from feedback.models import Survey
from feedback.survey_files.importing import NothingToRead, import_surveys
from staff.models import User
from visits.tests.factories import make_room

pytestmark = [pytest.mark.django_db, pytest.mark.servers]
HEADER = "client_id,submitted_at,manager,room,phone,overall,service,sound,food_drink,environment,value,recommend,comment,channel"
NAMES = HEADER.split(",")
KEY = uuid.UUID("6f1c1f0e-6c67-4f2e-9f6c-0d7b3f0b7a01")
ROW = [str(KEY), "2026-11-20T22:15:00", "mgr1", "888", "", "4", "5", "", "3", "", "", "9", "很好", "tablet"]


@pytest.fixture(autouse=True)
def november(mgr1: User):
    make_room("888")
    with time_machine.travel(dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC), tick=False):
        yield


def take_in(*rows: Sequence[Any], header: str = HEADER, **how: Any) -> Report:
    return import_surveys(data=csv_sheet(header, *rows, **how))


def row(**cells: Any) -> list[Any]:
    return [
        cells.get(name, str(uuid.uuid4()) if name == "client_id" else usual)
        for name, usual in zip(NAMES, ROW, strict=True)
    ]


def night_of(said: str) -> str:
    survey = row(submitted_at=said)
    report = take_in(survey)
    assert report.created == 1, report.errors
    return Survey.objects.get(client_id=survey[0]).night.isoformat()


# --- what comes in -------------------------------------------------------------------------------------------------


@pytest.mark.venue_zone
def test_a_row_becomes_an_answer_and_the_same_again_changes_nothing(mgr1: User) -> None:
    assert counts(take_in(ROW)) == (1, 1, 0, 0, 0)

    survey = Survey.objects.get()
    assert (survey.client_id, survey.manager, str(survey.room), survey.customer) == (KEY, mgr1, "888", None)
    assert survey.submitted_at == dt.datetime(2026, 11, 20, 14, 15, tzinfo=dt.UTC)
    assert (survey.night, survey.channel, survey.comment) == (dt.date(2026, 11, 20), "tablet", "很好")
    assert (survey.overall, survey.service, survey.sound, survey.food_drink, survey.recommend) == (4, 5, None, 3, 9)
    assert counts(take_in(ROW)) == (1, 0, 0, 1, 0)
    assert counts(take_in(row(client_id=str(KEY).upper(), overall="9"))) == (1, 0, 0, 1, 0), "seen before is unchanged"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_a_file_is_read_in_the_encodings_that_spreadsheets_write(encoding: str) -> None:
    assert counts(take_in(ROW, encoding=encoding)) == (1, 1, 0, 0, 0)
    assert Survey.objects.get().comment == "很好"


def test_a_workbook_with_a_chinese_header_and_real_numbers_comes_in() -> None:
    header = ["编号", "提交时间", "客服经理", "包厢号", "电话", "总体", "服务", "意见", "渠道"]
    data = workbook(
        ["满意度调查"], header, [str(KEY), dt.datetime(2026, 11, 21, 0, 40), "MGR1", 888, None, 3.0, 5, "无", "平板"]
    )
    assert counts(import_surveys(data=data)) == (1, 1, 0, 0, 0)
    survey = Survey.objects.get()
    assert (survey.night, survey.overall, survey.service) == (dt.date(2026, 11, 20), 3, 5)


def test_blank_lines_do_not_count_and_row_numbers_are_the_sheets_own() -> None:
    report = take_in([], row(), [""] * 14, row(overall="6"), [])
    assert counts(report) == (2, 1, 0, 0, 1)
    assert faults(report) == [(5, "overall")]


def test_a_comment_of_several_lines_with_commas_stays_one_answer() -> None:
    said = "第一行\nfood, drinks, music, all fine, really, yes\r\n=1+1"
    assert counts(take_in(row(comment=said))) == (1, 1, 0, 0, 0)
    assert Survey.objects.get().comment == said.replace("\r\n", "\n")


@pytest.mark.venue_zone
@pytest.mark.parametrize(
    ("said", "night"),
    [
        ("2025-03-10T11:59:59", "2025-03-09"),
        ("2025-03-10T11:59:59.999999", "2025-03-09"),
        ("2025-03-10T12:00:00", "2025-03-10"),
        ("2025-03-10T04:00:00Z", "2025-03-10"),
        ("2025-03-10T03:59:59+00:00", "2025-03-09"),
        ("2025-03-10T00:00:00-04:00", "2025-03-10"),
        ("2025-03-10 00:40", "2025-03-09"),
        ("２０２５-０３-１０T１３:００", "2025-03-10"),
        ("2025/3/10 22:05", "2025-03-10"),
        ("2025年3月10日 22点05分", "2025-03-10"),
        ("2025-03-10", "2025-03-10"),
        ("2026-11-24T20:00:00", "2026-11-24"),
    ],
)
def test_the_night_turns_at_noon_in_the_venues_zone(said: str, night: str) -> None:
    assert night_of(said) == night


def test_full_width_digits_are_digits_and_words_for_nothing_are_nothing() -> None:
    assert counts(take_in(row(overall="５", service="无", sound="-", value=" 4 ", recommend="１０"))) == (1, 1, 0, 0, 0)
    survey = Survey.objects.get()
    assert (survey.overall, survey.service, survey.sound, survey.value, survey.recommend) == (5, None, None, 4, 10)


def test_a_number_on_file_names_the_guest_and_another_is_a_warning() -> None:
    guest = make_customer(phone="+8613816552203")
    report = take_in(row(phone="138 1655 2203"), row(phone="13900000000"))
    assert counts(report) == (2, 2, 0, 0, 0)
    assert warned(report, "phone") == [3]
    assert sorted(Survey.objects.values_list("customer", flat=True), key=bool) == [None, guest.pk]


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("client_id", ""),
        ("client_id", "17"),
        ("client_id", "6f1c1f0e-6c67-4f2e-9f6c-0d7b3f0b7a0"),
        ("client_id", "{6f1c1f0e-6c67-4f2e-9f6c-0d7b3f0b7a01}x"),
        ("submitted_at", ""),
        ("submitted_at", "yesterday"),
        ("submitted_at", "22:15"),
        ("submitted_at", "2026-02-30T20:00:00"),
        ("submitted_at", "2026-11-24T20:00:01"),
        ("submitted_at", "2026-11-26"),
        ("submitted_at", "0001-01-01T00:00:00"),
        ("manager", "mgr99"),
        ("room", "889"),
        ("phone", "12345"),
        ("overall", ""),
        ("overall", "0"),
        ("overall", "6"),
        ("overall", "4.5"),
        ("overall", "-1"),
        ("overall", "五"),
        ("overall", "1e0"),
        ("service", "6"),
        ("value", "good"),
        ("recommend", "11"),
        ("recommend", "-1"),
        ("recommend", "99999999999999999999"),
        ("comment", "长" * 10_001),
        ("channel", ""),
        ("channel", "wechat"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field_and_good_rows_stay(field: str, said: str) -> None:
    report = take_in(row(), row(**{field: said}))
    assert counts(report) == (2, 1, 0, 0, 1)
    assert faults(report) == [(3, field)]


def test_a_client_id_twice_in_one_file_counts_once_and_the_first_stays() -> None:
    report = take_in(ROW, ROW, row(client_id=KEY, overall="1"), row(client_id=KEY, overall="7"))
    assert counts(report) == (4, 1, 0, 3, 0)
    assert warned(report, "client_id") == [3, 4, 5]
    assert Survey.objects.get().overall == 4


def test_a_refused_row_leaves_its_client_id_to_a_later_one() -> None:
    report = take_in(row(client_id=KEY, room="889"), ROW)
    assert counts(report) == (2, 1, 0, 0, 1)


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf\r\n", b"a,b,c\n1,2,3\n", b"<html></html>"])
def test_a_file_without_answers_is_one_line_and_exit_1(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(NothingToRead):
        import_surveys(data=data)
    (tmp_path / "s.csv").write_bytes(data)
    with pytest.raises(CommandError, match=r"s\.csv: "):
        call_command("import_surveys", tmp_path / "s.csv")


def test_a_header_alone_is_done_with_no_rows() -> None:
    assert counts(take_in()) == (0, 0, 0, 0, 0)


def test_the_command_prints_one_json_document(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "s.csv").write_bytes(csv_sheet(HEADER, ROW, row(overall="0")))
    call_command("import_surveys", tmp_path / "s.csv", "--format", "json")
    said = json.loads(capsys.readouterr().out)
    assert (said["rows"], said["created"], said["unchanged"], said["rejected"]) == (2, 1, 0, 1)
    assert said["errors"][0].keys() == {"row", "field", "message"}


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_file_at_once_bring_each_answer_in_once() -> None:
    data = csv_sheet(HEADER, *(row() for _n in range(300)))
    reports = []

    def take() -> None:
        reports.append(import_surveys(data=data))
        connection.close()

    threads = [threading.Thread(target=take) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Survey.objects.count() == 300
    assert sum(report.created for report in reports) == 300 and sum(report.unchanged for report in reports) == 300


# --- days of one column --------------------------------------------------------------------------------------------


def test_night_follows_what_the_whole_column_shows() -> None:
    first, second = row(submitted_at="8/11/2026 22:15"), row(submitted_at="20/11/2026 22:15")
    report = take_in(first, second)
    assert (report.created, report.warnings) == (2, [])
    assert Survey.objects.get(client_id=first[0]).night == dt.date(2026, 11, 8)


def test_day_that_could_be_either_is_refused_among_both_kinds_and_said_among_none() -> None:
    both = [row(submitted_at=f"{day} 22:15") for day in ("3/5/2026", "20/5/2026", "5/20/2026")]
    assert faults(take_in(*both)) == [(2, "submitted_at")]
    assert warned(take_in(row(submitted_at="3/5/2026 22:15")), "submitted_at") == [2]
