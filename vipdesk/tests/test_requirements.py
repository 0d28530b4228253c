"""The locked requirements hold what the .in files name, by hash; `make lock` compiles them."""

import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent.parent
LOCKS = ("requirements", "requirements-build", "requirements-dev")

pytestmark = pytest.mark.check


def normalize(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.split("[")[0]).lower()


def read_pins(path: Path) -> dict[str, str]:
    """Packages of an .in file with their versions, those of files it includes too."""
    pins = {}
    for line in path.read_text().splitlines():
        text = line.split("#")[0].strip()
        if text.startswith("-r "):
            pins |= read_pins(path.parent / text[3:])
        elif text and not text.startswith("-c "):
            name, version = text.split("==")
            pins[normalize(name)] = version
    return pins


def read_entries(path: Path) -> list[str]:
    """Entries of a locked file: a package with its hashes and who asks for it."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return re.split(r"\n(?=\S)", "\n".join(lines))


def read_locked(path: Path) -> dict[str, str]:
    found = (re.match(r"(\S+)==(\S+)", entry) for entry in read_entries(path))
    return {normalize(match[1]): match[2] for match in found if match}


def read_direct(path: Path) -> set[str]:
    """Packages that a locked file names because an .in file asks for them."""
    asked = [entry for entry in read_entries(path) if re.search(r"# +(via )?-r requirements", entry)]
    return {normalize(entry.split("==")[0]) for entry in asked}


@pytest.mark.parametrize("name", LOCKS)
def test_lock_holds_every_pin_of_its_in_file_and_no_other_direct_one(name):
    pins = read_pins(CHECKOUT / f"{name}.in")
    locked = read_locked(CHECKOUT / f"{name}.txt")
    assert {package: locked.get(package) for package in pins} == pins, "run `make lock`"
    assert read_direct(CHECKOUT / f"{name}.txt") == set(pins), "run `make lock`"


@pytest.mark.parametrize("name", LOCKS)
def test_lock_names_a_hash_for_every_package_and_no_index(name):
    path = CHECKOUT / f"{name}.txt"
    assert all("--hash=sha256:" in entry for entry in read_entries(path))
    assert not re.search(r"https?:|file:|index-url|find-links", path.read_text())


def test_locks_agree_on_every_version():
    dev = read_locked(CHECKOUT / "requirements-dev.txt")
    for name in LOCKS[:2]:
        locked = read_locked(CHECKOUT / f"{name}.txt")
        assert {package: dev.get(package) for package in locked} == locked


def test_every_direct_requirement_has_its_reason():
    for name in LOCKS:
        lines = (CHECKOUT / f"{name}.in").read_text().splitlines()
        assert [line for line in lines if "==" in line and "  # " not in line] == []
