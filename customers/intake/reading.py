"""A file of guests as rows: the header of each sheet found, what is no guest passed over.

Row numbers are the sheet's own, as a person sees them in the spreadsheet: the header of a plain file is row 1.
"""

import datetime as dt
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers import phones
from customers.intake import cells
from customers.intake.cells import Cell
from customers.intake.facts import Remark
from customers.intake.headers import SEARCHED_ROWS, Header, count_columns, find_header, repeats
from customers.intake.moments import sheet_date
from vipdesk.sheets.book import Table, read_book
from vipdesk.sheets.cells import Row, RowNumber
from vipdesk.sheets.date_order import ColumnOrders
from vipdesk.sheets.delimited import CountColumns
from vipdesk.sheets.errors import NothingToRead

__all__ = ["NothingToRead", "Numbered", "Row", "Sheet", "read_sheets", "read_tables"]

Numbered = Iterator[tuple[int, Row]]
# What makes a row worth reading: an owner or a tier filled down over empty lines does not.
_SUBSTANCE = {"name", "phone", "birthday", "home_address", "work_address", "member_no", "notes"}
_CLOSING = re.compile(
    r"(?:(?:本页|本日|今日|当日|当天|本月|全部|以上)?(?:合计|总计|小计|共计|累计|总)?(?:新增)?(?:客户|会员)?(?:人数|总数|数量?)"
    r"|(?:本页|本日|今日|当日|当天|本月|全部|以上)?(?:合计|总计|小计|共计|累计)|以下空白|以下为空|以下无正文|完|end"
    r"|(?:客服|部门|值班|当班|服务|营销|大堂|店|总|运营|前厅|分管|楼面)?(?:经理|主管|领导|负责人|店长)?"
    r"(?:签字|签名|签收|签章|盖章|确认|审核|审批|复核|核对|批准)人?|制表人?|填表人?|经办人?|交表人|接收人|接表人|收表人|记录人|登记人|录入人|负责人|主管|店长"
    r"|填表日期|制表日期|交表时间|交表日期|打印日期|日期|注|备注|说明|注意|备注说明|填表说明"
    r"|total|totals|subtotal|sum|signature|signed|approved|checked|preparedby|checkedby|note|notes|page)"
)
_COUNTED = re.compile(
    r"(?:(?:本页|今日|以上)?(?:合计|总计|小计|共计?|共有)[:：]?\d*(?:人|位|名|条)?|第\d+页.*|共\d+页.*|page\d+.*|(?:合计|总计)\d+.*)"
)

# 交表人：林静, 接收时间: on a line of nothing but such.
_BLANK_FORM = re.compile(r"\s*[^\d:]{2,10}:")


@dataclass
class Sheet:
    """A sheet whose header was found. `rows` can be walked once: (the sheet's own row number, cells)."""

    header: Header
    rows: Iterator[tuple[int, Row]]
    date: dt.date | None
    remarks: list[Remark] = field(default_factory=list)
    orders: ColumnOrders = field(default_factory=lambda: ColumnOrders(tuple))


class ReadSheet(Protocol):
    """A sheet whose header was found, of any sort."""

    @property
    def remarks(self) -> list[Remark]: ...


S = TypeVar("S", bound=ReadSheet)


def read_sheets(data: bytes, now: dt.datetime) -> list[Sheet]:
    """Find the guests in a file, by what it holds and not by its name. Raises `NothingToRead`."""
    return read_tables(data, count_columns, lambda rows, name, orders: _with_header(rows, name, orders, now))


def read_tables(data: bytes, count: CountColumns, make: Callable[[Numbered, str, ColumnOrders], S]) -> list[S]:
    """Read every visible sheet of a file. `make` finds a sheet's header in its numbered rows, by its name too, and
    raises `NothingToRead` where there is none; it is also given the order of day and month in each column. `count`
    knows the headers of this sort of sheet, for CSV.

    Sheets that are not read are named in the first one's remarks. Raises `NothingToRead` where none can be.
    """
    book = read_book(data, count)
    tables = [table for table in book.tables if next(_written(table), None)] or book.tables[:1]
    sheets: list[S] = []
    unread, reasons = [], []
    known: set[str] = set()
    for at, table in enumerate(tables):
        keys = {repr(row) for row in _written(table)} if len(tables) > 1 else set()
        if at and keys <= known:
            unread += [_unread(table, at, _("all its rows stand in an earlier sheet."))] if len(keys) > 1 else []
            continue
        try:
            sheet = make(_numbered(table, at if len(tables) > 1 else None), table.name, ColumnOrders(table.rows))
        except NothingToRead as error:
            unread.append(_unread(table, at, str(error)))
            reasons.append(error)
            continue
        known |= keys
        sheet.remarks.extend(_about_hidden_rows(table, at, len(tables) > 1))
        sheets.append(sheet)
    if not sheets:
        raise reasons[0]
    is_hidden = _("The sheet “%(sheet)s” is hidden and was not read.")
    sheets[0].remarks[:0] = [*unread, *(Remark(1, "sheet", is_hidden % {"sheet": name}) for name in book.hidden)]
    return sheets


