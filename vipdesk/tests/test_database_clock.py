"""No statement of the product asks the database server for the time: the moment is a parameter of it.

A lease, an expiry or a night that goes by two clocks is wrong when the clocks differ, and a test that moves Python's
clock does not move the server's.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from vipdesk import embedded

pytestmark = pytest.mark.check

APPS = ("vipdesk", "staff", "customers", "visits", "feedback", "targets", "outreach")
NOT_THE_PRODUCT = {"tests", "migrations"}  # migrations repeat the triggers of the models
# Database triggers have no parameters. File and enclosing name -> why the server's clock serves there.
ALLOWED = {
    (
        "customers/models/customer.py",
        "ENTER_CHANGED_NUMBER",
    ): "the timeline matches it with pghistory's event, which has the server's clock",
    ("customers/models/number.py", "MEET_PROSPECTS"): "nothing is decided by when a prospect became a guest",
}

CLOCK = re.compile(
    r"""\b(?:now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(\s*\)
      | \b(?:current_date|current_time|current_timestamp|localtimestamp)\b
      | \b(?:date|time|timetz|timestamp|timestamptz)\s*'(?:now|today|tomorrow|yesterday)'
      | '(?:now|today|tomorrow|yesterday)'\s*::
      | \bage\s*\(\s*(?!\w*xmin\b)[\w.]+\s*\)""",  # not the age of a transaction
    re.IGNORECASE | re.VERBOSE,
)
EXPRESSIONS = {"Now", "TransactionNow"}  # of django.db.models.functions and django.contrib.postgres.functions
MODULES = {"django.db.models.functions", "django.db.models.functions.datetime", "django.contrib.postgres.functions"}


def server_clocks(source: str) -> Iterator[tuple[int, str, str]]:
    """Line, name of the enclosing definition or constant, and expression of each use of the server's clock."""
    for statement in ast.parse(source).body:
        docstrings = set(_docstrings(statement))
        for node in ast.walk(statement):
            if id(node) not in docstrings and (word := _clock_in(node)):
                yield getattr(node, "lineno", statement.lineno), _name_of(statement), word


def _docstrings(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):  # a string that stands alone: it is never run
            yield id(node.value)


def _clock_in(node: ast.AST) -> str:
    match node:
        case ast.ImportFrom(module=str(module), names=names) if module in MODULES:
            return next((name.name for name in names if name.name in EXPRESSIONS), "")
        case ast.Attribute(attr=name, value=ast.Name(id="functions")) if name in EXPRESSIONS:
            return name
        case ast.keyword(arg="function", value=ast.Constant(value=str(name))) if CLOCK.search(f"{name}()"):
            return name
        case ast.Constant(value=str(text)) if found := CLOCK.search(text):
            return found[0]
    return ""


def _name_of(statement: ast.stmt) -> str:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return name
    return ""


def _uses() -> Iterator[tuple[str, int, str, str]]:
    root = Path(embedded.__file__).parents[2]
    for app in APPS:
        for path in sorted((root / app).rglob("*.py")):
            if NOT_THE_PRODUCT.isdisjoint(path.parts):
                for line, name, word in server_clocks(path.read_text()):
                    yield str(path.relative_to(root)), line, name, word


def test_no_statement_asks_the_server_for_the_time() -> None:
    found = [f"{path}:{line}: {word}" for path, line, name, word in _uses() if (path, name) not in ALLOWED]
    assert not found, "Pass the moment in as a parameter."


def test_every_exception_is_still_needed() -> None:
    assert {(path, name) for path, _line, name, _word in _uses()} >= set(ALLOWED)


@pytest.mark.parametrize(
    "line",
    [
        "SQL = 'UPDATE t SET at = now()'",
        "SQL = f'UPDATE {table} SET at = NOW ( )'",
        "SQL = 'SELECT clock_timestamp()'",
        "SQL = 'SELECT * FROM t WHERE at > statement_timestamp()'",
        "SQL = 'SELECT transaction_timestamp()'",
        "SQL = 'SELECT * FROM t WHERE night = CURRENT_DATE'",
        "SQL = 'SELECT current_timestamp'",
        "SQL = 'SELECT LOCALTIMESTAMP(0)'",
        '''SQL = "SELECT 'today'::date"''',
        '''SQL = "SELECT timestamptz 'now'"''',
        "SQL = 'SELECT age(c.birthday) FROM c'",
        "from django.db.models.functions import Lower, Now",
        "from django.contrib.postgres.functions import TransactionNow",
        "rows.update(at=functions.Now())",
        "moment = Func(function='NOW')",
        "class Row(Model):\n    at = DateTimeField(db_default=RawSQL('now()', ()))",
        "def write():\n    cursor.execute('SELECT now()')",
    ],
)
def test_the_check_sees_each_way_to_ask_the_server(line: str) -> None:
    assert list(server_clocks(line))


@pytest.mark.parametrize(
    "line",
    [
        "at = timezone.now()",
        "SQL = 'UPDATE t SET at = %(now)s'",
        "def f():\n    '''Like PostgreSQL's now().'''",
        "text = _('Complaints are yours now (two)')",
        "from django.db.models.functions import Lower",
        "SQL = 'SELECT age(a.at, b.at), lineage(a.id)'",
    ],
)
def test_the_check_lets_a_moment_that_is_passed_in_pass(line: str) -> None:
    assert not list(server_clocks(line))
