"""Two batches of text messages, the second ten times the first: statements, and how much memory it takes, ours and
PostgreSQL's. Each in a process of its own, since a process's peak never falls. Fills the small database: comes last."""

import json
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import databases
from bench.sizes import SIZE
from bench.table import Row

SIZES = SIZE.batches
MEGABYTE = 1024
# One guest of the house, again and again, with numbers that nobody has.
_FILL = """
INSERT INTO customers_customer ({columns}, phone, member_no, client_id)
SELECT {columns}, '+86' || number, NULL, NULL
FROM (SELECT * FROM customers_customer WHERE id = %(guest)s) c,
     (SELECT 19000000000 + (SELECT max(id) FROM customers_customer) + n AS number FROM generate_series(1, %(more)s) n) x
WHERE NOT EXISTS (SELECT FROM customers_phonenumber p WHERE p.number = '+86' || x.number)
"""


def rows() -> Iterator[Row]:
    with databases.small():
        small, big = (_filled(size) for size in SIZES)
    sizes = f"{small['planned']:,} and {big['planned']:,}"
    yield Row.ratio(f"SMS, statements, {sizes}", big["statements"], small["statements"], 1.0, "")
    yield Row.ratio("SMS, memory of the process", big["ours"], small["ours"], 1.1, "MB")
    if big["theirs"]:
        yield Row("SMS, memory of PostgreSQL", big["theirs"], small["theirs"], "", None, "MB")


def _filled(size: int) -> dict[str, Any]:
    from django.db import connection

    from customers.models import Customer
    from vipdesk.database_roles import analyze

    reached = Customer.objects.filter(sms_consent=True, merged_into=None, erased_at=None).exclude(phone=None)
    own = {"id", "phone", "member_no", "client_id"}
    fields = [field for field in Customer._meta.concrete_fields if not (field.generated or field.column in own)]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        some = {"guest": reached.values_list("pk", flat=True)[0], "more": max(0, size - reached.count())}
        cursor.execute(_FILL.format(columns=columns), some)
    analyze()
    return _measured()


def _measured() -> dict[str, Any]:
    """What one build, approval, report and stop cost in the database in use; taken back afterwards."""
    from django.db import connection

    url = os.environ["DATABASE_URL"].rsplit("/", 1)[0] + "/" + connection.settings_dict["NAME"]
    command = [sys.executable, "-m", "bench.planning"]
    said = subprocess.run(command, env=os.environ | {"DATABASE_URL": url}, check=True, capture_output=True).stdout
    found: dict[str, Any] = json.loads(said)
    return found


class _Backend(threading.Thread):
    """Watches the memory of our PostgreSQL process, without what it shares with the others."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.status, self.most, self.is_over = Path(f"/proc/{pid}/status"), 0, threading.Event()

    def run(self) -> None:
        while not self.is_over.wait(0.02):
            try:
                lines = self.status.read_text().splitlines()
            except OSError:
                return  # on another machine
            anonymous = next((int(line.split()[1]) for line in lines if line.startswith("RssAnon")), 0)
            self.most = max(self.most, anonymous)


def _measure() -> None:
    import django

    django.setup()
    from django.db import connection, transaction

    from bench.sms import NIGHT
    from outreach import sms_planning

    statements = 0

    def count(execute: Any, *asked: Any) -> Any:
        nonlocal statements
        statements += 1
        return execute(*asked)

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = _Backend(cursor.fetchone()[0])
    backend.start()
    with transaction.atomic(), connection.execute_wrapper(count):
        batch = sms_planning.build_batch(night=NIGHT, code="demo", is_forced=True).batch
        sms_planning.approve_batch(batch=batch)
        planned = sms_planning.report(batch)["planned"]
        sms_planning.stop_batch(batch=batch)
        transaction.set_rollback(True)
    backend.is_over.set()
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE
    theirs = backend.most / MEGABYTE
    sys.stdout.write(json.dumps({"planned": planned, "statements": statements, "ours": ours, "theirs": theirs}))


if __name__ == "__main__":
    _measure()
