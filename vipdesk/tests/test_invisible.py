"""Characters that nobody sees are taken out; those that change what is seen stay."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vipdesk.invisible import drop_all_invisible, drop_invisible

SIGNS = (
    "\u200b\u2060\ufeff\u00ad\u200e\u202a\u202e\u2066\u2068\u2069\ufffc\u3164\u115f\u034f\ufe00\U000e0100\u180e\u061c"
)


@pytest.mark.parametrize("sign", SIGNS)
def test_invisible_character_is_dropped_from_words_and_numbers(sign: str) -> None:
    assert drop_invisible(f"{sign}很{sign}好{sign}") == drop_all_invisible(f"{sign}很{sign}好{sign}") == "很好"
    assert drop_invisible(f"138{sign}1655") == "1381655"


@pytest.mark.parametrize(
    "text",
    [
        "👨‍👩‍👧 来了", "❤️", "1️⃣", "🏳️‍🌈", "🧑🏽‍🚒", "❤️‍🔥", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "می‌خواهم", "ශ්‍රී", "plain", "一行\n二行\t",
    ],
)  # fmt: skip
def test_what_changes_the_picture_stays_in_words(text: str) -> None:
    assert drop_invisible(text) == text


def test_every_format_character_that_python_knows_is_dropped() -> None:
    known = {chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Cf"}
    assert drop_all_invisible("".join(known)) == ""


def test_joiner_that_joins_nothing_is_dropped() -> None:
    assert drop_invisible("好\u200d👨\u200d好\ufe0f") == "好👨好"


@given(st.text())
def test_nothing_visible_is_lost_and_twice_is_once(text: str) -> None:
    for drop in (drop_invisible, drop_all_invisible):
        assert drop(drop(text)) == drop(text)
    visible = {"L", "N", "P", "S", "Z"}
    kept = [c for c in text if unicodedata.category(c)[0] in visible]
    rest = [c for c in drop_all_invisible(text) if unicodedata.category(c)[0] in visible]
    assert [c for c in kept if c not in "\u115f\u1160\u2800\u3164\uffa0\ufffc"] == rest
