"""Workbooks as tables of cells. Runs in the child process and imports nothing of Django."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import python_calamine as calamine

from vipdesk.sheets.cells import Cell, Row
from vipdesk.sheets.errors import Unreadable
from vipdesk.sheets.grids import Package, is_xls_1904, measure
from vipdesk.sheets.limits import MOST_CELLS, MOST_COLUMNS

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Workbook:
    """An open workbook; its visible sheets are read one after another."""

    book: calamine.CalamineWorkbook
    package: Package
    is_1904: bool

    @property
    def visible(self) -> list[str]:
        return [sheet.name for sheet in self._worksheets() if sheet.visible == calamine.SheetVisibleEnum.Visible]

    @property
    def hidden(self) -> list[str]:
        return [sheet.name for sheet in self._worksheets() if sheet.visible != calamine.SheetVisibleEnum.Visible]

    def hidden_rows(self, name: str) -> int:
        return next((grid.hidden_rows for grid in self.package.grids if grid.name == name), 0)

    def _worksheets(self) -> list[calamine.SheetMetadata]:
        return [sheet for sheet in self.book.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet]

    def rows(self, name: str) -> Iterator[Row]:
        """The rows of a sheet from its first one on; a cell merged downwards says the same on each of its rows."""
        try:
            sheet = self.book.get_sheet_by_name(name)
        except calamine.CalamineError as error:
            raise Unreadable("damaged") from error
        if sheet.total_width > MOST_COLUMNS:
            raise Unreadable("columns", sheet=name, cell="")
        if sheet.total_width * sheet.height > MOST_CELLS:
            raise Unreadable("cells", sheet=name, cell="")
        return _filled_down(sheet)


def open_workbook(data: bytes) -> Workbook:
    """Open a workbook that was measured first. Raises `Unreadable`."""
    package = measure(data) if data.startswith(ZIP) else None
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except calamine.PasswordError as error:
        raise Unreadable("password") from error
    except calamine.CalamineError as error:
        raise Unreadable("damaged") from error
    is_1904 = package.is_1904 if package else is_xls_1904(data)
    return Workbook(book, package or Package(), is_1904)


def _filled_down(sheet: calamine.CalamineSheet) -> Iterator[Row]:
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
