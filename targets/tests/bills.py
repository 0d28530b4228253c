"""Files of bills for tests, and bills in the ledger: one call each."""

import csv
import io
import itertools
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from customers.intake.importing import Report
from staff.models import User
from targets import months
from targets.bills.importing import import_charges
from targets.claims import claim_bill
from targets.models import Charge, Claim, Gift, GiftAllowance
from visits.models import Party

HEADER = "bill_no,kind,amount,paid_at,manager,room,payment,refund_of"
USUAL = {"kind": "room", "amount": "1000.00", "paid_at": "2026-06-05T21:00:00", "manager": "mgr1", "payment": "cash"}
_numbers = itertools.count(1)


def row(bill_no: str = "", **cells: Any) -> list[Any]:
    """A row of the contract's columns; by usual a room's bill of 1,000 yuan, mgr1's, on 5 June 2026."""
    said = USUAL | {"bill_no": bill_no or f"T{next(_numbers)}"} | cells
    return [said.get(name, "") for name in HEADER.split(",")]


def refund(of: str, amount: str, bill_no: str = "", **cells: Any) -> list[Any]:
    said = {
        "paid_at": "2026-06-06T21:00:00",
        "refund_of": of,
        "amount": amount,
        "manager": "",
        "kind": "",
        "payment": "",
    }
    return row(bill_no, **(said | cells))


def file_of(*rows: Sequence[Any], header: str = HEADER, encoding: str = "utf-8") -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header.split(","))
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def take(*rows: Sequence[Any]) -> Report:
    return import_charges(data=file_of(*rows))


def counts(report: Report) -> tuple[int, int, int, int]:
    """rows, created, unchanged, rejected; which add up in every report."""
    assert report.created + report.unchanged + report.rejected == report.rows
    assert len(report.errors) == report.rejected and not report.updated
    return report.rows, report.created, report.unchanged, report.rejected


def faults(report: Report) -> list[tuple[int, str]]:
    return [(line.row, line.field) for line in report.errors]


def make_charge(manager: User | None = None, amount: str = "1000.00", **cells: Any) -> Charge:
    """A bill or refund in the ledger, come in as a file's one row."""
    said = row(amount=amount, manager=manager.username if manager else "", **cells)
    report = take(said)
    assert report.created == 1, report.as_json()
    return Charge.objects.get(bill_no=said[0], entry="bill")


def make_claim(manager: User, **facts: Any) -> Claim:
    """500 yuan, a moment ago."""
    said = {"bill_no": f"C{next(_numbers)}", "amount": "500.00", "paid_at": timezone.now(), "payment": "cash"}
    return claim_bill(claim=Claim(manager=manager, **(said | facts)))


def make_gift(manager: User, party: Party) -> Gift:
    """A plate given just now, the only one of the manager's allowance."""
    facts = {"manager": manager, "month": months.month_of(party.night), "granted": 1, "given": 1}
    return Gift.objects.create(
        allowance=GiftAllowance.objects.create(**facts), party=party, night=party.night, cost="38.00"
    )
