"""The four importers side by side, for tests of what holds in each of them."""

import datetime as dt
import io
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlsxwriter

from customers.intake.importing import Report, import_customers
from customers.models import Customer
from customers.tests.factories import make_customer
from customers.tests.sheets import csv_sheet
from feedback.models import Survey
from feedback.survey_files.importing import import_surveys
from targets.bills.importing import import_charges
from targets.models import Charge
from visits.bottle_files.importing import import_bottles
from visits.models import StoredBottle
from visits.tests.factories import make_room

FIELD = Path(__file__).parent / "data" / "field"


@dataclass(frozen=True)
class Importer:
    """One importer: its columns with a usual row, how a file comes in, and what is kept. `when` is a date column."""

    name: str
    usual: dict[str, str]
    when: str
    take: Callable[[bytes], Report]
    model: Any
    numbers: tuple[str, ...] = ()
    unique: dict[str, Callable[[int], str]] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        return list(self.usual)

    def row(self, number: int = 1, **cells: Any) -> list[Any]:
        """A usual row, another one for each number."""
        own = {name: make(number) for name, make in self.unique.items()}
        return list({**self.usual, **own, **cells}.values())

    def csv(self, *rows: Sequence[Any], **how: Any) -> bytes:
        return csv_sheet(",".join(self.columns), *rows, **how)

    def xlsx(self, *rows: Sequence[Any], **more: Sequence[Sequence[Any]]) -> bytes:
        return book_of({"Sheet1": [self.columns, *rows], **more})

    def values(self, name: str) -> list[Any]:
        return list(self.model.objects.order_by("pk").values_list(name, flat=True))


CUSTOMERS = Importer(
    name="customers",
    usual={"name": "王芳", "phone": "", "birthday": "1990-05-17", "calendar": "solar", "home_address": "南京东路1号",
           "member_no": "", "captured_at": "2026-11-20", "notes": ""},
    when="captured_at",
    take=lambda data: import_customers(data=data, filename="sheet"),
    model=Customer,
    numbers=("member_no",),
    unique={"phone": lambda n: f"1381655{n:04d}"},
)  # fmt: skip
BOTTLES = Importer(
    name="bottles",
    usual={"bottle_no": "", "phone": "13816559999", "product": "麦芽", "category": "spirits", "is_opened": "no",
           "stored_on": "2026-11-01", "expires_on": "2027-02-01", "remaining": "1", "locker": "A1"},
    when="stored_on",
    take=lambda data: import_bottles(data=data, filename="sheet"),
    model=StoredBottle,
    numbers=("bottle_no", "locker"),
    unique={"bottle_no": lambda n: f"K{n}"},
)  # fmt: skip
SURVEYS = Importer(
    name="surveys",
    usual={"client_id": "", "submitted_at": "2026-11-20T22:15", "manager": "mgr1", "room": "888", "overall": "5",
           "comment": "", "channel": "qr"},
    when="submitted_at",
    take=lambda data: import_surveys(data=data),
    model=Survey,
    unique={"client_id": lambda n: str(uuid.UUID(int=0x6F9B3B3E0C524A4E9A34000000000000 + n))},
)  # fmt: skip
CHARGES = Importer(
    name="charges",
    usual={"bill_no": "", "kind": "room", "amount": "100.00", "paid_at": "2026-11-02T21:30", "manager": "mgr1",
           "room": "", "payment": "cash", "refund_of": ""},
    when="paid_at",
    take=lambda data: import_charges(data=data),
    model=Charge,
    numbers=("bill_no",),
    unique={"bill_no": lambda n: f"B{n}"},
)  # fmt: skip
IMPORTERS = (CUSTOMERS, BOTTLES, SURVEYS, CHARGES)


def book_of(sheets: Mapping[str, Sequence[Sequence[Any]]], **options: Any) -> bytes:
    """A workbook in which every text is a text, whatever it begins with."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"strings_to_formulas": False, "strings_to_urls": False, **options})
    formats = {
        dt.datetime: book.add_format({"num_format": "yyyy/m/d hh:mm"}),
        dt.date: book.add_format({"num_format": "yyyy/m/d"}),
        dt.time: book.add_format({"num_format": "hh:mm"}),
    }
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                style = formats.get(type(cell))
                sheet.write(at, column, cell, *([style] if style else ()))
    book.close()
    return stream.getvalue()


def furnish() -> None:
    """What the usual rows name, besides the manager mgr1."""
    make_room("888")
    make_customer(name="赵伟", phone="+8613816559999")
