"""Sheets of stored bottles: what comes in, what is refused and why, and that a second time changes nothing."""

import csv
import datetime as dt
import io
import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from customers.intake.importing import Report
from customers.models import Customer, PhoneNumber
from customers.tests.factories import make_customer
from customers.tests.sheets import counts, csv_sheet, faults, warned, workbook
from staff.models import User
from visits.bottle_files.importing import NothingToRead, import_bottles
from visits.bottles import extend_bottle, withdraw
from visits.models import StoredBottle
from visits.tests.factories import make_bottle

pytestmark = [pytest.mark.django_db, pytest.mark.servers]
HEADER = "bottle_no,phone,product,category,is_opened,stored_on,expires_on,remaining,locker"
CHINESE = "存酒号,电话,酒名,类别,已开,存入日期,到期日,剩余,柜号"
ROW = ["K1", "13816552203", "麦卡伦12年", "spirits", "yes", "2026-08-01", "2026-12-01", "0.5", "A1"]
NAMES = HEADER.split(",")
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def november():
    with time_machine.travel(dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture(autouse=True)
def guest(db: None) -> Customer:
    return make_customer(name="赵伟", phone="+8613816552203")


def take_in(data: bytes) -> Report:
    return import_bottles(data=data, filename="bottles.csv")


def sheet_of(*rows: Sequence[Any], header: str = HEADER, **how: Any) -> bytes:
    return csv_sheet(header, *rows, **how)


def row(**cells: Any) -> list[Any]:
    return [cells.get(name, usual) for name, usual in zip(NAMES, ROW, strict=True)]


def the_bottle() -> StoredBottle:
    return StoredBottle.objects.get(bottle_no="K1")


# --- what comes in -------------------------------------------------------------------------------------------------


def test_a_row_becomes_a_bottle_and_the_same_again_changes_nothing(guest: Customer) -> None:
    data = sheet_of(ROW)
    assert counts(take_in(data)) == (1, 1, 0, 0, 0)

    bottle = the_bottle()
    assert (bottle.customer, bottle.product, bottle.category, bottle.is_opened) == (
        guest,
        "麦卡伦12年",
        "spirits",
        True,
    )
    assert (bottle.stored_on, bottle.expires_on) == (dt.date(2026, 8, 1), dt.date(2026, 12, 1))
    assert (bottle.remaining, bottle.locker, bottle.stored_by) == (Decimal("0.5"), "A1", None)

    assert counts(take_in(data)) == (1, 0, 0, 1, 0)
    assert not bottle.events.exists()


@pytest.mark.parametrize(
    "data",
    [
        sheet_of(ROW, encoding="utf-8-sig"),
        sheet_of(ROW, header=CHINESE, encoding="gb18030"),
        sheet_of(ROW, header=CHINESE, delimiter=";"),
        sheet_of(ROW, header="酒号,手机号码,品名,酒类,是否开封,存酒日期,有效期至,余量,存放位置", delimiter="\t"),
        sheet_of(["Ｋ１", "138 1655 2203", "麦卡伦12年", "烈酒", "已开", "2026年8月1日", "2026.12.1", "50%", "ａ1"], header=CHINESE),
        sheet_of(["k1", "+8613816552203", " 麦卡伦12年 ", "Whisky", "是", "20260801", "26/12/1", "半瓶", "a1"]),
        workbook(
            ["存酒登记表", "", "2026年11月"],
            [],
            ["序号", *CHINESE.split(",")],
            [1, "K1", 13816552203, "麦卡伦12年", "烈酒", True, dt.datetime(2026, 8, 1), dt.date(2026, 12, 1), 0.5, "A1"],
            [],
            ["", "合计", "", 1],
        ),
    ],
)  # fmt: skip
def test_sheets_are_read_as_houses_write_them(data: bytes) -> None:
    report = take_in(data)
    assert (counts(report), report.warnings) == ((1, 1, 0, 0, 0), [])
    bottle = the_bottle()
    assert (bottle.category, bottle.is_opened, bottle.locker) == ("spirits", True, "A1")
    assert (bottle.stored_on, bottle.expires_on, bottle.remaining) == (
        dt.date(2026, 8, 1),
        dt.date(2026, 12, 1),
        Decimal("0.5"),
    )


@pytest.mark.parametrize(
    ("cells", "last"),
    [
        ({"is_opened": "no", "remaining": "1"}, dt.date(2026, 11, 1)),
        ({"is_opened": "yes"}, dt.date(2026, 9, 16)),
        ({"category": "wine", "stored_on": "2027-12-31"}, dt.date(2028, 2, 29)),
        ({"category": "other", "is_opened": "否", "remaining": ""}, dt.date(2026, 11, 1)),
    ],
)
def test_without_a_last_day_the_category_says_it(cells: dict[str, str], last: dt.date) -> None:
    take_in(sheet_of(row(**cells, expires_on="")))
    assert the_bottle().expires_on == last


def test_what_is_not_said_is_full_and_unopened_and_other() -> None:
    report = take_in(
        sheet_of(["K1", "13816552203", "不知名", "2026-11-01"], header="bottle_no,phone,product,stored_on")
    )
    bottle = the_bottle()
    assert (bottle.remaining, bottle.is_opened, bottle.category, bottle.locker) == (Decimal(1), False, "other", "")
    assert bottle.expires_on == dt.date(2027, 2, 1)
    assert warned(report, "category") == [2]


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ("1", "1"),
        ("0", "0"),
        ("0.3333", "0.333"),
        ("1/4", "0.25"),
        ("½", "0.5"),
        ("33%", "0.33"),
        ("满", "1"),
        ("空", "0"),
    ],
)
def test_levels_are_understood(said: str, level: str) -> None:
    take_in(sheet_of(row(remaining=said)))
    assert the_bottle().remaining == Decimal(level)


