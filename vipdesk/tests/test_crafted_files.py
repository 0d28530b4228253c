"""Files made to hurt whoever parses them, in every importer: one clear line each, and this process untouched."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from customers.intake.headers import count_columns
from staff.models import User
from vipdesk.sheets import book, grids, limits
from vipdesk.sheets.errors import NothingToRead
from vipdesk.tests import crafted
from vipdesk.tests.importers import IMPORTERS, Importer, furnish

every_importer = pytest.mark.parametrize("importer", IMPORTERS, ids=lambda importer: importer.name)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def venue(mgr1: User) -> None:
    furnish()


def far_away(reference: str) -> Callable[[Importer], bytes]:
    return lambda importer: crafted.cell_far_away(reference, importer.columns, importer.row())


CRAFTED: dict[str, tuple[Callable[[Importer], bytes], str]] = {
    "one cell at XFD1048576": (far_away("XFD1048576"), "“客户” reaches to cell XFD1048576: more than 200 columns"),
    "one cell at ALL100000": (far_away("ALL100000"), "“客户” reaches to cell ALL100000: more than 200 columns"),
    "one cell at C1048576": (far_away("C1048576"), "“客户” reaches to cell .*1048576: more than 2,000,000 cells"),
    "580 MB in one sheet": (lambda _importer: crafted.huge_sheet(), "too large to be opened"),
    "lying sizes": (lambda _importer: crafted.lying_sheet(), "damaged"),
    "580 MB of strings": (lambda _importer: crafted.huge_strings(), "too large to be opened"),
    "one string 100,000 times": (lambda _importer: crafted.repeated_string(), "too large to be opened"),
    "entities of entities": (lambda _importer: crafted.entities(), "damaged"),
    "a million columns": (lambda _importer: crafted.wide_csv(), "more than 200 columns"),
    "nothing of a zip": (lambda _importer: b"PK\x03\x04 and then nothing", "damaged"),
    "nothing of an XLS": (lambda _importer: b"\xd0\xcf\x11\xe0 and then nothing", "damaged"),
    "a picture": (lambda _importer: b"\x89PNG\r\n\x1a\n", "neither a workbook nor a CSV file"),
}


@pytest.mark.usefixtures("venue")
@every_importer
@pytest.mark.parametrize("kind", CRAFTED)
def test_crafted_file_gets_one_clear_line_and_brings_nothing_in(importer: Importer, kind: str) -> None:
    make, words = CRAFTED[kind]
    before = importer.model.objects.count()
    with pytest.raises(NothingToRead, match=words) as refused:
        importer.take(make(importer))
    assert "\n" not in str(refused.value) and importer.model.objects.count() == before


@pytest.mark.usefixtures("venue")
@every_importer
def test_dimension_that_lies_is_not_believed(importer: Importer) -> None:
    place = f"{chr(64 + len(importer.columns))}3"
    data = crafted.cell_far_away(place, importer.columns, importer.row(), dimension="A1:XFD1048576")
    assert importer.take(data).created == 1


def test_deep_strings_do_no_harm() -> None:
    data = crafted.deep_strings()
    assert [list(table.rows()) for table in book.read_book(data, count_columns).tables] == [[[""]]]


def test_cells_that_do_not_say_where_they_stand_count_too(monkeypatch: Any) -> None:
    monkeypatch.setattr(grids, "MOST_CELLS", 5_000)
    assert grids.measure(crafted.dense_sheet(1_000, columns=5))
    with pytest.raises(grids.Unreadable) as refused:
        grids.measure(crafted.dense_sheet(2_000, columns=5))
    assert refused.value.facts == {"sheet": "客户", "cell": "E1001"}


def test_cells_without_a_value_take_no_room() -> None:
    """Whole rows that were given a colour reach to XFD and hold nothing."""
    blank = '<row r="2"><c r="A2"><v>1</v></c><c r="XFD2" s="1"/></row>'
    data = crafted.packed([crafted.HEAD, "<sheetData>", blank, "</sheetData></worksheet>"])
    (table,) = book.read_book(data, count_columns).tables
    assert [len(row) for row in table.rows()] == [1, 1]


def test_reasons_are_in_the_readers_language() -> None:
    with translation.override("zh-hans"), pytest.raises(NothingToRead, match="工作表“客户”"):
        book.read_book(crafted.cell_far_away("XFD1048576", ["a"], ["b"]), count_columns)


# --- the child ---------------------------------------------------------------------------------------------------------

_PEAK = """
import re, resource, sys
from django.conf import settings
settings.configure(USE_I18N=False)
from customers.intake.headers import count_columns
from vipdesk.sheets.book import read_book
try:
    for table in read_book(sys.stdin.buffer.read(), count_columns).tables:
        sum(1 for row in table.rows())
except Exception as error:
    print(type(error).__name__, file=sys.stderr)
mine = re.search(r"VmHWM:\\s+([0-9]+)", open("/proc/self/status").read())
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, int(mine[1]) // 1024)
"""


@pytest.mark.fault
@pytest.mark.parametrize(
    "make",
    [crafted.repeated_string, lambda: crafted.dense_sheet(199_000), lambda: crafted.repeated_string(32, 6_000),
     lambda: crafted.huge_sheet(250), lambda: crafted.huge_strings(90), crafted.wide_csv],
    ids=["one string often", "all cells", "many answers", "just within", "strings just within", "wide CSV"],
)  # fmt: skip
def test_neither_the_child_nor_its_caller_takes_400_megabytes(make: Callable[[], bytes]) -> None:
    ran = subprocess.run([sys.executable, "-c", _PEAK], input=make(), capture_output=True, cwd=ROOT, check=True)
    child, caller = map(int, ran.stdout.split())
    assert child < 400 and caller < 400, (child, caller, ran.stderr)


def confined(code: str) -> "subprocess.CompletedProcess[str]":
    """Run some code in a process that confined itself as the child does."""
    begin = "import json, os, socket, sys, resource; from vipdesk.sheets import child, limits; child._confine(limits.MEMORY)\n"
    command = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{begin}{code}"]
    return subprocess.run(command, env={}, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("open('/etc/hostname')", "OSError"),
        ("socket.create_connection(('127.0.0.1', 1))", "OSError"),
        ("bytearray(500_000_000)", "MemoryError"),
        ("os.environ['SECRET_KEY']", "KeyError"),
    ],
)
def test_child_opens_nothing_knows_nothing_and_grows_no_further(code: str, words: str) -> None:
    ran = confined(code)
    assert ran.returncode == 1 and words in ran.stderr


def test_child_that_goes_round_in_circles_is_ended(monkeypatch: Any) -> None:
    ran = confined("resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass")
    assert ran.returncode in (-signal.SIGXCPU, -signal.SIGKILL)


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("import os; os.abort()", "too large to be opened"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "too large to be opened"),
        ("print('[[1]]', flush=True)", "too large to be opened"),
        ("import time; time.sleep(60)", "takes too long"),
    ],
    ids=["aborts", "is killed", "ends in the middle", "says nothing"],
)
def test_whatever_becomes_of_the_child_there_is_one_line(monkeypatch: Any, start: str, words: str) -> None:
    monkeypatch.setattr(book, "_START", start)
    monkeypatch.setattr(limits, "WAIT_SECONDS", 3)
    with pytest.raises(NothingToRead, match=words):
        book.read_book(b"PK\x03\x04" + os.urandom(1 << 20), count_columns)


def test_no_child_is_left_behind() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    with pytest.raises(NothingToRead):
        book.read_book(crafted.wide_csv(), count_columns)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime > before, "it was waited for"
