"""Two transactions that wait for each other: the database ends one of them, which is then done once more."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection

_DEADLOCK = "40P01"
P = ParamSpec("P")
T = TypeVar("T")


def retry_deadlock(work: Callable[P, T]) -> Callable[P, T]:
    """Decorator of a function that is one transaction: done again, once, where the database ended it for a deadlock.

    Inside a transaction of the caller's nothing is tried again: that one is lost as a whole.
    """

    @functools.wraps(work)
    def once_more(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return work(*args, **kwargs)
        except OperationalError as error:
            if connection.in_atomic_block or getattr(error.__cause__, "pgcode", None) != _DEADLOCK:
                raise
        return work(*args, **kwargs)

    return once_more
