"""How much the bench measures, by BENCH_SIZE: `full` gives the figures, `small` shows in seconds that every part runs.

A number of the full size can be set by hand: BENCH_CUSTOMERS, BENCH_SURVEYS, BENCH_CHARGES, BENCH_SMS.
"""

import os
import sys
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Size:
    """Counts of one size. Aims hold for the full size only: `is_judged` says whether they are compared."""

    is_judged: bool
    nights: int  # of the demo venue
    customers: int
    few_customers: int  # the second, small database
    rounds: tuple[int, int]  # of a comparison by CPU: how many, and calls in each
    latency_rounds: tuple[int, int]
    exported: int
    imported: int
    bills: int
    managers: int
    charges: int  # of each manager in the month
    surveys: int
    sms_seconds: int
    sms_messages: int
    batches: tuple[int, int]  # messages in the two batches whose memory is compared


FULL = Size(
    is_judged=True,
    nights=30,
    customers=100_000,
    few_customers=10_000,
    rounds=(15, 20),
    latency_rounds=(5, 10),
    exported=20_000,
    imported=20_000,
    bills=100_000,
    managers=500,
    charges=10_000,
    surveys=5_000_000,
    sms_seconds=10,
    sms_messages=10_000,
    batches=(50_000, 500_000),
)
SMALL = Size(
    is_judged=False,
    nights=7,
    customers=1_000,
    few_customers=200,
    rounds=(1, 2),
    latency_rounds=(1, 1),
    exported=500,
    imported=500,
    bills=500,
    managers=10,
    charges=50,
    surveys=5_000,
    sms_seconds=1,
    sms_messages=100,
    batches=(500, 5_000),
)
_SET_BY_HAND = {
    "customers": "BENCH_CUSTOMERS",
    "surveys": "BENCH_SURVEYS",
    "charges": "BENCH_CHARGES",
    "sms_messages": "BENCH_SMS",
}


def read_size() -> Size:
    """The size that the environment names."""
    name = os.environ.get("BENCH_SIZE") or "full"
    sizes = {"full": FULL, "small": SMALL}
    if name not in sizes:
        sys.exit(f"BENCH_SIZE is {name!r}: it must be full or small.")
    counts = {field: int(os.environ[key]) for field, key in _SET_BY_HAND.items() if os.environ.get(key)}
    return replace(sizes[name], **counts)  # type: ignore[arg-type]


SIZE = read_size()
