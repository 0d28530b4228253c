"""The night is a stored date: no code but `vipdesk/nights.py` asks a clock or a moment for its calendar date."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from vipdesk import embedded

pytestmark = pytest.mark.check

APPS = ("vipdesk", "staff", "customers", "visits", "feedback", "targets", "outreach", "bench")
ALLOWED = {"vipdesk/nights.py"}
CALLS = {"localdate", "today", "TruncDate", "TruncDay", "ExtractDay"}
LOOKUPS = ("__date", "__week", "__week_day", "__iso_week_day")


def calendar_dates(source: str) -> Iterator[tuple[int, str]]:
    """Line and word of each use; a look-up may be a keyword or a string (`at__date__gte`)."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in CALLS:
                yield node.lineno, name
            case ast.Call(func=ast.Attribute(attr="date", value=ast.Call(func=ast.Attribute(attr="now")))):
                yield node.lineno, "now().date()"
            case ast.keyword(arg=str(name)) | ast.Constant(value=str(name)) if _is_lookup(name):
                yield node.lineno, name


def _is_lookup(text: str) -> bool:
    padded = f"{text}__"
    return text.isidentifier() and any(f"{lookup}__" in padded for lookup in LOOKUPS)


def test_nobody_but_nights_takes_a_calendar_date() -> None:
    root = Path(embedded.__file__).parents[2]
    files = (path for app in APPS for path in (root / app).rglob("*.py"))
    found = [
        f"{path.relative_to(root)}:{line}: {word}"
        for path in files
        if str(path.relative_to(root)) not in ALLOWED and "tests" not in path.parts
        for line, word in calendar_dates(path.read_text())
    ]
    assert not found


@pytest.mark.parametrize(
    "line",
    [
        "date.today()",
        "timezone.localdate()",
        "timezone.now().date()",
        "rows.filter(at__date=night)",
        "rows.filter(at__date__gte=night)",
        "rows.filter(**{'at__date': night})",
        "rows.annotate(day=TruncDate('at'))",
    ],
)
def test_the_check_sees_each_kind_of_calendar_date(line: str) -> None:
    assert list(calendar_dates(line))


@pytest.mark.parametrize(
    "line", ["nights.tonight()", "rows.filter(night=night)", "x = 'up to __date'", "f(update__dated=1)"]
)
def test_the_check_lets_nights_pass(line: str) -> None:
    assert not list(calendar_dates(line))
