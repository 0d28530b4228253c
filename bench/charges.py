"""A file of bills beside a bare COPY into the ledger itself, with its constraints and triggers: rows a second."""

import csv
import io
import time
from collections.abc import Iterator

from django.db import connection

from bench.sizes import SIZE
from bench.table import Row
from targets.bills.importing import import_charges
from targets.models import Charge
from visits.models import Room

BILLS = SIZE.bills
LEAST = 0.2
_HEADER = "bill_no,kind,amount,paid_at,manager,room,payment,refund_of"
_PAYMENTS = ("cash", "card", "wechat", "alipay", "stored_value")
# The same bills once more under other numbers.
_OTHERS = "SELECT {columns} FROM targets_charge WHERE bill_no LIKE 'BENCH-%'"


def rows() -> Iterator[Row]:
    """The ledger's row of the table; more is better."""
    data = _file()
    began = time.perf_counter()
    report = import_charges(data=data)
    ours = BILLS / (time.perf_counter() - began)
    if report.created != BILLS:
        raise RuntimeError(f"{report.created} of {BILLS} came in: this would be measured wrongly")
    copied = BILLS / _copy()
    yield Row(f"import of {BILLS:,} bills", ours, copied, f"≥ {LEAST} ×", ours / copied >= LEAST, "rows a s")


def _copy() -> float:
    """Seconds for COPY of what the import made, its commit included: there the foreign keys are looked at."""
    columns = [str(field.column) for field in Charge._meta.concrete_fields if not field.primary_key]
    chosen = ["'COPY-' || bill_no" if column == "bill_no" else column for column in columns]
    text = io.StringIO()
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY ({_OTHERS.format(columns=', '.join(chosen))}) TO STDOUT", text)
        text.seek(0)
        began = time.perf_counter()
        cursor.copy_expert(f"COPY targets_charge ({', '.join(columns)}) FROM STDIN", text)
    return time.perf_counter() - began


def _file() -> bytes:
    """Bills of last winter, every other one of a room."""
    numbers = list(Room.objects.order_by("number").values_list("number", flat=True))
    text = io.StringIO()
    sheet = csv.writer(text)
    sheet.writerow(_HEADER.split(","))
    for n in range(BILLS):
        paid_at = f"2026-02-{n % 28 + 1:02d}T{18 + n % 6}:{n % 60:02d}:00"
        room = numbers[n % len(numbers)] if n % 2 else ""
        facts = (f"{n % 90_000 / 100 + 10:.2f}", paid_at, f"mgr{n % 6 + 1}", room, _PAYMENTS[n % 5], "")
        sheet.writerow([f"BENCH-{n}", "room", *facts])
    return text.getvalue().encode()