def test_a_bottle_not_full_is_open_whatever_the_sheet_says() -> None:
    report = take_in(sheet_of(row(is_opened="no")))
    assert the_bottle().is_opened and warned(report, "is_opened") == [2]


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"bottle_no": ""}, "bottle_no"),
        ({"bottle_no": "K" * 21}, "bottle_no"),
        ({"phone": ""}, "phone"),
        ({"phone": "12345"}, "phone"),
        ({"phone": "13900000000"}, "phone"),
        ({"product": ""}, "product"),
        ({"product": "酒" * 81}, "product"),
        ({"category": "beer"}, "category"),
        ({"is_opened": "perhaps"}, "is_opened"),
        ({"stored_on": "soon"}, "stored_on"),
        ({"stored_on": "2026-02-30"}, "stored_on"),
        ({"stored_on": "08-01"}, "stored_on"),
        ({"stored_on": "1026-08-01"}, "stored_on"),
        ({"stored_on": "", "expires_on": ""}, "stored_on"),
        ({"expires_on": "9999-12-31"}, "expires_on"),
        ({"expires_on": "2026-07-31"}, "expires_on"),
        ({"remaining": "1.001"}, "remaining"),
        ({"remaining": "-0.1"}, "remaining"),
        ({"remaining": "much"}, "remaining"),
        ({"remaining": "NaN%"}, "remaining"),
        ({"remaining": "Infinity"}, "remaining"),
        ({"remaining": "1/0"}, "remaining"),
        ({"locker": "A" * 21}, "locker"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_its_field_and_the_rest_comes_in(
    cells: dict[str, str], field: str
) -> None:
    report = take_in(sheet_of(row(**cells), row(bottle_no="K2")))
    assert counts(report) == (2, 1, 0, 0, 1)
    assert faults(report) == [(2, field)]
    assert report.errors[0].message
    assert [bottle.bottle_no for bottle in StoredBottle.objects.all()] == ["K2"]


def test_another_guests_bottle_is_refused_and_stays_theirs() -> None:
    other = make_bottle(make_customer(), bottle_no="K1")
    report = take_in(sheet_of(ROW))
    assert faults(report) == [(2, "bottle_no")]
    other.refresh_from_db()
    assert other.product == "麦卡伦12年" and other.remaining == 1 and not other.events.exists()


def test_a_number_twice_in_one_sheet_counts_once() -> None:
    report = take_in(sheet_of(ROW, ROW, row(locker="B2"), row(bottle_no="Ｋ１")))
    assert counts(report) == (4, 1, 0, 2, 1)
    assert faults(report) == [(4, "bottle_no")] and warned(report, "bottle_no") == [3, 5]
    assert "row 2" in report.errors[0].message


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"name,phone\nx,13816552203\n",
        b"%PDF-1.7",
        b"PK\x03\x04 no workbook",
        b"\xff\xfe",
        b"bottle_no\nK1\n",
    ],
)
def test_what_is_no_sheet_of_bottles_says_so(data: bytes) -> None:
    with pytest.raises(NothingToRead):
        take_in(data)


# --- whose it is ---------------------------------------------------------------------------------------------------


