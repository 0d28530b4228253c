"""Runs a call many times at one moment, each in a thread with a database connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


def at_once(times: int, call: Callable[[int], T]) -> list[T]:
    """What `call(0)` … `call(times - 1)` return, in that order."""
    start = Barrier(times)

    def run(n: int) -> T:
        try:
            connection.ensure_connection()
            start.wait()
            return call(n)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))