def _written(table: Table) -> Iterator[Row]:
    """The rows that hold anything, without the blanks at their ends."""
    for row in table.rows():
        last = max((at for at, cell in enumerate(row, 1) if _says(cell)), default=0)
        if last:
            yield row[:last]


def _numbered(table: Table, at: int | None) -> Numbered:
    """`at` is the sheet's place in a file of several."""
    if at is None:
        return enumerate(table.rows(), 1)
    return ((RowNumber(number, table.name, at), row) for number, row in enumerate(table.rows(), 1))


def _unread(table: Table, at: int, reason: str) -> Remark:
    said = {"sheet": table.name, "reason": reason}
    return Remark(RowNumber(1, table.name, at), "sheet", _("The sheet “%(sheet)s” was not read: %(reason)s") % said)


def _about_hidden_rows(table: Table, at: int, is_one_of_several: bool) -> list[Remark]:
    if not table.hidden_rows:
        return []
    words = ngettext(
        "%(n)d row of this sheet is hidden, and came in too.",
        "%(n)d rows of this sheet are hidden, and came in too.",
        table.hidden_rows,
    )
    row = RowNumber(1, table.name, at) if is_one_of_several else 1
    return [Remark(row, "sheet", words % {"n": table.hidden_rows})]


def _with_header(rows: Numbered, name: str, orders: ColumnOrders, now: dt.datetime) -> Sheet:
    head = list(itertools.islice(rows, SEARCHED_ROWS + 1))
    if not any(cell not in (None, "") for _number, row in head for cell in row):
        head += itertools.islice(rows, 1)
    found = find_header([row for _number, row in head])
    if found is None:
        raise NothingToRead(_("No header with a name and a phone in the first ten rows."))
    at, lines, header = found
    numbered = itertools.chain(head[at + lines :], rows)
    number = head[at][0]
    remarks = [
        Remark(
            number, "header", _("The column “%(title)s” is not one of ours and was left out.") % {"title": title[:40]}
        )
        for title in header.unknown
        if title not in _SERIAL_TITLES
    ]
    date = sheet_date([row for _number, row in head[:at]], name, now)
    if date and date > now.date() + dt.timedelta(days=1):
        remarks.append(
            Remark(
                head[max(at - 1, 0)][0],
                "captured_at",
                _("The sheet's own date %(date)s is still to come; it does not count.") % {"date": date},
            )
        )
        date = None
    return Sheet(header, _guests(header, numbered), date, remarks, orders)


_SERIAL_TITLES = {"序号", "编号", "No.", "No", "#", "ID", "序", "行号"}


def _guests(header: Header, rows: Iterable[tuple[int, Row]]) -> Iterator[tuple[int, Row]]:
    substance = [c.at for c in header.columns if c.field in _SUBSTANCE]
    numbers = [c.at for c in header.of("phone")]
    for number, row in rows:
        if not any(at < len(row) and _says(row[at]) for at in substance):
            continue
        if repeats(header, row) or _is_closing(row, numbers):
            continue
        yield number, row


def _says(cell: Cell) -> bool:
    return not (cell is None or cell == "" or (isinstance(cell, str) and not cell.strip()))


def _is_closing(row: Row, numbers: Sequence[int]) -> bool:
    """A total, a line for signatures, a note under the table: its first words say so, and it has no number."""
    if any(at < len(row) and _is_phone(row[at]) for at in numbers):
        return False
    first = next((cell for cell in row if isinstance(cell, str) and cell.strip() and not cell.strip().isdecimal()), "")
    plain = re.sub(r"\s+", "", cells.narrow(first)).casefold().strip("()[]-—*")
    label = plain.partition(":")[0]
    if _CLOSING.fullmatch(label) or _COUNTED.fullmatch(plain.rstrip("。.")):
        return True
    said = [cell for cell in row if isinstance(cell, str) and cell.strip()]
    return bool(said) and all(_BLANK_FORM.match(cells.narrow(cell)) for cell in said)


def _is_phone(cell: Cell) -> bool:
    try:
        return bool(phones.find(cells.words(cell)))
    except phones.BadPhone:
        return False
