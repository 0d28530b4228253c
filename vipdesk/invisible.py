"""Characters that nobody sees, taken out of what people and files send: pure functions, used at every border.

A number copied from a chat brings directional marks along, a name from a web page a zero-width space, a comment an
object replacement character. They make two spellings of one word and break numbers. Only those stay that change what
is seen: joiners and variation selectors within an emoji, and joiners between letters of scripts that need them.
"""

import re
import sys
import unicodedata
from functools import lru_cache

from django.http import QueryDict

# Invisible, but of other categories than Cf: fillers, joiners of graphemes, an object that is not there.
_OTHERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc"
_SELECTORS = "\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"


def _format_characters() -> str:
    """All characters of category Cf as ranges of a character class."""
    codes = [code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Cf"]
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in ranges)


@lru_cache(maxsize=1)
def _invisible() -> re.Pattern[str]:
    return re.compile(f"[{_format_characters()}{_SELECTORS}{_OTHERS}]")


_JOINERS = "\u200c\u200d"
# Arabic, Syriac and the scripts of India, where a joiner between two letters changes their form.
_NEEDS_JOINERS = "\u0600-\u08ff\u0900-\u0dff"
_EMOJI = "\u00a9\u00ae\u203c-\u27ff\u2900-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_KEPT = re.compile(
    rf"(?<=[{_NEEDS_JOINERS}])[{_JOINERS}](?=[{_NEEDS_JOINERS}])"
    rf"|(?<=[{_EMOJI}])\ufe0f?\u200d(?=[{_EMOJI}])"  # a family, a profession
    rf"|(?<=[{_EMOJI}])[\ufe0e\ufe0f]"
    r"|(?<=[0-9#*])\ufe0f(?=\u20e3)"  # a key
    r"|(?<=\U0001f3f4)[\U000e0061-\U000e007a\U000e0030-\U000e0039]{3,6}\U000e007f"  # a flag
)


def drop_invisible(text: str) -> str:
    """The text without invisible characters, but for those that change what is seen (emoji, Arabic, Indic scripts)."""
    if text.isascii() or not _invisible().search(text):
        return text
    parts, at = [], 0
    for kept in _KEPT.finditer(text):
        parts += [_invisible().sub("", text[at : kept.start()]), kept[0]]
        at = kept.end()
    return "".join(parts) + _invisible().sub("", text[at:])


def drop_all_invisible(text: str) -> str:
    """The text without any invisible character: for names and numbers, which have no emoji in them."""
    return text if text.isascii() else _invisible().sub("", text)


def drop_from_form(typed: QueryDict) -> QueryDict:
    """What a form sends without invisible characters; passwords stay as they were chosen."""
    if all(value.isascii() for _name, values in typed.lists() for value in values):
        return typed
    data = typed.copy()
    for name, values in typed.lists():
        if "password" not in name:
            data.setlist(name, [drop_invisible(value) for value in values])
    data._mutable = False
    return data
