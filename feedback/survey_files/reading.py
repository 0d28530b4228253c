"""A file of answers as rows: the header found, blank rows passed over.

Row numbers are the sheet's own, as a person sees them in the spreadsheet: the header of a plain file is row 1.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from django.utils.translation import gettext as _

from customers.intake import cells
from customers.intake.cells import Cell
from customers.intake.facts import Remark
from customers.intake.headers import SEARCHED_ROWS
from customers.intake.reading import NothingToRead, Numbered, Row, read_tables
from feedback.survey_files.columns import count_columns, header_at, read_titles
from vipdesk.sheets.date_order import ColumnOrders, DateOrder


@dataclass
class Sheet:
    """A sheet whose header was found: where each column stands. `rows` can be walked once: (row number, cells)."""

    columns: dict[str, int]
    rows: Iterator[tuple[int, Row]]
    remarks: list[Remark] = field(default_factory=list)
    orders: ColumnOrders = field(default_factory=lambda: ColumnOrders(tuple))

    def cell(self, row: Row, name: str) -> Cell:
        at = self.columns.get(name)
        return row[at] if at is not None and at < len(row) else None

    def order(self, row: Row, name: str) -> DateOrder:
        """Day or month first in a cell of dates, as the whole column has it."""
        return self.orders.for_cell(self.cell(row, name), self.columns.get(name, -1))


def read_sheets(data: bytes) -> list[Sheet]:
    """Find the answers in a file, by what it holds and not by its name. Raises `NothingToRead`."""
    return read_tables(data, count_columns, _with_header)


def _with_header(rows: Numbered, _name: str, orders: ColumnOrders) -> Sheet:
    head = list(islice(rows, SEARCHED_ROWS))
    at = header_at([row for _number, row in head])
    if at is None:
        raise NothingToRead(_("No header with client_id, submitted_at and overall in the first ten rows."))
    number, titles = head[at]
    columns, unknown = read_titles(titles)
    left_out = _("The column “%(title)s” is not one of ours and was left out.")
    remarks = [Remark(number, "header", left_out % {"title": title[:40]}) for title in unknown]
    return Sheet(columns, _said(columns, chain(head[at + 1 :], rows)), remarks, orders)


def _said(columns: dict[str, int], rows: Iterable[tuple[int, Row]]) -> Iterator[tuple[int, Row]]:
    """Rows with anything in a column of ours."""
    ours = sorted(columns.values())
    for number, row in rows:
        if any(at < len(row) and cells.words(row[at]) for at in ours):
            yield number, row
