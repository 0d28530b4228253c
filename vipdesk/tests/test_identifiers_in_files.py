"""Identifiers that a spreadsheet rewrote: refused, left out or read as what was meant, in every importer and form."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from customers.tests.factories import make_customer
from customers.tests.sheets import counts, csv_sheet
from staff.models import User
from targets import tills
from targets.bills.importing import import_charges
from targets.models import Charge
from vipdesk.sheets.identifiers import RewrittenNumber, clean_identifier, read_identifier
from vipdesk.tests.importers import BOTTLES, CHARGES, CUSTOMERS, FIELD, IMPORTERS, SURVEYS, Importer, book_of, furnish
from visits.models import StoredBottle
from visits.tests.factories import make_bottle

# The files say the time of the venue.
pytestmark = pytest.mark.venue_zone

NOW = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)
SHORTENED = "The spreadsheet shortened this number"
with_venue = pytest.mark.usefixtures("venue")
every_importer = pytest.mark.parametrize("importer", IMPORTERS, ids=lambda importer: importer.name)


@pytest.fixture(autouse=True)
def november() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def venue(mgr1: User) -> None:
    furnish()


# --- one cell by itself ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["2.02604E+13", "2.02604e+13", " 2.02604E+13 ", "2,02604E+13", "2E+13", "20.2604E+12", "2.02604E13", "6.22202E+18",
     "２．０２６０４Ｅ＋１３", "金卡 6.22202E+18", "1.5E-05"],
)  # fmt: skip
def test_scientific_notation_is_refused(text: str) -> None:
    with pytest.raises(RewrittenNumber, match=SHORTENED):
        read_identifier(text, text.strip())


@pytest.mark.parametrize("text", ["2E5", "1E-2", "E13", "A-2E+B", "AB2.02E+13", "12E", "7.5"])
def test_code_with_an_e_in_it_is_a_code(text: str) -> None:
    assert read_identifier(text, text) == text


@pytest.mark.parametrize(
    ("number", "is_kept"),
    [(25003.0, True), (999_999_999_999_999.0, True), (1_000_000_000_000_000.0, False), (6.22202123456789e18, False)],
)
def test_number_cell_holds_fifteen_digits(number: float, is_kept: bool) -> None:
    if is_kept:
        assert read_identifier(number, str(int(number))) == str(int(number))
    else:
        with pytest.raises(RewrittenNumber, match=SHORTENED):
            read_identifier(number, str(int(number)))


@pytest.mark.parametrize(
    ("text", "meant"),
    [("25003.0", "25003"), ("00025003.00", "00025003"), ("'00025003", "00025003"), ("’0012", "0012"),
     ('="00025003"', "00025003"), ("6222021234567890123", "6222021234567890123"), ("V1.0", "V1.0"), ("1.05", "1.05")],
)  # fmt: skip
def test_what_a_spreadsheet_put_around_it_is_taken_off(text: str, meant: str) -> None:
    assert clean_identifier(text) == meant


# --- every importer ----------------------------------------------------------------------------------------------------

REQUIRED = [(BOTTLES, "bottle_no"), (CHARGES, "bill_no"), (CHARGES, "refund_of"), (CHARGES, "room"), (SURVEYS, "room")]
OPTIONAL = [(CUSTOMERS, "member_no"), (BOTTLES, "locker")]
IDENTIFIERS = [*REQUIRED, *OPTIONAL]


def _name(value: Any) -> str:
    return value.name if isinstance(value, Importer) else str(value)


@with_venue
@pytest.mark.parametrize(("importer", "column"), REQUIRED, ids=_name)
@pytest.mark.parametrize("as_number", [False, True], ids=["text", "number"])
def test_row_is_refused_where_its_number_is_made_up(importer: Importer, column: str, as_number: bool) -> None:
    cells = {column: 2.02604000001234e19 if as_number else "2.02604E+13"}
    cells |= {"amount": "-1.00"} if column == "refund_of" else {}
    data = importer.xlsx(importer.row(**cells)) if as_number else importer.csv(importer.row(**cells))

    report = importer.take(data)

    assert counts(report) == (1, 0, 0, 0, 1)
    assert report.errors[0].field == column and SHORTENED in report.errors[0].message


@with_venue
@pytest.mark.parametrize(("importer", "column"), OPTIONAL, ids=_name)
@pytest.mark.parametrize("as_number", [False, True], ids=["text", "number"])
def test_optional_number_that_is_made_up_is_left_out_with_a_warning(
    importer: Importer, column: str, as_number: bool
) -> None:
    cells = {column: 6.22202123456789e18 if as_number else "6.22202E+18"}
    data = importer.xlsx(importer.row(**cells)) if as_number else importer.csv(importer.row(**cells))

    report = importer.take(data)

    assert report.created == 1 and not importer.values(column)[-1]
    assert [line.field for line in report.warnings if SHORTENED in line.message] == [column]
    assert counts(importer.take(data))[3] == 1, "the same file again changes nothing"


@with_venue
@pytest.mark.parametrize(("importer", "column"), [(i, n) for i in IMPORTERS for n in i.numbers], ids=_name)
@pytest.mark.parametrize("written", ['="00025003"', "'00025003", "\t00025003", "00025003.0"])
def test_number_is_kept_as_it_was_meant_and_never_comes_in_twice(importer: Importer, column: str, written: str) -> None:
    assert importer.take(importer.csv(importer.row(**{column: written}))).created == 1
    assert importer.values(column)[-1] == "00025003"
    assert importer.take(importer.csv(importer.row(**{column: "00025003"}))).unchanged == 1
    assert importer.take(importer.xlsx(importer.row(**{column: written}))).unchanged == 1


@with_venue
@every_importer
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_text_formula_is_read_as_its_text_in_every_column(importer: Importer, kind: str) -> None:
    usual = importer.row()
    wrapped = [f'="{cell}"' if cell else "" for cell in usual]
    titles = [f'="{title}"' for title in importer.columns]
    data = csv_sheet(",".join(titles), wrapped) if kind == "csv" else importer.xlsx(wrapped)

    assert importer.take(data).created == 1
    assert importer.take(importer.csv(usual)).unchanged == 1


@with_venue
def test_bill_and_bottle_that_came_in_uncleaned_are_found_again(mgr1: User) -> None:
    """Earlier versions kept a number as the spreadsheet wrote it; the ledger can never be changed."""
    facts = {
        "amount": Decimal(100),
        "kind": "room",
        "payment": "cash",
        "manager": mgr1,
        "named": mgr1,
        "source": "file",
    }
    at = dt.datetime.fromisoformat("2026-11-02T21:30+08:00")
    days = {"paid_at": at, "night": "2026-11-02", "booked_month": "2026-11-01", "received_at": timezone.now()}
    kept = ('="00025003"', "'00025004", "25005.0")
    for number in kept:
        Charge.objects.create(bill_no=number, entry="bill", **facts, **days)
        make_bottle(bottle_no=number, customer=Customer.objects.get(), product="麦芽")

    for number in ("00025003", "00025004", "25005"):
        assert CHARGES.take(CHARGES.csv(CHARGES.row(bill_no=number))).unchanged == 1
        refund = CHARGES.row(bill_no=f"R{number}", refund_of=number, amount="-1.00")
        assert CHARGES.take(CHARGES.csv(refund)).created == 1
        assert CHARGES.take(CHARGES.csv(refund)).unchanged == 1
        assert BOTTLES.take(BOTTLES.csv(BOTTLES.row(bottle_no=number))).created == 0
    assert StoredBottle.objects.count() == 3


@with_venue
def test_member_number_that_came_in_uncleaned_is_still_taken() -> None:
    make_customer(name="李明", phone="+8613816558888", member_no='="00880125"')
    report = CUSTOMERS.take(CUSTOMERS.csv(CUSTOMERS.row(member_no="00880125")))
    assert Customer.objects.get(phone="+8613816550001").member_no is None
    assert [line.field for line in report.warnings] == ["member_no"]


# --- the till ----------------------------------------------------------------------------------------------------------


@with_venue
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("2.02609E+13", "rejected"), ("2e13", "rejected"), ("20260906000001", "created"),
        ("2026090600000123", "rejected"), ('"2026090600000123"', "created"), ('"2.02609E+13"', "rejected"),
        ('"=\\"00025003\\""', "created"), ('"\'00025003"', "created"), ("25003.0", "created"),
    ],
)  # fmt: skip
def test_till_cannot_send_a_number_that_was_rewritten(ops: User, sent: str, status: str) -> None:
    answer = _send(ops, sent)
    assert answer["status"] == status
    if status == "rejected":
        assert SHORTENED in answer["errors"][0]["message"] and not Charge.objects.exists()
    else:
        assert Charge.objects.get().bill_no in ("20260906000001", "2026090600000123", "00025003", "25003")


def _send(ops: User, bill_no: str) -> dict[str, Any]:
    _till, token = tills.add_till(name="Front desk", by=ops)
    body = (
        f'[{{"bill_no": {bill_no}, "kind": "room", "amount": "1.00", "paid_at": "2026-09-06T21:34:00",'
        ' "manager": "mgr1", "payment": "wechat"}]'
    )
    headers = {"Authorization": f"Bearer {token}"}
    answer = Client().post("/targets/api/charges/", body, content_type="application/json", headers=headers)
    return dict(json.loads(answer.content)["results"][0])


# --- forms -------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(("typed", "kept"), [("2.02604E+13", None), ('="00025003"', "00025003"), ("25003.0", "25003")])
def test_forms_take_a_pasted_number_as_files_do(typed: str, kept: str | None) -> None:
    from customers.forms.correct import CorrectForm
    from targets.forms.bills import ClaimForm
    from visits.forms.bottles import StoreForm

    claim = ClaimForm({"bill_no": typed})
    store = StoreForm({"bottle_no": typed, "locker": typed}, parties=[])
    correct = CorrectForm({"member_no": typed}, instance=make_customer(), may_mark=False, may_raise=False)
    for form, name in ((claim, "bill_no"), (store, "bottle_no"), (store, "locker"), (correct, "member_no")):
        said = form.errors.get(name, [])
        assert [SHORTENED in line for line in said] == ([] if kept else [True])
        assert not kept or form.cleaned_data[name] == kept


# --- the field cases ---------------------------------------------------------------------------------------------------


@pytest.fixture
def mgr5(db: None) -> User:
    from staff.tests.factories import make_user

    make_user("mgr6")
    return make_user("mgr5")


def case(name: str) -> bytes:
    return (FIELD / name).read_bytes()


def test_09_and_06_member_number_is_left_out_with_the_reason(db: None) -> None:
    for name, kept in (
        ("09-member-no-scientific.csv", [None, None]),
        ("06-member-no-19-digits.xlsx", [None, None, "880012"]),
    ):
        Customer.objects.all().delete()
        report = CUSTOMERS.take(case(name))
        assert report.created == len(kept) and CUSTOMERS.values("member_no") == kept
        assert {line.field for line in report.warnings if SHORTENED in line.message} == {"member_no"}


def test_11_shortened_bills_are_refused_and_right_ones_count_once(mgr5: User) -> None:
    assert counts(CHARGES.take(case("11-bill-no-scientific.csv"))) == (2, 0, 0, 0, 2)
    assert counts(CHARGES.take(case("11b-bill-no-right.csv"))) == (2, 2, 0, 0, 0)
    assert Charge.objects.total() == Decimal("68800.00")


def test_25_text_formulas_of_four_files(mgr5: User) -> None:
    assert CUSTOMERS.take(case("25-excel-text-trick-guests.csv")).created == 3
    assert CUSTOMERS.values("member_no") == ["00880123", "00880124", "00880125"]
    assert BOTTLES.take(case("25-excel-text-trick-bottles.csv")).created == 2
    assert CHARGES.take(case("25-excel-text-trick-bills.csv")).created == 2
    assert counts(CHARGES.take(case("25b-excel-text-trick-bills-plain.csv"))) == (2, 0, 0, 2, 0)


def test_25_surveys(mgr5: User, mgr2: User) -> None:
    assert SURVEYS.take(case("25-excel-text-trick-surveys.csv")).created == 2


def test_25c_every_cell_is_its_text(db: None) -> None:
    assert CUSTOMERS.take(case("25c-excel-text-trick-only-numbers.csv")).created == 2
    guest = Customer.objects.get(phone="+8613816552513")
    assert (guest.name, guest.member_no, guest.notes, guest.home_address) == (
        "宁知中", "00880125", "靠窗", "上海市试验路25号")  # fmt: skip


def test_25e_then_25f_is_one_bill(mgr5: User) -> None:
    assert counts(CHARGES.take(case("25e-excel-text-trick-bills-only-number.csv"))) == (1, 1, 0, 0, 0)
    assert counts(CHARGES.take(case("25f-bills-plain-number.csv"))) == (1, 0, 0, 1, 0)


def test_45_tills_floats(mgr5: User, ops: User) -> None:
    _till, token = tills.add_till(name="Front desk", by=ops)
    headers = {"Authorization": f"Bearer {token}"}
    body = case("45-till-floats.json").decode()
    answer = Client().post("/targets/api/charges/", body, content_type="application/json", headers=headers)
    said = [row["status"] for row in json.loads(answer.content)["results"]]
    assert said[:7] == ["created", "rejected", "created", "unchanged", "rejected", "rejected", "rejected"]


# --- bills as Excel saves them -----------------------------------------------------------------------------------------


def test_20_bills_saved_by_excel(mgr5: User) -> None:
    report = CHARGES.take(case("20-bills-saved-by-excel.csv"))
    assert counts(report) == (3, 2, 0, 0, 1) and (report.errors[0].row, report.errors[0].field) == (4, "amount")
    paid = Charge.objects.values_list("bill_no", "amount", "paid_at").order_by("bill_no")
    assert list(paid) == [
        ("EX-1", Decimal("1200.00"), dt.datetime(2026, 8, 2, 13, 30, tzinfo=dt.UTC)),
        ("EX-2", Decimal("300.00"), dt.datetime(2026, 8, 2, 13, 30, tzinfo=dt.UTC)),
    ]


@with_venue
@pytest.mark.parametrize(
    "written",
    ["2026/11/2 21:30", "2026-11-2 21:30:00", "2026.11.2 21:30", "2026年11月2日 21:30", "2026/11/02 9:30 PM",
     dt.datetime(2026, 11, 2, 21, 30), 46328.8958333333],
)  # fmt: skip
def test_bills_moment_is_read_as_spreadsheets_write_it(written: Any) -> None:
    assert CHARGES.take(CHARGES.xlsx(CHARGES.row(paid_at=written))).created == 1
    assert Charge.objects.get().paid_at == dt.datetime(2026, 11, 2, 13, 30, tzinfo=dt.UTC)


@with_venue
@pytest.mark.parametrize(
    "written",
    ["2026/11/2", "11/2/2026 21:30", "2/11 21:30", "21:30", dt.time(21, 30), dt.date(2026, 11, 2), 46328, "26/11/2 21:30",
     True, "2026/13/2 21:30"],
)  # fmt: skip
def test_bills_moment_is_never_guessed(written: Any) -> None:
    report = CHARGES.take(CHARGES.xlsx(CHARGES.row(paid_at=written)))
    assert [line.field for line in report.errors] == ["paid_at"]


@with_venue
@pytest.mark.parametrize(
    ("cell", "amount"),
    [(203.77, "203.77"), (1200, "1200.00"), (0.1 + 0.2, "0.30"), (99_999_999.99, "99999999.99"), ("1,200.00", "1200.00"),
     (5.05999999995, None), ("1.2E+03", None), (1e15, None), (True, None)],
)  # fmt: skip
def test_amount_of_a_number_cell(cell: Any, amount: str | None) -> None:
    report = import_charges(data=CHARGES.xlsx(CHARGES.row(amount=cell)))
    assert [line.field for line in report.errors] == ([] if amount else ["amount"])
    assert [str(value) for value in CHARGES.values("amount")] == ([amount] if amount else [])


@with_venue
def test_workbook_of_bills_with_rows_above_its_header(mgr1: User) -> None:
    rows = [CHARGES.row(1), CHARGES.row(2, room=888.0), CHARGES.row(3, room=999)]
    book = book_of({"账单": [["本日账单"], [], CHARGES.columns, *rows]})
    report = CHARGES.take(book)
    assert counts(report) == (3, 2, 0, 0, 1) and (report.errors[0].row, report.errors[0].field) == (6, "room")
