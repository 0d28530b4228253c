"""The figures of the code (`python -m tools.house`) count what is there."""

from pathlib import Path

import pytest

from tools import house


@pytest.fixture
def small_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {
        "visits/rooms/models.py": "from staff.models import User\n",
        "visits/rooms/services.py": '"""What is found."""\nfrom visits.rooms import models\n\nfound = models\n',
        "visits/rooms/told.py": "cursor.execute(1)\n",
        "visits/forms/rooms.py": "",
        "visits/migrations/0001_initial.py": "",
        "visits/tests/test_rooms.py": "assert 1\n",
        "staff/models.py": "User: Any\n",
        "templates/visits/rooms.html": "x" * 121 + "\ny\n",
        "docs/glossary.md": "## Words to avoid in code\n\n| avoid | write |\n| --- | --- |\n| found | result |\n",
        "conftest.py": "",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(house, "ROOT", tmp_path)
    return tmp_path


def test_each_figure_is_counted(small_house: Path) -> None:
    assert house.figures() == {
        "files of product Python": 6,
        "lines of product Python": 7,
        "modules without a layer's name": 1,
        "files of tests": 2,
        "lines of tests": 1,
        "templates": 1,
        "lines of templates": 2,
        "longest template line": 121,
        "template lines over 120": 1,
        "`Any` in product Python": 1,
        "raw SQL calls": 1,
        "imports between folders": 1,
        "“found”": 2,
    }


def test_the_graph_has_an_arrow_for_each_pair_of_folders(small_house: Path) -> None:
    text = "\n".join(house.graph())
    assert '"visits/rooms" -> "staff" [label=1];' in text
    assert text.count("->") == 1 and text.count("subgraph") == len(house.APPS)
