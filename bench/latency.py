"""What a person waits for the list and for each kind of search, among all guests and among few."""

import statistics
import time
from collections.abc import Callable, Iterator

from django.test import override_settings

from bench import databases
from bench.calls import Browser
from bench.pages import OURS, searches
from bench.sizes import SIZE
from bench.table import Row
from staff.models import User

ALL, FEW = SIZE.customers, SIZE.few_customers
ROUNDS, EACH = SIZE.latency_rounds


def rows() -> Iterator[Row]:
    """Medians of the wall time, in turns between the two databases."""
    with override_settings(AUTHENTICATION_BACKENDS=[OURS], LOOKUPS_A_NIGHT=1_000_000):
        among_all = searches(_desk())
        with databases.small():
            among_few = searches(_desk())
        times: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in among_all}
        for _round in range(ROUNDS):
            for name, call in among_all.items():
                times[name][0].extend(_waits(call))
            with databases.small():
                for name, call in among_few.items():
                    times[name][1].extend(_waits(call))
    for name, (many, few) in times.items():
        mine, other = statistics.median(many), statistics.median(few)
        yield Row.ratio(f"{name}, {ALL:,} ÷ {FEW:,}", mine, other, 1.3, "ms")


def _desk() -> Browser:
    return Browser(User.objects.get(username="mgr1"), backend=OURS)


def _waits(call: Callable[[], None]) -> list[float]:
    found = []
    call()
    for _n in range(EACH):
        began = time.perf_counter()
        call()
        found.append((time.perf_counter() - began) * 1000)
    return found