def test_a_second_number_finds_its_guest_and_a_released_one_nobody(guest: Customer) -> None:
    PhoneNumber.objects.create(customer=guest, number="+8613916552204")
    PhoneNumber.objects.create(customer=guest, number="+8613916552205", released_at="2026-01-01T00:00Z")
    report = take_in(sheet_of(row(phone="13916552204"), row(bottle_no="K2", phone="13916552205")))
    assert faults(report) == [(3, "phone")]
    assert the_bottle().customer == guest


def test_a_merged_guests_bottle_is_the_kept_guests(guest: Customer) -> None:
    merged = make_customer(name="赵伟")
    bottle = make_bottle(merged, bottle_no="K1")
    Customer.objects.filter(pk=merged.pk).update(phone=None, merged_into=guest)

    assert counts(take_in(sheet_of(ROW))) == (1, 0, 1, 0, 0)
    bottle.refresh_from_db()
    assert (bottle.customer_id, bottle.customer, bottle.locker) == (merged.pk, guest, "A1")


# --- what is on file already ---------------------------------------------------------------------------------------


def test_a_sheet_sets_product_category_days_level_and_locker_and_history_keeps_what_was(guest: Customer) -> None:
    take_in(sheet_of(ROW))
    changed = row(
        product="山崎", category="other", stored_on="2026-08-02", expires_on="2026-11-30", remaining="0.75", locker=""
    )
    assert counts(take_in(sheet_of(changed))) == (1, 0, 1, 0, 0)

    bottle = the_bottle()
    assert (bottle.product, bottle.category, bottle.remaining) == ("山崎", "other", Decimal("0.75"))
    assert (bottle.stored_on, bottle.expires_on) == (dt.date(2026, 8, 2), dt.date(2026, 11, 30))
    assert bottle.locker == "A1"  # a blank cell erases nothing
    before = bottle.events.get()
    assert before.product == "麦卡伦12年" and before.pgh_context == {
        "reason": "{history.imported|filename=bottles.csv}",
        "kind": "import",
    }


def test_blank_cells_erase_nothing_and_bring_no_other_last_day() -> None:
    take_in(sheet_of(ROW))
    report = take_in(sheet_of(["K1", "13816552203"], header="bottle_no,phone"))
    assert (counts(report), report.warnings) == ((1, 0, 0, 1, 0), [])
    assert the_bottle().expires_on == dt.date(2026, 12, 1)


def test_what_was_taken_out_here_never_comes_back_by_an_older_sheet(mgr1: User) -> None:
    data = sheet_of(row(is_opened="no", remaining="1"))
    take_in(data)
    withdraw(bottle=the_bottle(), amount=Decimal("0.25"), party=None, by=mgr1)

    report = take_in(data)

    assert counts(report) == (1, 0, 0, 1, 0) and warned(report, "remaining") == [2]
    bottle = the_bottle()
    assert bottle.remaining == Decimal("0.75") and bottle.is_opened
    take_in(sheet_of(row(remaining="0.5")))
    assert the_bottle().remaining == Decimal("0.5")  # a count of the shelf may find less


def test_an_extension_is_not_taken_away_by_an_older_sheet(ops: User) -> None:
    take_in(sheet_of(ROW))
    extend_bottle(bottle=the_bottle(), until=dt.date(2027, 3, 1), by=ops, reason="abroad")

    report = take_in(sheet_of(ROW))

    assert counts(report) == (1, 0, 0, 1, 0) and warned(report, "expires_on") == [2]
    assert the_bottle().expires_on == dt.date(2027, 3, 1)
    assert counts(take_in(sheet_of(row(expires_on="2027-06-01")))) == (1, 0, 1, 0, 0)


def test_an_update_that_ends_before_it_began_is_refused() -> None:
    take_in(sheet_of(ROW))
    report = take_in(sheet_of(row(stored_on="2027-01-01", expires_on="")))
    assert faults(report) == [(2, "expires_on")]
    assert the_bottle().stored_on == dt.date(2026, 8, 1)


