"""The product's own words in stored text: kept as a code, said in the language of whoever reads them.

A code stands in braces, alone or within what somebody typed, with its facts behind it: `{history.merged|number=17}`.
Each app lists its codes and their sentences in settings.CODED_WORDS. Text from before, and a code that nobody knows any
more, read as they stand.
"""

import datetime as dt
import functools
import re
from collections.abc import Mapping

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from vipdesk.templatetags.nights import day

Words = Mapping[str, "str | Promise"]
_CODE = re.compile(r"\{([a-z]+\.[a-z_]+)((?:\|[a-z]+=[^{}|]*)*)\}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_APART = str.maketrans("{}|", "()/")  # what would end a fact


def write(code: str, **facts: object) -> str:
    """A code as it is stored, with its facts: text, numbers, days."""
    if code not in _words():
        raise LookupError(code)
    return "{" + "|".join([code, *(f"{name}={str(fact).translate(_APART)}" for name, fact in facts.items())]) + "}"


def read(text: str) -> str:
    """Stored text with each code in it as a sentence in the active language."""
    return _CODE.sub(_sentence, text)


def _sentence(match: re.Match[str]) -> str:
    words = _words().get(match[1])
    if words is None:
        return match[0]
    facts = dict(part.split("=", 1) for part in match[2].split("|")[1:])
    try:
        return str(words) % {name: _fact(value) for name, value in facts.items()}
    except KeyError:  # a fact that the sentence did not use to name
        return match[0]


def _fact(value: str) -> str:
    return day(dt.date.fromisoformat(value)) if _DAY.fullmatch(value) else value


@functools.cache
def _words() -> dict[str, "str | Promise"]:
    found: dict[str, str | Promise] = {}
    for dotted in settings.CODED_WORDS:
        found |= import_string(dotted)
    return found
