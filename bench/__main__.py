"""Makes a database of its own, fills it, measures, prints.

Runs in the settings of the tests (no manifest of static files, which a fresh machine has not).
BENCH_CUSTOMERS: how many guests stand in it (100000). BENCH_JSON: where the table is also written to.
"""

import json
import os
import secrets
import sys
from contextlib import closing
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

import django
import psycopg2
from django.core.management import call_command

from vipdesk import embedded

NAME = "vipdesk_bench"


def main() -> None:
    embedded.ensure()
    _own_database(os.environ["DATABASE_URL"])
    os.environ |= {"DJANGO_SETTINGS_MODULE": "vipdesk.settings_test", "DEBUG": "0", "LOG_LEVEL": "ERROR"}
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(64))
    django.setup()
    customers = int(os.environ.get("BENCH_CUSTOMERS", "100000"))
    call_command("migrate", verbosity=0)
    call_command("load_demo", customers=customers, nights=30, stdout=sys.stderr)
    print(f"{customers:,} guests")
    _measure()


def _own_database(url: str) -> None:
    """A fresh one beside the desk's, on the same server, and from here on the one in use."""
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {NAME}")
    os.environ["DATABASE_URL"] = urlsplit(url)._replace(path=f"/{NAME}").geturl()


def _measure() -> None:
    from bench import bulk, pages
    from bench.table import HEAD

    print(HEAD)
    rows = []
    for row in chain(pages.rows(), bulk.rows()):
        print(row.line(), flush=True)
        rows.append(row.as_json())
    if path := os.environ.get("BENCH_JSON"):
        Path(path).write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


main()