def test_somebody_who_takes_some_out_meanwhile_is_not_overwritten(mgr1: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from visits.bottle_files import importing

    take_in(sheet_of(row(remaining="1", is_opened="no")))
    write, times = importing.update_bottles, iter([True, False])

    def meanwhile(records: Any) -> None:
        if next(times, False):
            withdraw(bottle=the_bottle(), amount=Decimal("0.25"), party=None, by=mgr1)
        write(records)

    monkeypatch.setattr(importing, "update_bottles", meanwhile)
    report = take_in(sheet_of(row(remaining="1", is_opened="no", locker="B7")))

    assert counts(report) == (1, 0, 1, 0, 0)
    # The try that was given up undid the withdrawal with it, since the test has but one connection.
    assert the_bottle().locker == "B7"


def test_thousands_of_bottles_cost_few_statements(guest: Customer, django_assert_max_num_queries: Any) -> None:
    rows = [row(bottle_no=f"K{n}") for n in range(4_500)]
    with django_assert_max_num_queries(1 + 3 * 11):
        assert counts(take_in(sheet_of(*rows))) == (4_500, 4_500, 0, 0, 0)
    assert counts(take_in(sheet_of(*rows))) == (4_500, 0, 0, 4_500, 0)


# --- the command ---------------------------------------------------------------------------------------------------


def test_command_prints_one_json_document_and_nothing_else(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "bottles.csv"
    path.write_bytes(sheet_of(ROW, row(bottle_no="K2", phone="13900000000")))
    call_command("import_bottles", str(path), "--format", "json")

    said = capsys.readouterr()
    report = json.loads(said.out)
    assert {name: report[name] for name in ("rows", "created", "updated", "unchanged", "rejected")} == {
        "rows": 2,
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "rejected": 1,
    }
    assert report["errors"] == [{"row": 3, "field": "phone", "message": "No guest has this number."}]
    assert report["warnings"] == [] and said.err == ""


def test_command_says_what_became_of_the_rows(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "bottles.csv"
    path.write_bytes(sheet_of(ROW))
    call_command("import_bottles", str(path))
    assert "1 rows: 1 new, 0 updated, 0 unchanged, 0 refused" in capsys.readouterr().out


@pytest.mark.parametrize("content", [None, b"nothing,of,ours\n1,2,3\n"])
def test_command_that_can_read_nothing_says_why_in_one_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "bottles.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError) as error:
        call_command("import_bottles", str(path))
    assert str(error.value).count("\n") == 0


def test_a_sheet_written_by_a_program_survives_a_round_trip() -> None:
    take_in(sheet_of(ROW, row(bottle_no="K2", remaining="1", is_opened="no")))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(NAMES)
    for bottle in StoredBottle.objects.select_related("customer"):
        writer.writerow([bottle.customer.phone if name == "phone" else getattr(bottle, name) for name in NAMES])
    assert counts(take_in(text.getvalue().encode())) == (2, 0, 0, 2, 0)


# --- corrections ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("product", "麦芽"),
        ("category", "wine"),
        ("stored_on", dt.date(2026, 8, 3)),
        ("expires_on", dt.date(2026, 11, 1)),
        ("remaining", Decimal("0.25")),
        ("locker", "B2"),
    ],
)
def test_what_a_person_corrected_stays_with_a_warning_that_shows_both(guest: Customer, name: str, value: Any) -> None:
    """Case 47b, for each column of a bottle."""
    take_in(sheet_of(ROW))
    bottle = the_bottle()
    old = getattr(bottle, name)
    setattr(bottle, name, value)
    bottle.save()

    report = take_in(sheet_of(ROW))

    assert counts(report) == (1, 0, 0, 1, 0) and getattr(the_bottle(), name) == value
    [message] = [line.message for line in report.warnings if line.field == name]
    if name not in ("category", "remaining"):
        assert str(value) in message and str(old) in message


def test_what_a_sheet_wrote_another_sheet_may_change(guest: Customer) -> None:
    take_in(sheet_of(ROW))
    take_in(sheet_of(row(product="山崎")))
    assert counts(take_in(sheet_of(row(product="响")))) == (1, 0, 1, 0, 0)


# --- days of one column --------------------------------------------------------------------------------------------


def test_days_are_read_as_their_column_has_them() -> None:
    sheet = sheet_of(
        row(stored_on="8/9/2026", expires_on="12/31/2026"), row(bottle_no="K2", stored_on="20/9/2026", expires_on="")
    )
    take_in(sheet)
    first = StoredBottle.objects.get(bottle_no="K1")
    assert (first.stored_on, first.expires_on) == (dt.date(2026, 9, 8), dt.date(2026, 12, 31))
    assert counts(take_in(sheet)) == (2, 0, 0, 2, 0)


@pytest.mark.parametrize("others", [[], ["20/9/2026", "9/20/2026"]])
def test_day_that_could_be_either_is_refused_and_the_bottle_stays(others: list[str]) -> None:
    take_in(sheet_of(ROW))
    more = [row(bottle_no=f"K{n}", stored_on=day, expires_on="") for n, day in enumerate(others, 5)]
    assert faults(take_in(sheet_of(row(stored_on="8/9/2026", expires_on=""), *more))) == [(2, "stored_on")]
    assert the_bottle_no("K1").stored_on == dt.date(2026, 8, 1)


def the_bottle_no(number: str) -> StoredBottle:
    return StoredBottle.objects.get(bottle_no=number)
