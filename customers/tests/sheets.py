"""Sheets for tests, made as houses make them: one call each."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import openpyxl

from customers.intake.importing import Report, import_customers


def csv_sheet(header: str, *rows: Sequence[Any], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """A CSV file; `header` is comma-separated whatever the delimiter."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(header.split(","))
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def workbook(*rows: Sequence[Any], title: str = "Sheet1", **more: Sequence[Sequence[Any]]) -> bytes:
    """An XLSX file whose first sheet holds `rows`; `more` are further sheets by their names."""
    book = openpyxl.Workbook()
    book.active.title = title
    for name, sheet_rows in {title: rows, **more}.items():
        sheet = book.active if name == title else book.create_sheet(name)
        for row in sheet_rows:
            sheet.append(list(row))
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def take_in(data: bytes, **how: Any) -> Report:
    return import_customers(data=data, filename="sheet", **how)


def counts(report: Report) -> tuple[int, int, int, int, int]:
    """rows, created, updated, unchanged, rejected; which add up in every report."""
    assert report.created + report.updated + report.unchanged + report.rejected == report.rows
    assert len(report.errors) == report.rejected
    return report.rows, report.created, report.updated, report.unchanged, report.rejected


def faults(report: Report) -> list[tuple[int, str]]:
    return [(line.row, line.field) for line in report.errors]


def warned(report: Report, field: str) -> list[int]:
    return [line.row for line in report.warnings if line.field == field]
