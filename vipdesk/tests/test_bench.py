"""`make bench`: a part that fails does not take the others. That every part runs is `make bench-small`'s to show."""

import json
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from bench import __main__ as bench
from bench.table import Row


@pytest.fixture
def parts(monkeypatch):
    """Two parts of a bench: the first fails after its first row."""

    def fail() -> Iterator[Row]:
        yield Row("first", 1.0, 2.0, "≤ 1 ×", True, "s")
        raise LookupError("no such guest\nand more")

    def work() -> Iterator[Row]:
        yield Row("second", 3.0, None, "", None, "s")

    for name, rows in (("failing", fail), ("working", work)):
        module = ModuleType(f"bench.{name}")
        module.rows = rows  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)


def test_bench_part_that_fails_prints_its_line_and_the_rest_goes_on(parts, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("BENCH_JSON", str(tmp_path / "bench.json"))
    monkeypatch.setattr(bench.connection, "close", lambda: None)
    assert bench._measure(["failing", "working"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[2:]] == ["first", "failing", "second"]
    assert lines[3].endswith("FAILED  LookupError: no such guest")
    rows = json.loads((tmp_path / "bench.json").read_text())
    assert [row["error"] for row in rows] == ["", "LookupError: no such guest", ""]


def test_bench_whose_parts_all_run_exits_with_0(parts, capsys):
    assert bench._measure(["working"]) == 0


def test_bench_refuses_a_part_that_is_not_there(monkeypatch):
    monkeypatch.setenv("BENCH_ONLY", "pages pgaes")
    with pytest.raises(SystemExit, match="names no part of the bench: pgaes"):
        bench._read_parts()
