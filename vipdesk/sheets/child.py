"""The process that parses a file: limited in memory and time, with no environment, no files and no network.

It gets one line that says how the file's headers look, then the file, on standard input; it answers with JSON, a line
each, on standard output. What a file does to a parser happens here and ends with this process. Nothing of Django is
imported: `vipdesk.sheets.book` has the words for what goes wrong.
"""

import contextlib
import datetime as dt
import importlib
import json
import resource
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from vipdesk.sheets import limits
from vipdesk.sheets.cells import Row, unwrap_row
from vipdesk.sheets.delimited import CountColumns, csv_rows
from vipdesk.sheets.errors import Unreadable

ROWS_AT_ONCE = 500
_CODECS = ("utf-8-sig", "utf-16", "gb18030", "big5hkscs", "cp437")


def main() -> None:
    """Answer about the file on standard input."""
    header = json.loads(sys.stdin.buffer.readline())
    count = _function(header["count"])
    is_workbook = header["is_workbook"]
    if is_workbook:
        importlib.import_module("vipdesk.sheets.workbooks")
    _confine(header["memory"])
    with contextlib.suppress(BrokenPipeError):
        _answer(_answers(sys.stdin.buffer.read(), count, is_workbook))


def _function(name: str) -> CountColumns:
    module, _colon, function = name.partition(":")
    found: CountColumns = getattr(importlib.import_module(module), function)
    return found


def _confine(memory: int) -> None:
    """From here on: so much memory and time, nothing written, and no file or socket opened."""
    for name in _CODECS:
        "".encode(name)
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, limits.CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 3),
        (resource.RLIMIT_NPROC, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # a stricter limit of the system stays
            resource.setrlimit(what, (most, most))


def _answer(answers: Iterable[dict[str, Any] | list[Row]]) -> None:
    left = limits.MOST_ANSWERED
    out = sys.stdout.buffer
    try:
        for answer in answers:
            line = _line(answer)
            left -= len(line)
            if left < 0:
                raise Unreadable("inflated")
            out.write(line)
        last: dict[str, Any] = {"end": True}
    except Unreadable as error:
        last = {"error": error.code, "facts": error.facts}
    except MemoryError:
        last = {"error": "inflated", "facts": {}}
    out.write(_line(last))
    out.flush()


def _line(answer: object) -> bytes:
    text = json.dumps(answer, default=_as_json, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace") + b"\n"


def _answers(data: bytes, count: CountColumns, is_workbook: bool) -> Iterator[dict[str, Any] | list[Row]]:
    """For each sheet its facts, then its rows, some hundreds at a time."""
    if not is_workbook:
        yield {"table": "", "hidden_rows": 0, "is_1904": False}
        yield from _in_chunks(csv_rows(data, count))
        return
    from vipdesk.sheets.workbooks import open_workbook

    workbook = open_workbook(data)
    for name in workbook.visible:
        yield {"table": name, "hidden_rows": workbook.hidden_rows(name), "is_1904": workbook.is_1904}
        yield from _in_chunks(workbook.rows(name))
    yield {"hidden": workbook.hidden}


def _in_chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(map(unwrap_row, rows), ROWS_AT_ONCE)):
        yield chunk


def _as_json(cell: object) -> dict[str, str | float]:
    """A date or time of a workbook; `book` makes it one again."""
    if isinstance(cell, dt.timedelta):
        return {"seconds": cell.total_seconds()}
    if isinstance(cell, (dt.datetime, dt.date, dt.time)):
        return {type(cell).__name__: cell.isoformat()}
    raise TypeError(type(cell).__name__)
