"""A file of answers as rows: the header found, blank rows passed over.

Row numbers are the sheet's own, as a person sees them in the spreadsheet: the header of a plain file is row 1.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from django.utils.translation import gettext as _

from customers.intake import cells
from customers.intake.cells import Cell
from customers.intake.facts import Remark
from customers.intake.headers import SEARCHED_ROWS
from customers.intake.reading import NothingToRead, Row, read_rows
from vipdesk.sheets.date_order import ColumnOrders, DateOrder

# The contract's own columns, with what a Chinese sheet calls them.
COLUMNS = {
    "client_id": "编号 问卷编号 答卷编号",
    "submitted_at": "提交时间 填写时间 调查时间 时间",
    "manager": "客服经理 客户经理 经理",
    "room": "包厢 包厢号 房号 包间",
    "phone": "电话 手机 手机号 手机号码 联系电话",
    "overall": "总体 总体满意度 总评 总分",
    "service": "服务",
    "sound": "音响 音响效果",
    "food_drink": "酒水餐饮 酒水 餐饮 出品",
    "environment": "环境",
    "value": "性价比 价格",
    "recommend": "推荐 推荐意愿",
    "comment": "意见 建议 评语 意见建议 备注",
    "channel": "渠道 方式",
}
_NEEDED = {"client_id", "submitted_at", "overall"}
_FIELD = {name.replace("_", ""): name for name in COLUMNS} | {
    title: name for name, titles in COLUMNS.items() for title in titles.split()
}


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


def read_sheet(data: bytes) -> Sheet:
    """Find the answers in a file, by what it holds and not by its name. Raises `NothingToRead`."""
    rows, _name = read_rows(data, count_columns)
    head = list(islice(rows, SEARCHED_ROWS))
    at = _header_at(head)
    if at is None:
        raise NothingToRead(_("No header with client_id, submitted_at and overall in the first ten rows."))
    columns, unknown = _meaning(head[at])
    left_out = _("The column “%(title)s” is not one of ours and was left out.")
    remarks = [Remark(at + 1, "header", left_out % {"title": title[:40]}) for title in unknown]
    rest = enumerate(chain(head[at + 1 :], rows), at + 2)
    orders = ColumnOrders(lambda: islice(read_rows(data, count_columns)[0], at + 1, None))
    return Sheet(columns, _said(columns, rest), remarks, orders)


def count_columns(rows: Sequence[Row]) -> int:
    """How many columns the header in these rows names; 0 where there is none."""
    at = _header_at(rows)
    return 0 if at is None else len(_meaning(rows[at])[0])


def _header_at(rows: Sequence[Row]) -> int | None:
    return next((at for at, row in enumerate(rows[:SEARCHED_ROWS]) if _meaning(row)[0].keys() >= _NEEDED), None)


def _meaning(row: Row) -> tuple[dict[str, int], list[str]]:
    """Where each field stands, and the titles that name none; the first of two columns of one field counts."""
    columns: dict[str, int] = {}
    unknown = []
    for at, cell in enumerate(row):
        title = cells.one_line(cells.words(cell)) if isinstance(cell, str) else ""
        name = _FIELD.get(re.sub(r"[\W_]+", "", cells.narrow(title).casefold()), "")
        if name and name not in columns:
            columns[name] = at
        elif title:
            unknown.append(title)
    return columns, unknown


def _said(columns: dict[str, int], rows: Iterable[tuple[int, Row]]) -> Iterator[tuple[int, Row]]:
    """Rows with anything in a column of ours."""
    ours = sorted(columns.values())
    for number, row in rows:
        if any(at < len(row) and cells.words(row[at]) for at in ours):
            yield number, row
