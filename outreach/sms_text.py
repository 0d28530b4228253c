"""What a text message says and how many parts it is paid as (T10): pure, no model, no I/O.

A message is 【signature】body and the opt-out wording, always. One of 7-bit letters alone fits 160, or 153 a part; any
other letter makes it UCS-2: 70, or 67 a part. A letter that takes two places is never torn between two parts.
"""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

OPT_OUT = "拒收请回复R"
OPT_OUT_EN = "Reply R to opt out"
SIGNATURE = range(2, 17)
MOST_LETTERS = 500  # what the providers take, signature and opt-out wording included
# GSM 03.38, the letters of one place, and those behind an escape, which take two.
_ONE = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ!\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWO = frozenset("\f^{}\\[~]|€")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_VARIABLE = re.compile(r"\$\{|\{\{|\{[A-Za-z_]\w*\}")


def compose(*, signature: str, body: str, opt_out: str) -> str:
    """The whole message. The wording stands once, where the body already ends with it, too."""
    body = body.strip()
    if opt_out and body.endswith(opt_out):
        body = body[: -len(opt_out)].rstrip()
    space = " " if body[-1:].isascii() else ""
    return f"【{signature}】{body}{space}{opt_out}"


def segments(text: str) -> int:
    """The parts a message is sent and paid as; 0 for nothing."""
    single, part, places = (160, 153, _gsm) if is_gsm(text) else (70, 67, _ucs2)
    if sum(places(text)) <= single:
        return 1 if text else 0
    count, room = 1, part
    for size in places(text):
        if size > room:
            count, room = count + 1, part
        room -= size
    return count


def is_gsm(text: str) -> bool:
    """Whether every letter is one of the 7-bit alphabet."""
    return all(letter in _ONE or letter in _TWO for letter in text)


def _gsm(text: str) -> Iterator[int]:
    return (2 if letter in _TWO else 1 for letter in text)


def _ucs2(text: str) -> Iterator[int]:
    return (2 if ord(letter) > 0xFFFF else 1 for letter in text)


def signature_faults(signature: str) -> list[str]:
    faults = []
    if len(signature) not in SIGNATURE:
        faults.append(_("A signature has 2 to 16 characters."))
    if "【" in signature or "】" in signature or signature != signature.strip():
        faults.append(_("The signature stands without its brackets and without blanks around it."))
    return faults + _unsendable(signature)


def body_faults(body: str, *, signature: str, opt_out: str) -> list[str]:
    """Why this body cannot go out; in words for who wrote it."""
    faults = _unsendable(body)
    if not body.strip():
        faults.append(_("The message is empty."))
    if "【" in body or "】" in body:
        faults.append(_("No 【】 in the body: the signature is put before it by itself."))
    if _VARIABLE.search(body):
        faults.append(_("Marketing messages take no variables."))
    letters = len(compose(signature=signature, body=body, opt_out=opt_out))
    if letters > MOST_LETTERS:
        said = _("With signature and opt-out wording it has %(letters)d characters, %(most)d are allowed.")
        faults.append(said % {"letters": letters, "most": MOST_LETTERS})
    return faults


def opt_out_faults(opt_out: str) -> list[str]:
    faults = _unsendable(opt_out)
    if not opt_out.strip():
        faults.append(_("Every message says how to opt out."))
    return faults


def _unsendable(text: str) -> list[str]:
    faults = []
    if _CONTROL.search(text):
        faults.append(_("It holds characters that cannot be seen. Type it anew."))
    if any(ord(letter) > 0xFFFF or 0xD800 <= ord(letter) <= 0xDFFF for letter in text):
        faults.append(_("Emoji and other rare signs do not arrive on every phone."))
    return faults
