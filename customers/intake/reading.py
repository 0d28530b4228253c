"""A file of guests as rows: CSV in its encodings, workbooks, the header found, what is no guest passed over.

Row numbers are the sheet's own, as a person sees them in the spreadsheet: the header of a plain file is row 1.
"""

import datetime as dt
import io
import itertools
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import python_calamine as calamine
from django.utils.translation import gettext as _

from customers import phones
from customers.intake import cells
from customers.intake.cells import Cell
from customers.intake.csv_text import CountColumns, columns_of_guests, csv_rows
from customers.intake.facts import Remark
from customers.intake.headers import SEARCHED_ROWS, Header, find_header, repeats
from customers.intake.moments import sheet_date
from vipdesk.sheets.identifiers import unwrap_text_formula

Row = Sequence[Cell]
MOST_UNPACKED = 600 * 1024 * 1024  # a million rows of fifteen columns unpack to some 500 MB
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
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


class NothingToRead(Exception):
    """The file holds no sheet of guests; the message is one line that says why."""


@dataclass
class Sheet:
    """A sheet whose header was found. `rows` can be walked once: (the sheet's own row number, cells)."""

    header: Header
    rows: Iterator[tuple[int, Row]]
    date: dt.date | None
    remarks: list[Remark] = field(default_factory=list)


def read_sheet(data: bytes, now: dt.datetime) -> Sheet:
    """Find the guests in a file, by what it holds and not by its name. Raises `NothingToRead`."""
    rows, name = read_rows(data)
    return _with_header(rows, name, now)


def read_rows(data: bytes, count: CountColumns = columns_of_guests) -> tuple[Iterator[Row], str]:
    """The rows of a CSV file or of a workbook's first sheet, and that sheet's name; `count` knows the headers of this
    sort of sheet. Raises `NothingToRead`."""
    if not data.strip(b"\x00 \r\n\t\xef\xbb\xbf"):
        raise NothingToRead(_("The file is empty."))
    if data.startswith((_ZIP, _OLE)):
        rows, name = _workbook_rows(data)
        return map(_unwrapped, rows), name
    if data.lstrip()[:200].lower().startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"%pdf")):
        raise NothingToRead(_("This is neither a workbook nor a CSV file. Open it, and save it as XLSX."))
    return map(_unwrapped, csv_rows(data, count)), ""


def _unwrapped(row: Row) -> Row:
    """A row with the texts of cells like ="00025003"."""
    if any(isinstance(cell, str) and "=" in cell for cell in row):
        return [unwrap_text_formula(cell) if isinstance(cell, str) else cell for cell in row]
    return row


def _workbook_rows(data: bytes) -> tuple[Iterator[Row], str]:
    """The first sheet that can be seen."""
    if data.startswith(_ZIP) and _unpacked(data) > MOST_UNPACKED:
        raise NothingToRead(_("The workbook is too large to be opened. Split it, or save it as CSV."))
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [
            s.name
            for s in book.sheets_metadata
            if s.typ == calamine.SheetTypeEnum.WorkSheet and s.visible == calamine.SheetVisibleEnum.Visible
        ]
        if not sheets:
            raise NothingToRead(_("The workbook has no sheet."))
        sheet = book.get_sheet_by_name(sheets[0])
    except calamine.PasswordError as error:
        raise NothingToRead(_("The workbook is protected by a password. Save it without one.")) from error
    except calamine.CalamineError as error:
        raise NothingToRead(_("The workbook cannot be opened: it is damaged, or protected by a password.")) from error
    return _filled_down(sheet), sheet.name


def _unpacked(data: bytes) -> int:
    """Bytes a workbook grows to by its own list of contents: a small file may hold gigabytes of nothing."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError):
        return 0  # whatever it is, it is the reader's to refuse


def _filled_down(sheet: calamine.CalamineSheet) -> Iterator[Row]:
    """The rows, with cells that were merged downwards saying the same on each of their rows."""
    left = (sheet.start or (0, 0))[1]
    starts: dict[int, list[tuple[int, int]]] = {}
    for (top, first), (bottom, last) in sheet.merged_cell_ranges or ():
        if bottom > top and first == last:
            starts.setdefault(top, []).append((first - left, bottom))
    if not starts:
        yield from sheet.iter_rows()
        return
    running: dict[int, tuple[int, Cell]] = {}
    for number, line in enumerate(sheet.iter_rows()):
        row: list[Cell] = list(line)
        for at, (bottom, cell) in list(running.items()):
            if number > bottom:
                del running[at]
            elif at < len(row):
                row[at] = cell
        running |= {at: (bottom, row[at]) for at, bottom in starts.get(number, ()) if at < len(row)}
        yield row


def _with_header(rows: Iterator[Row], name: str, now: dt.datetime) -> Sheet:
    head = list(itertools.islice(rows, SEARCHED_ROWS + 1))
    if not any(cell not in (None, "") for row in head for cell in row):
        head += itertools.islice(rows, 1)
    found = find_header(head)
    if found is None:
        raise NothingToRead(_("No header with a name and a phone in the first ten rows."))
    at, lines, header = found
    first = at + lines
    numbered = enumerate(itertools.chain(head[first:], rows), first + 1)
    remarks = [
        Remark(
            at + 1, "header", _("The column “%(title)s” is not one of ours and was left out.") % {"title": title[:40]}
        )
        for title in header.unknown
        if title not in _SERIAL_TITLES
    ]
    date = sheet_date(head[:at], name, now)
    if date and date > now.date() + dt.timedelta(days=1):
        remarks.append(
            Remark(
                at,
                "captured_at",
                _("The sheet's own date %(date)s is still to come; it does not count.") % {"date": date},
            )
        )
        date = None
    return Sheet(header, _guests(header, numbered), date, remarks)


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
