"""Every test named in SECURITY.md, the threat model and the table of ASVS exists, and the table says what it may."""

import re
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.check
ROOT = Path(settings.BASE_DIR)
DOCUMENTS = ("SECURITY.md", "docs/threat-model.md", "docs/asvs.md")
NAMED = re.compile(r"`((?:\w+/)*tests/(?:\w+/)*test_\w+\.py)(?:::(\w+))?`")
ROW = re.compile(r"^\| (\d+\.\d+\.\d+)(?: to (\d+\.\d+\.\d+))? \| (.+?) \| (.+?) \| (.*) \|$", re.MULTILINE)
# Requirements of levels 1 and 2 by section; a range in the table stands for a chapter or section that does not apply.
REQUIREMENTS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4, "3.4": 6,
    "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 1, "4.4": 1, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3, "6.1": 3, "6.2": 12,
    "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 1, "6.8": 1, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 1, "8.1": 2,
    "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 1, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1,
    "11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1,
}  # fmt: skip


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_test_that_is_named_exists(document: str) -> None:
    named = NAMED.findall((ROOT / document).read_text())
    assert named or document == "SECURITY.md"
    gone = [f"{path}::{name}" for path, name in named if not _exists(path, name)]
    assert gone == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_looks_like_a_test_is_named_in_full(document: str) -> None:
    text = NAMED.sub("", (ROOT / document).read_text())
    assert set(re.findall(r"\btest_\w+", text)) <= {"test_security_documents"}


def test_every_requirement_has_one_row_and_one_of_three_states() -> None:
    rows = ROW.findall((ROOT / "docs/asvs.md").read_text())
    numbers = [row[0] for row in rows]
    counts = {section: sum(number.startswith(f"{section}.") for number in numbers) for section in REQUIREMENTS}
    assert counts == REQUIREMENTS and len(numbers) == len(set(numbers)) == sum(REQUIREMENTS.values())
    for number, _until, _need, state, how in rows:
        assert state in {"holds", "not applicable", "accepted"}, number
        assert how.strip(), f"{number} says neither how nor why"


def _exists(path: str, name: str) -> bool:
    file = ROOT / path
    return file.is_file() and (not name or re.search(rf"^\s*def {name}\(", file.read_text(), re.MULTILINE) is not None)
