"""The bench's own databases beside the desk's, on the same server: one of the size asked for, and a small one."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import psycopg2
from django.db import connection

NAME, SMALL = "vipdesk_bench", "vipdesk_bench_small"


def make_own(url: str) -> None:
    """A fresh one, which is from here on the one in use."""
    _run(url, f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)", f"CREATE DATABASE {NAME}")
    os.environ["DATABASE_URL"] = urlsplit(url)._replace(path=f"/{NAME}").geturl()


def copy_to_small(url: str) -> None:
    """The small one, as the one in use is now."""
    connection.close()
    _run(url, f"DROP DATABASE IF EXISTS {SMALL} WITH (FORCE)", f"CREATE DATABASE {SMALL} TEMPLATE {NAME}")


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
