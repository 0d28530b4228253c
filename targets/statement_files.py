"""Statements as files for payroll: CSV, one line each; XLSX with tiers and adjustments on sheets of their own."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from django.utils.translation import gettext as _

from customers.intake.cells import guard
from targets import months
from targets.commission import print_money, print_rate
from targets.statements import MonthStatement

COLUMNS = (
    "month", "status", "manager", "name", "plan", "floor", "target", "room_total", "card_total", "completion",
    "room_commission", "card_commission", "bonus", "adjustments", "total", "gifts_next_month", "adjusted_months",
)  # fmt: skip
_AMOUNTS = {"floor", "target", "room_total", "card_total", "room_commission", "card_commission", "bonus"}


def write_csv(statements: Iterable[MonthStatement], file: IO[str]) -> None:
    """`adjustments` is their sum; of which months it is stands in the last column."""
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for one in statements:
        said = _said(one)
        typed = {"manager": guard(said["manager"]), "name": guard(said["name"]), "plan": guard(said["plan"])}
        writer.writerow([(said | typed)[column] for column in COLUMNS])


def _said(one: MonthStatement) -> dict[str, Any]:
    return one.as_json() | {
        "name": str(one.manager),
        "adjustments": print_money(one.adjusted),
        "adjusted_months": "; ".join(f"{months.name_of(it.month)} {it.amount}" for it in one.adjustments),
    }


# --- XLSX ------------------------------------------------------------------------------------------------------------


def write_xlsx(statements: Iterable[MonthStatement], stream: IO[bytes]) -> None:
    """Three sheets: a line each, the tiers, the adjustments. Amounts are numbers, everything else is text."""
    found = list(statements)
    with xlsxwriter.Workbook(stream, _PLAIN) as book:
        _sheet(book, _("Statements"), COLUMNS, _lines(found))
        _sheet(book, _("Tiers"), ("month", "manager", *TIER), _tiers(found))
        _sheet(book, _("Adjustments"), ("month", "manager", "of_month", "amount"), _adjustments(found))


_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
TIER = ("over", "up_to", "rate", "amount", "commission")


def _sheet(book: Any, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    sheet = book.add_worksheet(name)
    bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(columns) - 1, 16)
    for at, column in enumerate(columns):
        sheet.write_string(0, at, column, bold)
    for n, row in enumerate(rows, start=1):
        for at, value in enumerate(row):
            if isinstance(value, Decimal):
                sheet.write_number(n, at, value, money)
            elif value is not None:
                sheet.write_string(n, at, str(value))


def _lines(found: Iterable[MonthStatement]) -> Iterator[list[Any]]:
    for one in found:
        said = _said(one)
        amounts = {column: Decimal(said[column]) for column in _AMOUNTS}
        amounts |= {"adjustments": one.adjusted, "total": one.total}
        yield [(said | amounts)[column] for column in COLUMNS]


def _tiers(found: Iterable[MonthStatement]) -> Iterator[list[Any]]:
    for one in found:
        for it in one.earned.slices:
            rate = print_rate(it.rate)
            yield [months.name_of(one.month), one.manager.username, it.over, it.up_to, rate, it.amount, it.commission]


def _adjustments(found: Iterable[MonthStatement]) -> Iterator[list[Any]]:
    for one in found:
        for it in one.adjustments:
            yield [months.name_of(one.month), one.manager.username, months.name_of(it.month), it.amount]
