"""Day first or month first: how a column writes 5/8/1977, decided from the whole column and never from one row.

One 23/5 in a column settles that its days come first, one 5/23 that its months do. Where both stand, or neither, a
5/8 says nothing by itself: `month_and_day` then answers None, and the importer refuses the cell or marks a guess.
Pure: no model, no clock, no I/O.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from functools import lru_cache

# 5/8, 5.8, 5/8/1977, 5-8-1977, with a time behind or not. 05-08 is a month and a day by ISO 8601, never the reverse.
_PAIR = re.compile(
    r"(\d{1,2})\s*([/.-])\s*(\d{1,2})(?:\s*[/.-]\s*(\d{4}))?(?:[\sT,]+\D{0,4}\d{1,2}[:点时].*)?", re.ASCII
)


class DateOrder(StrEnum):
    """What the cells of a column show. `UNKNOWN`: no cell settles it. `MIXED`: some show the one, some the other."""

    UNKNOWN = "unknown"
    DAY_FIRST = "day first"
    MONTH_FIRST = "month first"
    MIXED = "mixed"


@lru_cache(maxsize=16_384)
def pair_in(text: str) -> tuple[int, int] | None:
    """The two numbers of a cell whose order is in question; None for any other cell."""
    if len(text) > 40 or text[:4].isdecimal():  # the year first, as in most sheets
        return None
    found = _PAIR.fullmatch(unicodedata.normalize("NFKC", text).strip(" '’‘`"))
    if found is None or (found[2] == "-" and found[4] is None):
        return None
    first, second = int(found[1]), int(found[3])
    return (first, second) if min(first, second) >= 1 and max(first, second) <= 31 else None


def order_of(texts: Iterable[str]) -> DateOrder:
    """What these cells show together."""
    is_day_first = is_month_first = False
    for text in texts:
        pair = pair_in(text)
        if pair:
            is_day_first |= pair[0] > 12 >= pair[1]
            is_month_first |= pair[1] > 12 >= pair[0]
    if is_day_first and is_month_first:
        return DateOrder.MIXED
    if is_day_first:
        return DateOrder.DAY_FIRST
    return DateOrder.MONTH_FIRST if is_month_first else DateOrder.UNKNOWN


def month_and_day(first: int, second: int, order: DateOrder) -> tuple[int, int] | None:
    """Month and day of `first`/`second`; None where neither the numbers nor the column tell."""
    if first == second or second > 12 >= first:
        return first, second
    if first > 12:
        return second, first
    if order == DateOrder.DAY_FIRST:
        return second, first
    return (first, second) if order == DateOrder.MONTH_FIRST else None


def is_open_pair(cell: object, order: DateOrder) -> bool:
    """Whether a cell can be read both ways, in a column of this order."""
    pair = pair_in(cell) if isinstance(cell, str) else None
    return pair is not None and month_and_day(*pair, order) is None


class ColumnOrders:
    """The order of each column of a sheet. The sheet is read again for it, when the first cell asks: most sheets have
    no such cell, and rows need not be kept."""

    def __init__(self, read_rows: Callable[[], Iterable[Sequence[object]]]) -> None:
        self._read_rows = read_rows
        self._orders: dict[int, DateOrder] = {}

    def of(self, column: int) -> DateOrder:
        if column not in self._orders:
            self._orders[column] = order_of(_texts(self._read_rows(), column))
        return self._orders[column]

    def for_cell(self, cell: object, column: int) -> DateOrder:
        """`of`, asked only where the cell needs it."""
        return self.of(column) if is_open_pair(cell, DateOrder.UNKNOWN) else DateOrder.UNKNOWN


def _texts(rows: Iterable[Sequence[object]], column: int) -> Iterable[str]:
    return (cell for row in rows if column < len(row) and isinstance(cell := row[column], str))
