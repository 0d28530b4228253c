"""A file of bottles as rows: the header found, what is no bottle passed over.

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

# The contract's own columns.
COLUMNS = (
    "bottle_no", "phone", "product", "category", "is_opened", "stored_on", "expires_on", "remaining", "locker",
)  # fmt: skip
_EXACT = {name.replace("_", ""): name for name in COLUMNS}
# Tried in this order on a header without blanks and signs; the first that fits decides.
_RULES = [
    (name, re.compile(rule))
    for name, rule in (
        ("phone", r"手机|电话|联系方式|phone|mobile|^tel|^cell"),
        ("expires_on", r"到期|过期|有效期|失效|截止|保质|expir|validuntil|gooduntil"),
        ("locker", r"柜|库位|位置|格|货架|locker|cabinet|shelf|location"),
        ("remaining", r"剩|余量|余酒|存量|水位|remain|^left$|^level$"),
        ("is_opened", r"(是否|已)开(封|瓶|启)?|^开(封|瓶)(否|状态)?$|^(is)?open(ed)?$"),
        ("stored_on", r"(存|寄|入).*(日|时间|date)|^(日期|存酒时间)$|^(stored|deposit).*(on|at|date)?$"),
        ("bottle_no", r"^(存酒?|寄存|酒|瓶)(单|卡|瓶|水)?(编?号码?|编码)$|^编号$|bottle(no|number|id|code)|^bottle$"),
        ("category", r"类|category|^kind$|^type$"),
        ("product", r"酒名|品名|品种|名称|酒水|酒品|产品|商品|品牌|product|^item$|^name$|^wine$|^brand$"),
    )
]
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


def read_sheet(data: bytes) -> Sheet:
    """Find the bottles in a file, by what it holds and not by its name. Raises `NothingToRead`."""
    rows, _name = read_rows(data, count_columns)
    head = list(islice(rows, SEARCHED_ROWS))
    at = _header_at(head)
    if at is None:
        raise NothingToRead(_("No header with a bottle number and a phone in the first ten rows."))
    columns, unknown = _meaning(head[at])
    left_out = _("The column “%(title)s” is not one of ours and was left out.")
    remarks = [
        Remark(at + 1, "header", left_out % {"title": title[:40]}) for title in unknown if title not in _SERIAL_TITLES
    ]
    orders = ColumnOrders(lambda: islice(read_rows(data, count_columns)[0], at + 1, None))
    sheet = Sheet(columns, iter(()), remarks, orders)
    sheet.rows = _bottles(sheet, head[at], enumerate(chain(head[at + 1 :], rows), at + 2))
    return sheet


def count_columns(rows: Sequence[Row]) -> int:
    """How many columns the header in these rows names; 0 where there is none."""
    at = _header_at(rows)
    return 0 if at is None else len(_meaning(rows[at])[0])


def _header_at(rows: Sequence[Row]) -> int | None:
    """Of several candidates the one that says most."""
    found = [
        (len(columns), -at) for at, row in enumerate(rows[:SEARCHED_ROWS]) if _is_header(columns := _meaning(row)[0])
    ]
    return -max(found)[1] if found else None


def _is_header(columns: dict[str, int]) -> bool:
    return "bottle_no" in columns and "phone" in columns


def _meaning(row: Row) -> tuple[dict[str, int], list[str]]:
    """Where each field stands, and the titles that name none; the first of two columns of one field counts."""
    columns: dict[str, int] = {}
    unknown = []
    for at, cell in enumerate(row):
        title = cells.one_line(cells.words(cell)) if isinstance(cell, str) else ""
        name = _field_of(title)
        if name and name not in columns:
            columns[name] = at
        elif title:
            unknown.append(title)
    return columns, unknown


def _field_of(title: str) -> str:
    plain = re.sub(r"[\W_]+", "", cells.narrow(title).casefold())
    if not 0 < len(plain) <= 30:
        return ""
    return _EXACT.get(plain) or next((name for name, rule in _RULES if rule.search(plain)), "")


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
