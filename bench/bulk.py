"""Files in and out beside COPY: wall time, since PostgreSQL does most of the work."""

import csv
import datetime as dt
import io
import tempfile
import time
from collections.abc import Callable, Iterator

from django.db import connection

from bench.sizes import SIZE
from bench.table import Row
from customers.demo import people
from customers.intake.exporting import export_guests, export_intake
from customers.intake.importing import import_customers
from customers.models import Customer
from staff.models import User
from vipdesk.database_roles import as_owner

NIGHT = dt.date(2018, 1, 1)  # before any guest of the demo venue
EXPORTED = SIZE.exported
IMPORTED = SIZE.imported
FIRST_NEW = 5_000_000  # numbers of guests whom the demo venue has not
_COLUMNS = (
    "name, phone, birthday_month, birthday_day, birthday_calendar, home_address, work_address, tier_id, member_no, "
    "owner_id, captured_at, sms_consent, call_consent, source, notes"
)
_HEADER = "name,phone,birthday,calendar,home_address,work_address,owner,captured_at,sms_consent,source,notes"
_MOVE = "UPDATE customers_customer SET night = %s WHERE id IN (SELECT id FROM customers_customer ORDER BY id LIMIT %s)"
_SHEET = f"SELECT {_COLUMNS} FROM customers_customer WHERE night = %s ORDER BY captured_at, id"
_EVERYBODY = f"SELECT {_COLUMNS} FROM customers_customer WHERE phone IS NOT NULL ORDER BY captured_at, id"
_NEWEST = "SELECT {columns} FROM customers_customer ORDER BY id DESC LIMIT %s"


def rows() -> Iterator[Row]:
    """The files' rows of the table."""
    _sql(_MOVE, NIGHT, EXPORTED)
    exported = _value("SELECT count(*) FROM customers_customer WHERE night = %s", NIGHT)
    copied = _best(_copy_out)
    yield Row.ratio(f"CSV export of {exported:,}", _best(lambda: _export("csv")), copied, 2.0, "s")
    everybody = _value("SELECT count(*) FROM customers_customer WHERE phone IS NOT NULL")
    listed, copied = _best(_export_everybody, times=2), _best(_copy_everybody, times=2)
    yield Row.ratio(f"CSV of the list, {everybody:,}", listed, copied, 2.0, "s")
    seconds = _best(lambda: _export("xlsx"), times=1)
    yield Row("XLSX export", exported / seconds, None, "", None, "rows a s")
    yield _import()


def _export(kind: str) -> None:
    with export_intake(night=NIGHT, format=kind, channel="command").file as file:
        while file.read(1 << 20):
            pass


def _export_everybody() -> None:
    guests, ops = Customer.objects.living().exclude(phone=None), User.objects.get(username="ops")
    export_guests(guests=guests, format="csv", filters={}, reason="bench", user=ops).file.close()


def _copy_everybody() -> None:
    with connection.cursor() as cursor, tempfile.TemporaryFile() as file:
        cursor.copy_expert(f"COPY ({_EVERYBODY}) TO STDOUT CSV HEADER", file)


def _copy_out() -> None:
    with connection.cursor() as cursor:
        query = cursor.mogrify(_SHEET, [NIGHT]).decode()
        cursor.copy_expert(f"COPY ({query}) TO STDOUT CSV HEADER", io.StringIO())


def _import() -> Row:
    """Rows a second, ours and COPY's into a table with the same columns and indexes; here more is better."""
    data = _sheet()
    began = time.perf_counter()
    report = import_customers(data=data, filename="bench.csv")
    ours = IMPORTED / (time.perf_counter() - began)
    if report.created != IMPORTED:
        raise RuntimeError(f"{report.created} of {IMPORTED} came in: this would be measured wrongly")
    copied = IMPORTED / _copy_in()
    return Row(f"import of {IMPORTED:,}", ours, copied, "≥ 0.1 ×", ours / copied >= 0.1, "rows a s")


def _copy_in() -> float:
    """Seconds for COPY of what the import made."""
    with as_owner():
        _sql("CREATE TABLE bench_copy (LIKE customers_customer INCLUDING ALL)")
    columns = ", ".join(str(f.column) for f in Customer._meta.concrete_fields if not f.generated)
    text = io.StringIO()
    with connection.cursor() as cursor:
        query = cursor.mogrify(_NEWEST.format(columns=columns), [IMPORTED]).decode()
        cursor.copy_expert(f"COPY ({query}) TO STDOUT", text)
        text.seek(0)
        began = time.perf_counter()
        cursor.copy_expert(f"COPY bench_copy ({columns}) FROM STDIN", text)
    return time.perf_counter() - began


def _sheet() -> bytes:
    text = io.StringIO()
    sheet = csv.writer(text)
    sheet.writerow(_HEADER.split(","))
    for number, person in enumerate(people.people(99, 0, IMPORTED), start=FIRST_NEW):
        month, day, year, calendar, _is_leap = person.birthday
        born = f"{year}-{month:02d}-{day:02d}" if year else f"{month:02d}-{day:02d}"
        facts = (person.name, people.phone(number), born, calendar, person.home, person.work, "mgr1")
        sheet.writerow([*facts, person.early_night, "yes" if person.sms else "no", person.source, person.notes])
    return text.getvalue().encode()


def _best(work: Callable[[], None], times: int = 3) -> float:
    found = []
    for _n in range(times):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return min(found)


def _sql(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)  # type: ignore[arg-type]


def _value(sql: str, *values: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)  # type: ignore[arg-type]
        found: int = cursor.fetchone()[0]
    return found
