"""A file of bottles as rows: the header found, what is no bottle passed over.

Row numbers are the sheet's own, as a person sees them in the spreadsheet: the header of a plain file is row 1.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from django.utils.translation import gettext as _

from customers.intake import cells
from customers.intake.cells import Cell
from customers.intake.facts import Remark
from customers.intake.headers import SEARCHED_ROWS
from customers.intake.reading import NothingToRead, Numbered, Row, read_tables
from vipdesk.sheets.date_order import ColumnOrders, DateOrder
from visits.bottle_files.columns import count_columns, header_at, read_titles

# A row of totals says so where the bottle's number stands, and has no phone.
_CLOSING = re.compile(
    r"(本页|本日|全部|以上)?(合计|总计|小计|共计)\W*\d*.*|total.*|sum\W*\d*|以下空白|备注.*|制表.*|签字.*"
)
_SERIAL_TITLES = {"序号", "序", "No.", "No", "#", "行号"}


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
    """Find the bottles in a file, by what it holds and not by its name. Raises `NothingToRead`."""
    return read_tables(data, count_columns, _with_header)


def _with_header(rows: Numbered, _name: str, orders: ColumnOrders) -> Sheet:
    head = list(islice(rows, SEARCHED_ROWS))
    at = header_at([row for _number, row in head])
    if at is None:
        raise NothingToRead(_("No header with a bottle number and a phone in the first ten rows."))
    number, titles = head[at]
    columns, unknown = read_titles(titles)
    left_out = _("The column “%(title)s” is not one of ours and was left out.")
    remarks = [
        Remark(number, "header", left_out % {"title": title[:40]}) for title in unknown if title not in _SERIAL_TITLES
    ]
    sheet = Sheet(columns, iter(()), remarks, orders)
    sheet.rows = _bottles(sheet, titles, chain(head[at + 1 :], rows))
    return sheet


def _bottles(sheet: Sheet, header: Row, rows: Iterable[tuple[int, Row]]) -> Iterator[tuple[int, Row]]:
    """Without blank rows, totals, and the header once more on a further page."""
    titles = (sheet.cell(header, "bottle_no"), sheet.cell(header, "phone"))
    for number, row in rows:
        who = (sheet.cell(row, "bottle_no"), sheet.cell(row, "phone"))
        bottle_no, phone = (cells.content(cell) for cell in who)
        is_said = bottle_no or phone or cells.content(sheet.cell(row, "product"))
        is_closing = not phone and _CLOSING.fullmatch(cells.narrow(bottle_no).casefold())
        if is_said and not is_closing and who != titles:
            yield number, row
