"""Months of business nights, and the lock between writing into a month and closing it (promises.md, "Every yuan").

A month is the date of its first day everywhere inside, "2026-11" at the edges. Whoever writes money into a month first
asks `open_month_for` (or `open_months_for`), which takes that month's lock shared until the transaction ends; closing
takes it exclusively (`hold_month`). So a row is either counted by the closing or booked into a later month: none is
lost, and none comes into a month that is closed. Closings themselves go one after the other (`hold_closings`).

The locks are PostgreSQL's advisory ones, of the transaction: a month that nobody closed needs no row to be locked.
"""

import datetime as dt
import re
from collections.abc import Iterable

from targets.models import MonthClosing
from vipdesk import locks, nights
from vipdesk.locks import Lock

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_ALL_CLOSINGS = 0


# --- what a month is -----------------------------------------------------------------------------------------------


def parse_month(text: str) -> dt.date:
    """The first day of a month written like "2026-11"; ValueError for anything else."""
    match = _MONTH.fullmatch(text)
    if match is None or match[1] == "0000":
        raise ValueError(f"Not a month like 2026-11: {text!r}")
    return dt.date(int(match[1]), int(match[2]), 1)


def month_of(night: dt.date) -> dt.date:
    """The month a night belongs to, as its first day."""
    return night.replace(day=1)


def following(month: dt.date) -> dt.date:
    """The month after."""
    return (month + dt.timedelta(days=31)).replace(day=1)


def preceding(month: dt.date) -> dt.date:
    """The month before."""
    return (month - dt.timedelta(days=1)).replace(day=1)


def nights_of(month: dt.date) -> tuple[dt.date, ...]:
    """Every night of a month."""
    return nights.month_nights(name_of(month))


def name_of(month: dt.date) -> str:
    """As the contract writes it: "2026-11"."""
    return nights.month_of(month)


def current() -> dt.date:
    """The month of the night that is running: 00:40 on 1 December is November."""
    return month_of(nights.tonight())


# --- open and closed -----------------------------------------------------------------------------------------------


def closed_months() -> set[dt.date]:
    return set(MonthClosing.objects.values_list("month", flat=True))


def is_closed(month: dt.date) -> bool:
    return MonthClosing.objects.filter(month=month).exists()


def first_open(month: dt.date, closed: set[dt.date]) -> dt.date:
    """The first month at or after `month` that is not among `closed`."""
    while month in closed:
        month = following(month)
    return month


def open_month_for(month: dt.date) -> dt.date:
    """Where something of `month` is booked now: the first open month at or after it.

    Takes that month's lock shared until the transaction ends, waiting for a closing that is under way; call it inside
    the transaction that writes, before the write.
    """
    return open_months_for([month])[month]


def open_months_for(wanted: Iterable[dt.date]) -> dict[dt.date, dt.date]:
    """`open_month_for` of many months at once; locks are taken in the order of months."""
    booked: dict[dt.date, dt.date] = {}
    closed = closed_months()
    for month in sorted(set(wanted)):
        here = first_open(month, closed)
        while not _share(here):
            closed = closed_months()
            here = first_open(month, closed)
        booked[month] = here
    return booked


def _share(month: dt.date) -> bool:
    """Whether the month is still open once we have its lock. Asked in a statement of its own, after the lock: under
    READ COMMITTED it sees a closing that we waited for."""
    locks.hold(Lock.MONTH, _key(month), is_shared=True)
    return not is_closed(month)


def hold_month(month: dt.date) -> None:
    """The lock of closing: waits for everybody who writes into the month, and keeps new ones waiting."""
    locks.hold(Lock.MONTH, _key(month))


def hold_closings() -> None:
    """While this is held no month is closed and no plan is loaded: both read what the other one writes."""
    locks.hold(Lock.MONTH, _ALL_CLOSINGS)


def _key(month: dt.date) -> int:
    return month.year * 12 + month.month
