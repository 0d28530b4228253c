"""A file as tables of rows, parsed by a child process (`vipdesk.sheets.child`) and never by this one.

The child is started with an empty environment and confines itself; whatever becomes of it, the caller gets rows or
`NothingToRead` with one line for the person who sent the file. All of the child's answers are there before the first
row is handed out, so that a file is either read to its end or not at all.
"""

import datetime as dt
import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from vipdesk.sheets import limits
from vipdesk.sheets.cells import Cell, Number1904, Row
from vipdesk.sheets.delimited import CountColumns
from vipdesk.sheets.errors import NothingToRead

_ROOT = Path(__file__).resolve().parents[2]
_START = "import sys; sys.path.insert(0, sys.argv[1]); from vipdesk.sheets.child import main; main()"
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
# Pages, documents, pictures, archives, JSON: what people send for a sheet.
_OTHERS = (b"<html", b"<!doctype", b"<table", b"<?xml", b"%pdf", b"\x89png", b"\xff\xd8\xff", b"\x1f\x8b", b"{", b"[{")
_HAS_MEMFD = hasattr(os, "memfd_create")
_WIDE = (b"\xff\xfe", b"\xfe\xff")  # UTF-16, whose text holds zeros


@dataclass(frozen=True)
class Table:
    """One sheet of a file; its rows can be walked as often as needed. `name` is "" for a CSV file."""

    name: str
    hidden_rows: int
    is_1904: bool
    chunks: list[bytes] = field(default_factory=list, repr=False)

    def rows(self) -> Iterator[Row]:
        for chunk in self.chunks:
            rows: list[Row] = json.loads(chunk, object_hook=_cell)
            yield from (_counted_from_1904(row) for row in rows) if self.is_1904 else rows


@dataclass(frozen=True)
class Book:
    """What a file holds: the tables that can be seen, and the names of the sheets that are hidden."""

    tables: list[Table] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)


def check_kind(data: bytes) -> None:
    """Look at a file's first bytes, without parsing it. Raises `NothingToRead` for what is no sheet."""
    head = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not head.strip(b"\x00") and not data.strip(b"\x00 \r\n\t\xef\xbb\xbf"):
        raise NothingToRead(_("The file is empty."))
    is_binary = b"\x00" in head and not data.startswith(_WIDE)
    if not data.startswith(_WORKBOOKS) and (head.startswith(_OTHERS) or is_binary):
        raise NothingToRead(_("This is neither a workbook nor a CSV file. Open it, and save it as XLSX."))


def read_book(data: bytes, count: CountColumns) -> Book:
    """Read a CSV file or workbook; `count` is a module's own function, and knows the headers of this sort of file.

    Raises `NothingToRead`.
    """
    check_kind(data)
    book = Book()
    for line in _answers(data, f"{count.__module__}:{count.__name__}"):
        if line.startswith(b"["):
            book.tables[-1].chunks.append(line)
            continue
        said = json.loads(line)
        if "table" in said:
            book.tables.append(Table(said["table"], said["hidden_rows"], said["is_1904"]))
        elif "hidden" in said:
            book.hidden.extend(said["hidden"])
        elif "error" in said:
            raise NothingToRead(_words(said["error"], said["facts"]))
    if not book.tables:
        raise NothingToRead(_("The workbook has no sheet."))
    return book


# --- the child -------------------------------------------------------------------------------------------------------


def _answers(data: bytes, count: str) -> list[bytes]:
    """All lines that the child answers."""
    is_workbook = data.startswith(_WORKBOOKS)
    header = {"count": count, "is_workbook": is_workbook, "memory": limits.MEMORY + 2 * len(data)}
    command = [sys.executable, "-I", "-X", "utf8", "-c", _START, str(_ROOT)]
    with (
        _nameless_file(json.dumps(header).encode() + b"\n", data) as file,
        subprocess.Popen(
            command,
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            start_new_session=True,
        ) as child,
    ):
        try:
            lines = list(_received(child))
        finally:
            child.kill()
    if not lines or not lines[-1].startswith((b'{"end"', b'{"error"')):  # it was ended in the middle
        raise NothingToRead(_words("inflated" if is_workbook else "csv", {}))
    return lines


def _nameless_file(*parts: bytes) -> IO[bytes]:
    """A file in memory where the system has such, at its beginning; it is gone with its handle."""
    # Closed by the caller.
    file: IO[bytes] = os.fdopen(os.memfd_create("sheet"), "w+b") if _HAS_MEMFD else tempfile.TemporaryFile()  # noqa: SIM115
    for part in parts:
        file.write(part)
    file.seek(0)
    return file


def _received(child: "subprocess.Popen[bytes]") -> Iterator[bytes]:
    """The child's lines as they come; waits for so long for each piece."""
    left, begun = limits.MOST_ANSWERED + (1 << 20), [b""]
    while child.stdout and left > 0:
        ready, _writable, _errors = select.select([child.stdout], [], [], limits.WAIT_SECONDS)
        if not ready:
            raise NothingToRead(_words("time", {}))
        piece = os.read(child.stdout.fileno(), 1 << 20)
        if not piece:
            return
        left -= len(piece)
        first, *others = piece.split(b"\n")
        begun.append(first)
        for line in others:
            yield b"".join(begun)
            begun = [line]


def _words(code: str, facts: dict[str, Any]) -> str:
    """What went wrong, in the language that is active."""
    said = facts | {"columns": limits.MOST_COLUMNS, "cells": f"{limits.MOST_CELLS:,}"}
    return {
        "columns": _("The sheet “%(sheet)s” reaches to cell %(cell)s: more than %(columns)d columns cannot be read."),
        "cells": _("The sheet “%(sheet)s” reaches to cell %(cell)s: more than %(cells)s cells cannot be read."),
        "csv_columns": _("A row of this file has more than %(columns)d columns."),
        "csv": _("This is no CSV file that can be read. Open it, and save it as XLSX."),
        "password": _("The workbook is protected by a password. Save it without one."),
        "inflated": _("The workbook is too large to be opened. Split it, or save it as CSV."),
        "time": _("Reading this file takes too long. Split it, or save it as CSV."),
        "damaged": _("The workbook cannot be opened: it is damaged, or protected by a password."),
    }[code] % said


# --- cells -----------------------------------------------------------------------------------------------------------


def _cell(said: dict[str, Any]) -> Cell:
    """A date or time that `child` wrote."""
    ((kind, value),) = said.items()
    if kind == "seconds":
        return dt.timedelta(seconds=value)
    if kind == "time":
        return dt.time.fromisoformat(value)
    return dt.datetime.fromisoformat(value) if kind == "datetime" else dt.date.fromisoformat(value)


def _counted_from_1904(row: Sequence[Cell]) -> Row:
    return [Number1904(cell) if isinstance(cell, float) else cell for cell in row]
