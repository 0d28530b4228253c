"""Makes databases of its own, fills them, measures, prints.

Runs in the settings of the tests (no manifest of static files, which a fresh machine has not). A part that fails prints
its line, the others go on, and the exit code is 1. BENCH_SIZE: `full` or `small` (bench/sizes.py). BENCH_JSON: the path
of a file for the table. BENCH_ONLY: some of the parts, by name.
"""

import json
import os
import secrets
import signal
import sys
import traceback
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connection

from bench import databases
from bench.sizes import SIZE
from bench.table import HEAD, Row
from vipdesk import embedded

# In the order in which they run: `planning` fills the small database.
PARTS = (
    "latency", "pages", "evening", "bulk", "charges", "statements", "weeks", "outreach", "sms", "workers", "planning",
)  # fmt: skip


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # a part that is ended ends what it started
    names = _read_parts()
    _prepare()
    return _measure(names)


def _read_parts() -> list[str]:
    names = os.environ.get("BENCH_ONLY", "").split() or list(PARTS)
    if unknown := set(names) - set(PARTS):
        sys.exit(f"BENCH_ONLY names no part of the bench: {' '.join(sorted(unknown))}. There are: {' '.join(PARTS)}.")
    return names


def _prepare() -> None:
    """Databases of the bench's own, on the server in use, with a demo venue in each."""
    embedded.ensure()
    owner = embedded.owner_url()
    databases.make_own(owner)
    os.environ |= {"DJANGO_SETTINGS_MODULE": "vipdesk.settings_test", "DEBUG": "0", "LOG_LEVEL": "ERROR"}
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(64))
    django.setup()
    call_command("migrate", verbosity=0)
    databases.copy_to_small(owner)
    with databases.small():
        _fill(SIZE.few_customers)
    _fill(SIZE.customers)


def _fill(customers: int) -> None:
    call_command("load_demo", customers=customers, nights=SIZE.nights, stdout=sys.stderr)


def _measure(names: list[str]) -> int:
    """Exit code: 1 where a part failed. An aim that is not met is a figure, no failure."""
    print(f"{SIZE.customers:,} guests" + ("" if SIZE.is_judged else "; at this size no aim is judged"))
    print(HEAD)
    rows = []
    for name in names:
        for row in _rows_of(name):
            rows.append(row if SIZE.is_judged else row.without_aim())
            print(rows[-1].line(), flush=True)
    if path := os.environ.get("BENCH_JSON"):
        text = json.dumps([row.as_json() for row in rows], ensure_ascii=False, indent=1)
        Path(path).write_text(text + "\n", encoding="utf-8")
    return 1 if any(row.error for row in rows) else 0


def _rows_of(name: str) -> Iterator[Row]:
    """A part's rows; where it fails, a last one that says so."""
    try:
        yield from import_module(f"bench.{name}").rows()
    except Exception as error:  # noqa: BLE001  whatever it is, the parts after it are measured
        traceback.print_exc()
        connection.close()
        yield Row.failed(name, error)


if __name__ == "__main__":
    sys.exit(main())
