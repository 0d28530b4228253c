"""Who may import whom: every import of every module, deferred ones and references by a string included."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAY_IMPORT: dict[str, frozenset[str]] = {
    "vipdesk": frozenset(),
    "staff": frozenset({"vipdesk"}),
    "customers": frozenset({"vipdesk", "staff"}),
    "visits": frozenset({"vipdesk", "staff", "customers"}),
    "feedback": frozenset({"vipdesk", "staff", "customers", "visits"}),
    "targets": frozenset({"vipdesk", "staff", "customers", "visits"}),
    "outreach": frozenset({"vipdesk", "staff", "customers", "visits", "feedback", "targets"}),
}
NAMING = frozenset({"ForeignKey", "OneToOneField", "ManyToManyField", "GenericRelation"}) | frozenset(
    {"import_module", "import_string", "__import__"}
)

pytestmark = pytest.mark.check


def breaches(root: Path) -> list[str]:
    """Every edge that the map does not allow, as "customers/views.py:12 imports visits"."""
    return [
        f"{path.relative_to(root)}:{line} imports {target}"
        for app in MAY_IMPORT
        for path in sorted((root / app).rglob("*.py"))
        if not _is_test(path.relative_to(root))
        for line, target in sorted(set(_edges(path.relative_to(root), ast.parse(path.read_text(encoding="utf-8")))))
        if target != app and target in MAY_IMPORT and target not in MAY_IMPORT[app]
    ]


def _is_test(path: Path) -> bool:
    return "tests" in path.parts or path.name == "conftest.py"


def _edges(path: Path, tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, _app(alias.name)) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, _app(_absolute(path, node))
        elif isinstance(node, ast.Call):
            yield from ((node.lineno, _app(name)) for name in _named_by(node, is_migration="migrations" in path.parts))


def _absolute(path: Path, node: ast.ImportFrom) -> str:
    """`from ..models import x` in customers/views/pages.py is an import of customers.models."""
    package = path.parts[: len(path.parts) - node.level] if node.level else ()
    return ".".join([*package, *([node.module] if node.module else [])])


def _named_by(call: ast.Call, *, is_migration: bool) -> Iterator[str]:
    """Models and modules that a call names by a string. A migration may look at the apps below it as they were."""
    function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    named = [*call.args[:1], *(word.value for word in call.keywords if word.arg in ("to", "through"))]
    if function in NAMING or (function == "get_model" and not is_migration):
        yield from (node.value for node in named if isinstance(node, ast.Constant) and isinstance(node.value, str))


def _app(dotted: str) -> str:
    return dotted.partition(".")[0]


def test_house_keeps_to_its_map():
    assert breaches(ROOT) == []


def test_map_names_every_app_that_is_there():
    there = {path.parent.name for path in ROOT.glob("*/apps.py")}
    assert there == set(MAY_IMPORT)


def test_map_has_no_way_back():
    for app, below in MAY_IMPORT.items():
        for lower in below:
            assert MAY_IMPORT[lower] <= below, (app, lower)
            assert app not in MAY_IMPORT[lower]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("customers/views.py", "import visits"),
        ("customers/views.py", "import visits.models as m"),
        ("customers/views.py", "from visits.models import Party"),
        ("customers/views.py", "import os, visits"),
        ("customers/views.py", "def page():\n    from visits import models"),
        ("customers/views.py", "if TYPE_CHECKING:\n    from visits.models import Party"),
        ("customers/views.py", "try:\n    import visits\nexcept ImportError:\n    visits = None"),
        ("customers/views/pages.py", "from ...visits import models"),
        ("customers/models.py", "party = models.ForeignKey('visits.Party', models.CASCADE)"),
        ("customers/models.py", "party = ForeignKey(to='visits.Party', on_delete=models.CASCADE)"),
        ("customers/models.py", "m = models.ManyToManyField('Customer', through='visits.Party')"),
        ("customers/services.py", "apps.get_model('visits', 'Party')"),
        ("customers/services.py", "apps.get_model('visits.Party')"),
        ("customers/services.py", "importlib.import_module('visits.models')"),
        ("customers/services.py", "import_string('visits.models.Party')"),
        ("customers/management/commands/x.py", "from outreach import services"),
        ("customers/migrations/0002_x.py", "from visits.models import Party"),
        ("targets/services.py", "from feedback.models import Survey"),
        ("feedback/services.py", "from targets.models import Charge"),
        ("staff/models.py", "from customers.models import Customer"),
        ("vipdesk/jobs.py", "from staff.models import User"),
        ("vipdesk/views.py", "def home():\n    import customers"),
    ],
)
def test_map_sees_every_kind_of_import(tmp_path, path, code):
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(code, encoding="utf-8")
    assert len(breaches(tmp_path)) == 1, breaches(tmp_path)
    assert breaches(tmp_path)[0].startswith(f"{path}:")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("customers/views.py", "from staff import roles\nfrom vipdesk import nights\nimport django"),
        ("customers/views.py", "from . import forms\nfrom .models import Customer"),
        ("customers/models.py", "owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT)"),
        ("customers/models.py", "parent = models.ForeignKey('self', models.PROTECT)"),
        ("customers/models.py", "tier = models.ForeignKey('MembershipTier', models.PROTECT)"),
        ("customers/migrations/0002_x.py", "apps.get_model('visits', 'Party')"),
        ("customers/tests/test_x.py", "from visits.models import Party"),
        ("customers/views.py", "reverse('visits:open')"),
        ("vipdesk/urls.py", "path('', include('visits.urls'))"),
        ("outreach/services.py", "from targets.models import Charge\nfrom feedback.models import Survey"),
    ],
)
def test_map_lets_through_what_is_allowed(tmp_path, path, code):
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(code, encoding="utf-8")
    assert breaches(tmp_path) == []
