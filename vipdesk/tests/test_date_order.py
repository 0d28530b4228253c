"""Day first or month first: decided from a whole column, whatever the order of its rows."""

import datetime as dt
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vipdesk.sheets.date_order import ColumnOrders, DateOrder, month_and_day, order_of, pair_in

DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2099, 12, 31))
DAY_FIRST = (
    "{0.day}/{0.month}/{0.year}",
    "{0.day:02}.{0.month:02}.{0.year}",
    "{0.day}-{0.month}-{0.year}",
    "{0.day}/{0.month}",
)
MONTH_FIRST = ("{0.month}/{0.day}/{0.year}", "{0.month:02}.{0.day:02}.{0.year}", "{0.month}/{0.day}")  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        ([], DateOrder.UNKNOWN),
        (["5/8/1977", "7/7/1977"], DateOrder.UNKNOWN),
        (["5/8/1977", "23/5"], DateOrder.DAY_FIRST),
        (["5/8/1977", "5/23"], DateOrder.MONTH_FIRST),
        (["5/23", "23/5"], DateOrder.MIXED),
        (["13/13/1977", "40/5/1977", "1977/23/5", "05-23", "农历八月十五", "0/0"], DateOrder.UNKNOWN),
        (["２３／５／１９７７"], DateOrder.DAY_FIRST),
        (["23/5/2026 21:30"], DateOrder.DAY_FIRST),
    ],
)
def test_column_shows_its_order(cells: list[str], order: DateOrder) -> None:
    assert order_of(cells) == order


@given(st.lists(DAYS, min_size=1), st.sampled_from(DAY_FIRST), st.randoms())
def test_column_of_one_habit_is_read_as_it_was_written(days: list[dt.date], form: str, random: object) -> None:
    cells = [form.format(day) for day in days]
    order = order_of(cells)
    assert order in (DateOrder.DAY_FIRST, DateOrder.UNKNOWN)
    for day, cell in zip(days, cells, strict=True):
        pair = pair_in(cell)
        if pair:  # 23-5 without a year is no such cell
            read = month_and_day(*pair, order)
            assert read in ((day.month, day.day), None) and (read or order == DateOrder.UNKNOWN)


@given(st.lists(DAYS), st.lists(DAYS), st.sampled_from(DAY_FIRST), st.sampled_from(MONTH_FIRST))
def test_cell_that_the_column_leaves_open_is_never_read(
    some: Sequence[dt.date], others: Sequence[dt.date], one: str, other: str
) -> None:
    """Whatever stands together, no cell is read otherwise than it was written."""
    cells = [(day, one.format(day)) for day in some] + [(day, other.format(day)) for day in others]
    order = order_of([cell for _day, cell in cells])
    if order != DateOrder.MIXED:
        return
    for day, cell in cells:
        pair = pair_in(cell)
        assert pair is None or month_and_day(*pair, order) in ((day.month, day.day), None)


@given(st.integers(1, 31), st.integers(1, 31))
def test_order_of_a_pair_that_is_open_is_asked_for_and_no_other(first: int, second: int) -> None:
    is_open = first != second and first <= 12 and second <= 12
    assert (month_and_day(first, second, DateOrder.UNKNOWN) is None) == is_open


def test_sheet_is_read_again_only_where_a_cell_asks() -> None:
    reads = []

    def rows() -> list[tuple[str, str]]:
        reads.append(1)
        return [("5/8/1977", "23/5/1977"), ("1990-05-17", "6/7/1980")]

    orders = ColumnOrders(rows)
    assert orders.for_cell("1990-05-17", 0) == orders.for_cell(dt.date(1990, 5, 8), 0) == DateOrder.UNKNOWN
    assert orders.for_cell("23/5/1977", 1) == DateOrder.UNKNOWN and not reads  # settled by itself
    assert orders.for_cell("6/7/1980", 1) == orders.of(1) == DateOrder.DAY_FIRST
    assert orders.of(0) == DateOrder.UNKNOWN and len(reads) == 2
