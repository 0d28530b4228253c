"""Cells and row numbers of files, as the reading engine hands them to an importer.

Imports nothing of Django: the child process that parses files looks here too.
"""

import datetime as dt
import re
from collections.abc import Sequence

Cell = str | float | int | bool | dt.date | dt.datetime | dt.time | dt.timedelta | None
Row = Sequence[Cell]

SHEET = 10_000_000  # more rows than a sheet can have
DAYS_TO_1904 = 1_462  # a workbook of the 1904 date system counts its days from four years later
_BLANKS = " \t\r\n\xa0\u3000"
_TEXT_FORMULA = re.compile(r'="((?:[^"]|"")*)"', re.DOTALL)


class RowNumber(int):
    """A row's number in a file of several sheets: an int that orders rows through the file, and names its sheet."""

    row: int
    sheet: str

    def __new__(cls, row: int, sheet: str, at: int) -> "RowNumber":
        """`row` as the spreadsheet shows it; `at` is the sheet's place in the file, from 0."""
        self = super().__new__(cls, at * SHEET + row)
        self.row, self.sheet = row, sheet
        return self

    def __str__(self) -> str:
        return f"{self.row} ({self.sheet})"


class Number1904(float):
    """A number of a workbook that counts days from 1904: as a date it is another day than elsewhere."""

    __slots__ = ()


def serial_number(number: float, serials: range) -> float:
    """A number as the usual spreadsheet counts days (from 1900), where it may be a date: one of `serials`."""
    if isinstance(number, Number1904) and int(number) + DAYS_TO_1904 in serials:
        return float(number) + DAYS_TO_1904
    return float(number)


def unwrap_text_formula(text: str) -> str:
    """The text of `="00025003"`, which keeps a spreadsheet from reading it as a number; other texts as they are."""
    if "=" not in text:
        return text
    found = _TEXT_FORMULA.fullmatch(text.strip(_BLANKS))
    return found[1].replace('""', '"') if found else text


def unwrap_row(row: Row) -> Row:
    """A row with the texts of its text formulas."""
    if any(isinstance(cell, str) and "=" in cell for cell in row):
        return [unwrap_text_formula(cell) if isinstance(cell, str) else cell for cell in row]
    return row
