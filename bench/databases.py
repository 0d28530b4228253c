"""The bench's own databases beside the desk's, on the same server: one of the size asked for, and a small one."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import psycopg2
from django.db import connection

NAME, SMALL = "vipdesk_bench", "vipdesk_bench_small"


def make_own(owner: str) -> None:
    """A fresh one, which is from here on the one in use. `owner`: the address of the role that makes it."""
    _run(owner, f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)", f"CREATE DATABASE {NAME}")
    os.environ["DATABASE_URL"] = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{NAME}").geturl()
    os.environ["MIGRATE_DATABASE_URL"] = owner


def copy_to_small(owner: str) -> None:
    """The small one, as the one in use is now."""
    connection.close()
    _run(owner, f"DROP DATABASE IF EXISTS {SMALL} WITH (FORCE)", f"CREATE DATABASE {SMALL} TEMPLATE {NAME}")


@contextmanager
def small() -> Iterator[None]:
    """Within it everything goes to the small one."""
    _use(SMALL)
    try:
        yield
    finally:
        _use(NAME)


def _use(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name
    connection.connect()


def _run(url: str, *statements: str) -> None:
    with closing(psycopg2.connect(url)) as server:
        server.autocommit = True
        with server.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
