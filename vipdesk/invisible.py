"""Characters that nobody sees, taken out of what people and files send: pure functions, used at every border.

A number copied from a chat brings directional marks along, a name from a web page a zero-width space, a comment an
object replacement character. They make two spellings of one word and break numbers. Only those stay that change what
is seen: joiners and variation selectors within an emoji, and joiners between letters of scripts that need them.

Nothing of Django is imported: the process that parses a file would pay for it each time.
"""

import re

# Category Cf, as ranges. A character that a newer Unicode adds to it is no harm before it is listed here.
_FORMAT = (
    (0xAD, 0xAD), (0x600, 0x605), (0x61C, 0x61C), (0x6DD, 0x6DD), (0x70F, 0x70F), (0x890, 0x891), (0x8E2, 0x8E2),
    (0x180E, 0x180E), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB),
    (0x110BD, 0x110BD), (0x110CD, 0x110CD), (0x13430, 0x1343F), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A),
    (0xE0001, 0xE0001), (0xE0020, 0xE007F),
)  # fmt: skip
_SELECTORS = ((0x180B, 0x180D), (0x180F, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
# Of other categories and as invisible: fillers, a joiner of graphemes, Braille's blank, an object that is not there.
_OTHERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc"
_INVISIBLE = frozenset(chr(code) for first, last in _FORMAT + _SELECTORS for code in range(first, last + 1)) | set(
    _OTHERS
)

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
    if text.isascii() or _INVISIBLE.isdisjoint(text):
        return text
    parts, at = [], 0
    for kept in _KEPT.finditer(text):
        parts += [drop_all_invisible(text[at : kept.start()]), kept[0]]
        at = kept.end()
    return "".join(parts) + drop_all_invisible(text[at:])


def drop_all_invisible(text: str) -> str:
    """The text without any invisible character: for names and numbers, which have no emoji in them."""
    if text.isascii() or _INVISIBLE.isdisjoint(text):
        return text
    return "".join(character for character in text if character not in _INVISIBLE)
