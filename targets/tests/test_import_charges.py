"""Files of bills: what comes in, what is refused and why, and that a second time changes nothing (contract.md)."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command

from staff.models import User
from targets.bills.importing import NothingToRead, import_charges
from targets.bills.reading import House, read_bill
from targets.correcting import give_bill
from targets.models import Charge
from targets.tests.bills import HEADER, counts, faults, file_of, refund, row, take
from vipdesk import nights
from visits.models import Party, Room
from visits.seating import close_party, move_party
from visits.tests.factories import make_party, make_room

pytestmark = pytest.mark.servers

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def manager(request):
    return request.getfixturevalue("mgr1") if request.node.get_closest_marker("django_db") else None


def sums() -> Decimal:
    return Charge.objects.total()


# --- one bill by itself, without a database --------------------------------------------------------------------------

HOUSE = House({"mgr1": 1}, {"888": 8})


def read(**cells: str):
    said = dict(zip(HEADER.split(","), row("B1", **cells), strict=True))
    return read_bill(2, said, HOUSE, NOW)


def why_not(**cells: str) -> str:
    from customers.intake.facts import Refused

    with pytest.raises(Refused) as refused:
        read(**cells)
    assert str(refused.value)
    return refused.value.field


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("100", "100"), ("100.5", "100.50"), ("0.01", "0.01"), (" 1000.00 ", "1000"), ("1,234.50", "1234.50"),
        ("１００．５０", "100.50"), ("¥1,000", "1000"), ("￥88", "88"), ("88元", "88"), ("+5", "5"),
        ("999999999999.99", "999999999999.99"),
    ],
)  # fmt: skip
def test_amount_is_understood(written, meant):
    assert read(amount=written).amount == Decimal(meant)


@pytest.mark.parametrize(
    "written",
    ["", "10.005", "100.000", "1e3", "NaN", "Infinity", "0", "0.00", "-0", "abc", "1.2.3", "1,23", "(100.00)", "12.",
     "1 000", "--5", "1000000000000.00", "٣٤", "0x10", "无"],
)  # fmt: skip
def test_amount_that_cannot_be_is_refused(written):
    assert why_not(amount=written) == "amount"


def test_sign_says_whether_it_is_a_refund():
    assert why_not(amount="-1.00") == "amount"
    assert why_not(amount="1.00", refund_of="B0") == "amount"
    for written in ("-1.00", "－1.00", "−1", "'-1.00", "-¥1"):
        assert read(amount=written, refund_of="B0", kind="", payment="").amount == -1


@pytest.mark.venue_zone
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-06-05T21:00:00", "2026-06-05T13:00:00"), ("2026-06-05 21:00", "2026-06-05T13:00:00"),
        ("2026-06-05T21:00:00+09:00", "2026-06-05T12:00:00"), ("2026-06-05T21:00:00Z", "2026-06-05T21:00:00"),
        ("20260605T210000", "2026-06-05T13:00:00"), ("2026-06-05T21:00:00.250", "2026-06-05T13:00:00.250"),
        ("2026-11-24T20:04", "2026-11-24T12:04"),
    ],
)  # fmt: skip
def test_moment_is_understood(written, meant):
    assert read(paid_at=written).paid_at == dt.datetime.fromisoformat(meant).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "written",
    ["", "2026-06-05", "20260605", "21:00", "2026-02-30T21:00", "2026-06-05T25:00", "yesterday", "2026/06/05 25:00", "2026/06/05",
     "2026-11-24T20:06", "2027-01-01T20:00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00", "1999-12-31T21:00"],
)  # fmt: skip
def test_moment_that_cannot_be_is_refused(written):
    assert why_not(paid_at=written) == "paid_at"


def test_bill_of_half_past_midnight_is_of_the_night_before():
    assert read(paid_at="2026-07-01T00:40").night == dt.date(2026, 6, 30)
    assert read(paid_at="2026-07-01T11:59:59").night == dt.date(2026, 6, 30)
    assert read(paid_at="2026-07-01T12:00").night == dt.date(2026, 7, 1)


def test_words_that_are_not_ours_are_refused_by_their_field():
    assert why_not(kind="bar") == why_not(kind="") == "kind"
    assert why_not(payment="gold") == why_not(payment="") == "payment"
    assert why_not(manager="mgr9") == "manager"
    assert why_not(room="999") == "room"
    assert why_not(kind="card", room="888") == "room"
    assert read(kind=" ROOM ", payment="WeChat", manager="MGR1", room=" 888").manager == 1


def test_bill_number_is_needed_and_short():
    said = dict(zip(HEADER.split(","), row("B1"), strict=True))
    from customers.intake.facts import Refused

    for number in ("", "  ", "B" * 41):
        with pytest.raises(Refused) as refused:
            read_bill(2, said | {"bill_no": number}, HOUSE, NOW)
        assert refused.value.field == "bill_no"


# --- a file ----------------------------------------------------------------------------------------------------------

with_ledger = pytest.mark.django_db


@with_ledger
def test_import_of_the_contract_s_example():
    report = take(
        row("B1", amount="100000.00", payment="wechat"),
        row("B2", amount="36000.00", paid_at="2026-07-01T00:40:00"),
        refund("B1", "-5000.00", "B3"),
        row("B4", kind="card", amount="20000.00", payment="card"),
        row("B5", amount="10.005"),
        row("B6", amount="-1.00"),
    )
    assert counts(report) == (6, 4, 0, 2) and faults(report) == [(6, "amount"), (7, "amount")]
    assert Charge.objects.get(bill_no="B2").night == dt.date(2026, 6, 30)
    assert Charge.objects.in_month("2026-06").total() == Decimal("151000.00")


@pytest.mark.venue_zone
@with_ledger
def test_second_import_changes_nothing():
    rows = [row("B1"), row("B2", kind="card", room=""), refund("B1", "-10.00", "R1"), refund("B1", "-20.00", "R2")]
    assert counts(take(*rows)) == (4, 4, 0, 0)
    before = list(Charge.objects.order_by("pk").values())
    assert counts(take(*rows)) == (4, 0, 4, 0)
    again = [row("B1", paid_at="2026-06-05T13:00:00Z", amount="1000"), *rows[1:]]
    assert counts(take(*again)) == (4, 0, 4, 0)
    assert list(Charge.objects.order_by("pk").values()) == before


@with_ledger
@pytest.mark.parametrize(
    "other",
    [
        {"amount": "1000.01"},
        {"kind": "card"},
        {"payment": "wechat"},
        {"paid_at": "2026-06-05T21:00:01"},
        {"manager": ""},
    ],
)
def test_bill_that_comes_again_with_other_content_is_refused(other):
    take(row("B1"))
    report = take(row("B1", **other), row("B2"))
    assert counts(report) == (2, 1, 0, 1) and faults(report) == [(2, "bill_no")]
    assert sums() == 2000


@with_ledger
def test_number_twice_in_one_file_counts_once():
    report = take(row("B1"), row("B1"), row("B1", amount="5.00"), row("B2", amount="bad"), row("B2"))
    assert counts(report) == (5, 2, 1, 2)
    assert faults(report) == [(4, "bill_no"), (5, "amount")]
    assert "row 2" in report.errors[0].message and [line.row for line in report.warnings] == [3]


@with_ledger
def test_row_like_the_one_on_file_is_unchanged_even_below_another_that_is_refused():
    take(row("B1"))
    assert counts(take(row("B1", amount="5.00"), row("B1"))) == (2, 0, 1, 1)


@with_ledger
def test_refund_may_stand_above_its_bill():
    report = take(refund("B1", "-400.00", "R1"), row("B1"))
    assert counts(report) == (2, 2, 0, 0) and sums() == 600


@with_ledger
def test_refunds_never_exceed_their_bill():
    rows = [row("B1"), refund("B1", "-600.00", "R1"), refund("B1", "-600.00", "R2"), refund("B1", "-400.00", "R3")]
    assert faults(take(*rows)) == [(4, "amount")]
    assert faults(take(refund("B1", "-0.01", "R4"))) == [(2, "amount")]
    assert faults(take(row("B2", amount="5.00"), refund("B2", "-5.01", "R5"))) == [(3, "amount")]
    assert sums() == 5


@with_ledger
def test_refused_refund_does_not_keep_its_number():
    report = take(row("B1"), refund("B1", "-2000.00", "R1"), refund("B1", "-200.00", "R1"))
    assert counts(report) == (3, 2, 0, 1) and sums() == 800


@with_ledger
def test_refund_of_a_refund_or_of_nothing_is_refused():
    rows = [
        row("B1"),
        refund("B1", "-10.00", "R1"),
        refund("R1", "-1.00", "R2"),
        refund("B9", "-1.00", "R3"),
        refund("R4", "-1.00", "R4"),
    ]
    assert faults(take(*rows)) == [(4, "refund_of"), (5, "refund_of"), (6, "refund_of")]
    assert faults(take(refund("R1", "-1.00", "R5"))) == [(2, "refund_of")]


@with_ledger
def test_refund_takes_manager_payment_and_kind_from_its_bill(mgr2: User, manager: User):
    said = {"manager": "mgr2", "payment": "cash", "kind": "room"}
    report = take(row("B1", kind="card", payment="alipay"), refund("B1", "-10.00", "R1", **said))
    kept = Charge.objects.get(bill_no="R1")
    assert (kept.manager, kept.payment, kept.kind) == (manager, "alipay", "card")
    assert [(line.row, line.field) for line in report.warnings] == [(3, "kind"), (3, "payment"), (3, "manager")]


# --- whose a bill is -------------------------------------------------------------------------------------------------


@pytest.fixture
def party(mgr2: User) -> Party:
    """mgr2 seats a walk-in in 888 at 20:00 and leaves at 23:00; it is attributed to mgr2."""
    found = make_party(by=mgr2, room=make_room("888"), now=at(20))
    Party.objects.filter(pk=found.pk).update(attributed_to=mgr2)
    return close_party(party=found, by=mgr2, now=at(23))


def at(hour: int) -> dt.datetime:
    return nights.moment_in(dt.date(2026, 6, 5), dt.time(hour))


@with_ledger
def test_bill_of_a_room_goes_to_the_party_that_sat_there(party: Party, mgr2: User, manager: User):
    before, during, after = (f"2026-06-05T{clock}" for clock in ("19:59", "20:00", "23:00"))
    report = take(*(row(f"B{n}", room="888", paid_at=clock) for n, clock in enumerate((before, during, after))))
    found = {bill.bill_no: bill for bill in Charge.objects.all()}
    assert (found["B1"].party, found["B1"].manager, found["B1"].named) == (party, mgr2, manager)
    assert [found[number].manager for number in ("B0", "B2")] == [manager, manager]
    assert [found[number].party for number in ("B0", "B2")] == [None, None]
    assert [(line.row, line.field) for line in report.warnings] == [(3, "manager")]


@with_ledger
def test_bill_of_a_party_of_nobody_waits_for_operations(party: Party):
    Party.objects.update(attributed_to=None)
    report = take(row("B1", room="888"), refund("B1", "-1.00", "R1"))
    assert [bill.manager for bill in Charge.objects.all()] == [None, None]
    assert [line.field for line in report.warnings] == ["manager"]
    assert counts(take(row("B1", room="888"))) == (1, 0, 1, 0)


@with_ledger
def test_bill_finds_a_party_in_the_room_it_sat_in_at_the_time(mgr2: User):
    first, second = make_room("601"), make_room("602")
    found = make_party(by=mgr2, room=first, now=at(20))
    move_party(party=found, room=second, by=mgr2, now=at(21))
    take(*(row(f"B{n}", room=room, paid_at=f"2026-06-05T{clock}")
           for n, (room, clock) in enumerate([("601", "20:30"), ("601", "21:30"), ("602", "21:30")])))  # fmt: skip
    parties = dict(Charge.objects.values_list("bill_no", "party"))
    assert parties == {"B0": found.pk, "B1": None, "B2": found.pk}


@with_ledger
def test_bill_that_names_nobody_waits_for_operations():
    report = take(row("B1", manager=""))
    assert Charge.objects.get().manager is None and [line.field for line in report.warnings] == ["manager"]


# --- nasty files -----------------------------------------------------------------------------------------------------


@with_ledger
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_file_is_read_in_the_encodings_houses_save(encoding):
    Room.objects.create(number="帝王", kind="large", floor=8, capacity=20)
    data = file_of(row("单1", room="帝王"), row("单2"), encoding=encoding)
    assert counts(import_charges(data=data)) == (2, 2, 0, 0)
    assert Charge.objects.get(bill_no="单1").room == Room.objects.get()


@with_ledger
def test_blank_lines_crlf_quotes_and_short_rows():
    lines = [f'"{name}"' if n % 2 else name.upper() for n, name in enumerate(HEADER.split(","))]
    text = [
        "",
        ",".join(lines),
        "",
        'B1,room,"1,000.00",2026-06-05T21:00,mgr1,,cash',
        ",,,,,,,",
        "B2,room,5,2026-06-05T21:00,mgr1,,cash,,,",
    ]
    report = import_charges(data="\r\n".join(text).encode())
    assert counts(report) == (2, 2, 0, 0) and sums() == 1005


@with_ledger
def test_row_shifted_by_a_comma_is_refused():
    lines = (
        "B1,room,1,000.00,2026-06-05T21:00,mgr1,,cash,",
        "B3,room,-1,000.00,2026-06-05T21:00,,,,B2",
        "B2,room,5,2026-06-05T21:00,mgr1,,cash,,",
    )
    report = import_charges(data="\n".join([HEADER, *lines]).encode())
    assert counts(report) == (3, 1, 0, 2) and [line.row for line in report.errors] == [2, 3]


@with_ledger
def test_columns_in_another_order_with_strangers_between_them():
    names = ["note", "refund_of", "payment", "manager", "paid_at", "amount", "kind", "bill_no"]
    data = file_of(["x", "", "cash", "mgr1", "2026-06-05T21:00", "7.00", "room", "B1"], header=",".join(names))
    report = import_charges(data=data)
    assert counts(report) == (1, 1, 0, 0) and [line.field for line in report.warnings] == ["header"]


NOT_CSV = [b"", b"\xef\xbb\xbf\r\n\r\n", b"PK\x03\x04rest", b"\x89PNG\r\n", b'{"bill_no": 1}', b"<html>", b"\x00\x01\x02", b"hello\nworld\n",
           b"bill_no,kind,amount\nB1,room,5\n"]  # fmt: skip


@with_ledger
@pytest.mark.parametrize("data", NOT_CSV)
def test_file_that_is_no_list_of_bills_is_said_so_in_one_line(data):
    with pytest.raises(NothingToRead) as refused:
        import_charges(data=data)
    assert str(refused.value) and "\n" not in str(refused.value)


@with_ledger
def test_command_prints_one_document_and_fails_in_one_line(tmp_path: Path, capsys):
    path = tmp_path / "bills.csv"
    path.write_bytes(file_of(row("B1"), row("B2", manager="nobody")))
    call_command("import_charges", path, format="json")
    said = json.loads(capsys.readouterr().out)
    assert {name: said[name] for name in ("rows", "created", "unchanged", "rejected")} == {
        "rows": 2,
        "created": 1,
        "unchanged": 0,
        "rejected": 1,
    }
    assert said["errors"][0]["row"] == 3 and said["errors"][0]["field"] == "manager"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(CommandError, match="cannot be opened"):
        call_command("import_charges", path)
    with pytest.raises(CommandError, match="Cannot read"):
        call_command("import_charges", tmp_path / "nothing.csv")


@with_ledger
def test_bill_that_operations_gave_to_somebody_else_stays_theirs_when_its_file_comes_again(mgr2: User, ops: User):
    bill = row("B1")
    take(bill)
    give_bill(bill=Charge.objects.get(), to=mgr2, by=ops, reason="mgr2's party")
    assert counts(take(bill)) == (1, 0, 1, 0)
    assert Charge.objects.standing().get().manager == mgr2
