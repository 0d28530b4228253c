"""Rules about identifiers in files: bill, refund, bottle, member, card, locker and room numbers.

A spreadsheet keeps 15 digits of a number and shows long ones in scientific notation. What is left then is another
number than the one that was typed, and must never be taken for it.
"""

import re
import unicodedata
from collections.abc import Iterable

from django.utils.translation import gettext as _

from vipdesk.sheets.broken_text import is_broken
from vipdesk.sheets.cells import unwrap_text_formula

MOST_DIGITS = 15
_APOSTROPHES = "'’‘`＇"
# 2.02604E+13, 2E+13, 2.02604E13, 20.2E+12; 2E5 without a sign may well be the name of a locker.
_SCIENTIFIC = re.compile(r"(?<!\S)[+-]?[0-9]+(?:E\+[0-9]{1,3}|[.,][0-9]+E[+-]?[0-9]{1,3})(?!\S)")
_SCIENTIFIC_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?E[+-]?[0-9]{1,3}")
_WITH_ZEROS = re.compile(r"([0-9]+)\.0+")


class RewrittenNumber(ValueError):
    """A spreadsheet or a program rewrote this identifier; the message says so to the person who typed it."""


class NumberText(str):
    """The text of what was a number where it came from, such as a number in JSON: its last digits may be made up."""

    __slots__ = ()


def read_identifier(cell: object, text: str) -> str:
    """The identifier in a cell whose tidied words are `text`, without apostrophe and a whole number's `.0`.

    Raises `RewrittenNumber` where its digits are made up.
    """
    if not text or (type(cell) is str and text.isascii() and text.isalnum()):
        return text  # as nearly all are: no sign, no point, no quote
    shown = unicodedata.normalize("NFKC", str(cell) if isinstance(cell, NumberText) else text).strip().upper()
    is_number = isinstance(cell, (int, float, NumberText)) and not isinstance(cell, bool)
    if _SCIENTIFIC.search(shown) or (is_number and _is_beyond_a_number(shown)):
        raise RewrittenNumber(
            _("The spreadsheet shortened this number (%(text)s). Look it up and type it as text.")
            % {"text": _as_shown(cell, text)}
        )
    if is_broken(text):
        raise RewrittenNumber(_("This number was broken on the way (%(text)s).") % {"text": text[:40]})
    return clean_identifier(text)


def clean_identifier(text: str) -> str:
    """An identifier without what a spreadsheet put around it."""
    bare = " ".join(unwrap_text_formula(text).split()).lstrip(_APOSTROPHES).strip()
    found = _WITH_ZEROS.fullmatch(unicodedata.normalize("NFKC", bare))
    return found[1] if found else bare


def earlier_spellings(identifiers: Iterable[str]) -> dict[str, str]:
    """How rows that came in before identifiers were cleaned may have them: kept spelling to cleaned identifier."""
    return {
        spelling: number
        for number in identifiers
        for spelling in (f'="{number}"', f"'{number}", *([f"{number}.0"] if number.isdecimal() else ()))
    }


def _is_beyond_a_number(shown: str) -> bool:
    if _SCIENTIFIC_NUMBER.fullmatch(shown):
        return True
    whole = shown.partition(".")[0].lstrip("+-").lstrip("0")
    return whole.isdecimal() and len(whole) > MOST_DIGITS


def _as_shown(cell: object, text: str) -> str:
    """As a spreadsheet shows it: a person looks for 6.22202E+18, not for the made-up digits."""
    return f"{cell:.6G}" if isinstance(cell, float) else text[:40]
