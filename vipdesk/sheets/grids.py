"""The real extent of a workbook's sheets, read as a stream before anything lays out their cells.

A file says how large it is in three places that may lie: the zip's list of contents, a sheet's `<dimension>` and the
reference of each cell. Only the cells count here. Runs in the child process and imports nothing of Django.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from xml.parsers import expat

from vipdesk.sheets.errors import Unreadable
from vipdesk.sheets.limits import MOST_CELLS, MOST_COLUMNS, MOST_INFLATED, MOST_STRINGS

_CHUNK = 256 * 1024
_SMALL_PART = 4 * 1024 * 1024  # the workbook's own list of sheets, and of where they are
_TRUE = {"1", "true", "on"}


@dataclass
class Grid:
    """One sheet of a workbook: how far its cells reach, and how many of its rows are hidden."""

    name: str
    part: str
    state: str = "visible"
    hidden_rows: int = 0


@dataclass
class Package:
    """A workbook's sheets in their order, and whether it counts days from 1904."""

    grids: list[Grid] = field(default_factory=list)
    is_1904: bool = False


def measure(data: bytes) -> Package | None:
    """Measure an XLSX workbook; None for another kind of file. Raises `Unreadable` where it is too large or damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = _Parts(archive)
            package = _read_package(parts)
            if package is None:
                return None
            for grid in package.grids:
                if grid.state == "visible" and grid.part in parts:
                    _measure_sheet(parts, grid)
            _measure_strings(parts)
            return package
    except (zipfile.BadZipFile, zipfile.LargeZipFile, expat.ExpatError, EOFError, RuntimeError, ValueError) as error:
        raise Unreadable("damaged") from error
    except (OSError, NotImplementedError) as error:  # zlib's errors are of the first kind
        raise Unreadable("damaged") from error


class _Parts:
    """The files in a zip by their names in small letters; each may stand there once."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._infos = {_key(info.filename): info for info in archive.infolist()}
        if len(self._infos) != len(archive.infolist()):
            raise Unreadable("damaged")

    def __contains__(self, name: str) -> bool:
        return _key(name) in self._infos

    def chunks(self, name: str, most: int) -> Iterator[bytes]:
        """What a file holds, piece by piece. Raises `Unreadable` where that is more than `most` bytes."""
        info = self._infos[_key(name)]
        if info.file_size > most:
            raise Unreadable("inflated")
        left = most
        with self._archive.open(info) as part:
            while chunk := part.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise Unreadable("inflated")
                yield chunk


def _key(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()


# --- the list of sheets ----------------------------------------------------------------------------------------------


def _read_package(parts: _Parts) -> Package | None:
    if "xl/workbook.xml" not in parts:
        return None
    package, targets = Package(), {}
    relations = "xl/_rels/workbook.xml.rels"
    for name, attributes in _elements(parts, relations) if relations in parts else ():
        if name == "Relationship":
            targets[attributes.get("Id", "")] = _target(attributes.get("Target", ""))
    for name, attributes in _elements(parts, "xl/workbook.xml"):
        if name == "workbookPr":
            package.is_1904 = attributes.get("date1904", "").strip().casefold() in _TRUE
        elif name == "sheet":
            key = next((value for title, value in attributes.items() if title.rpartition(":")[2] == "id"), "")
            state = attributes.get("state", "visible")
            package.grids.append(Grid(attributes.get("name", ""), targets.get(key, ""), state))
    return package


def _target(path: str) -> str:
    if path.startswith(("/", "\\")):
        return path
    joined: list[str] = ["xl"]
    for step in PurePosixPath(path.replace("\\", "/")).parts:
        joined = joined[:-1] if step == ".." else [*joined, step]
    return "/".join(joined)


def _elements(parts: _Parts, part: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The elements of a small file, with their attributes."""
    found: list[tuple[str, dict[str, str]]] = []
    parser = _parser()
    parser.StartElementHandler = lambda name, attributes: found.append((name.rpartition(":")[2], attributes))
    for chunk in parts.chunks(part, _SMALL_PART):
        parser.Parse(chunk, False)
    parser.Parse(b"", True)
    return iter(found)


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_declaration: object) -> None:
    raise Unreadable("damaged")


# --- one sheet -------------------------------------------------------------------------------------------------------


def _measure_sheet(parts: _Parts, grid: Grid) -> None:
    cells = _Cells(grid)
    parser = _parser()
    parser.StartElementHandler = cells.start
    try:
        for chunk in parts.chunks(grid.part, MOST_INFLATED):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except Unreadable as error:
        raise Unreadable(error.code, **({"sheet": grid.name} | error.facts)) from error


class _Cells:
    """The cells of one sheet as they come by. Those without a value take no room and do not count."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.row, self.column, self.reference = 0, 0, ""
        self.first_row, self.last_row, self.last_column = 0, 0, 0
        self.is_hidden = False
        self.columns: dict[str, int] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name if ":" not in name else name.rpartition(":")[2]
        if name == "c":
            self.reference = attributes.get("r", "")
            self.column += 1
        elif name == "v" or name == "is":
            self._count()
        elif name == "row":
            number = attributes.get("r", "")
            self.row = int(number) if number.isdecimal() else self.row + 1
            self.column = 0
            self.is_hidden = attributes.get("hidden", "").strip().casefold() in _TRUE

    def _count(self) -> None:
        if self.reference:
            self._go_to(self.reference)
        if self.is_hidden:
            self.grid.hidden_rows += 1
            self.is_hidden = False
        if self.column > self.last_column or self.row > self.last_row or not self.first_row:
            self._reach()

    def _go_to(self, reference: str) -> None:
        letters = reference.rstrip("0123456789")
        column = self.columns.get(letters)
        if column is None:
            column = self.columns[letters] = _column_number(letters)
        row = int(reference[len(letters) :] or self.row)
        self.column, self.row = column, row

    def _reach(self) -> None:
        self.first_row = min(self.first_row or self.row, self.row)
        self.last_row, self.last_column = max(self.last_row, self.row), max(self.last_column, self.column)
        if self.last_column > MOST_COLUMNS:
            raise Unreadable("columns", cell=f"{_column_letters(self.column)}{self.row}")
        if (self.last_row - self.first_row + 1) * self.last_column > MOST_CELLS:
            raise Unreadable("cells", cell=f"{_column_letters(self.last_column)}{self.last_row}")


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        if not "A" <= letter <= "Z" or number > 1_000_000:
            raise Unreadable("damaged")
        number = number * 26 + ord(letter) - 64
    return number


def _column_letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _measure_strings(parts: _Parts) -> None:
    if "xl/sharedStrings.xml" in parts:
        for _chunk in parts.chunks("xl/sharedStrings.xml", MOST_STRINGS):
            pass


# --- XLS -------------------------------------------------------------------------------------------------------------

_GLOBALS = re.compile(rb"\x09\x08\x10\x00\x00\x06\x05\x00", re.DOTALL)  # BOF of BIFF8's workbook globals
_DATE_MODE, _END = 0x0022, 0x000A


def is_xls_1904(data: bytes) -> bool:
    """Whether an XLS workbook counts days from 1904: its DATEMODE record, among those after its BOF."""
    found = _GLOBALS.search(data)
    at = found.start() if found else len(data)
    while at + 4 <= len(data):
        kind, length = int.from_bytes(data[at : at + 2], "little"), int.from_bytes(data[at + 2 : at + 4], "little")
        if kind == _DATE_MODE:
            return data[at + 4 : at + 6] == b"\x01\x00"
        if kind == _END or length > 8_224:
            return False
        at += 4 + length
    return False
