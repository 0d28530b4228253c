"""Migrations that landed stay as they are: `.ci/migrations.sha256` lists them, `.ci/land-migrations` adds new ones."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

LIST = ".ci/migrations.sha256"

pytestmark = pytest.mark.check


def listed(root: Path) -> dict[str, str]:
    lines = (line.split("  ", 1) for line in (root / LIST).read_text().splitlines())
    return {path: digest for digest, path in lines}


def on_disk(root: Path) -> dict[str, str]:
    paths = root.glob("*/migrations/[0-9]*.py")
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def edited(root: Path) -> set[str]:
    there = on_disk(root)
    return {path for path, digest in listed(root).items() if there.get(path) != digest}


def test_landed_migrations_are_never_edited():
    assert not edited(Path(settings.BASE_DIR)), "Put these back as they landed, and write a new migration."


def test_every_migration_is_listed():
    root = Path(settings.BASE_DIR)
    assert not on_disk(root).keys() - listed(root).keys(), "When they are final, `.ci/land-migrations` lists them."


def test_new_migrations_are_added_to_the_list_and_edited_ones_are_not(tmp_path):
    script = Path(settings.BASE_DIR, ".ci", "land-migrations")
    (tmp_path / ".ci").mkdir()
    shutil.copy(script, tmp_path / ".ci")
    folder = tmp_path / "staff" / "migrations"
    folder.mkdir(parents=True)

    def land() -> None:
        subprocess.run([tmp_path / ".ci" / "land-migrations"], check=True)

    (folder / "0001_initial.py").write_text("first")
    land()
    (folder / "0001_initial.py").write_text("first, edited")
    (folder / "0002_more.py").write_text("second")
    land()
    assert listed(tmp_path).keys() == {"staff/migrations/0001_initial.py", "staff/migrations/0002_more.py"}
    assert edited(tmp_path) == {"staff/migrations/0001_initial.py"}
    (folder / "0002_more.py").unlink()
    assert edited(tmp_path) == {"staff/migrations/0001_initial.py", "staff/migrations/0002_more.py"}
