"""Makes databases of its own, fills them, measures, prints.

Runs in the settings of the tests (no manifest of static files, which a fresh machine has not).
BENCH_CUSTOMERS: how many guests stand in it (100000). BENCH_JSON: where the table is also written to. BENCH_ONLY: some
of the parts, by name.
"""

import json
import os
import secrets
import sys
from itertools import chain
from pathlib import Path

import django
from django.core.management import call_command

from vipdesk import embedded


def main() -> None:
    from bench import databases

    embedded.ensure()
    server = os.environ["DATABASE_URL"]
    databases.make_own(server)
    os.environ |= {"DJANGO_SETTINGS_MODULE": "vipdesk.settings_test", "DEBUG": "0", "LOG_LEVEL": "ERROR"}
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(64))
    django.setup()
    customers = int(os.environ.get("BENCH_CUSTOMERS", "100000"))
    call_command("migrate", verbosity=0)
    databases.copy_to_small(server)
    with databases.small():
        _fill(10_000)
    _fill(customers)
    print(f"{customers:,} guests")
    _measure(customers)


def _fill(customers: int) -> None:
    call_command("load_demo", customers=customers, nights=30, stdout=sys.stderr)


def _measure(customers: int) -> None:
    from bench import bulk, charges, evening, latency, outreach, pages, planning, sms, statements, weeks, workers
    from bench.table import HEAD

    print(HEAD)
    rows = []
    parts = (pages, evening, bulk, charges, statements, weeks, outreach, sms, workers, planning)
    made = {"latency": lambda: latency.rows(customers)} | {part.__name__.split(".")[1]: part.rows for part in parts}
    only = os.environ.get("BENCH_ONLY", "").split() or made
    for row in chain.from_iterable(made[name]() for name in only):
        print(row.line(), flush=True)
        rows.append(row.as_json())
    if path := os.environ.get("BENCH_JSON"):
        Path(path).write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


main()
