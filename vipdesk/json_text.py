"""JSON from outside: pure, the one reader of what machines and tablets send. (No layer's name: it is a format.)"""

import json
import re
from collections.abc import Callable
from typing import Any

# Nothing that is sent to the desk nests half as deep.
DEEPEST = 20
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class NotJson(ValueError):
    """No JSON, nested too deep, or with characters that no database keeps (NUL, half a surrogate pair)."""


def read_json(text: bytes | str, **options: Any) -> Any:
    """As `json.loads` with these options. Raises `NotJson`."""
    value = read_nested(text, **options)
    check_value(value)
    return value


def read_nested(text: bytes | str, **options: Any) -> Any:
    """As `read_json`, whatever characters are in it: for who drops them one by one. Raises `NotJson`."""
    try:
        value = json.loads(text, **options)
    except (ValueError, RecursionError):
        raise NotJson from None
    _walk(value, lambda _text: None)
    return value


def check_value(value: Any) -> None:
    """Raises `NotJson`."""
    _walk(value, _check_text)


def drop_unstorable(text: str) -> str:
    """The text without the characters that no database keeps."""
    return _UNSTORABLE.sub("", text)


def _walk(value: Any, check: Callable[[str], None]) -> None:
    """Level by level, so that nothing recurses, however deep the value is."""
    level = [value]
    for _depth in range(DEEPEST):
        level = [part for whole in level for part in _parts(whole, check)]
        if not level:
            return
    raise NotJson


def _parts(value: Any, check: Callable[[str], None]) -> list[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    if isinstance(value, list):
        return value
    if isinstance(value, str):
        check(value)
    return []


def _check_text(text: str) -> None:
    if _UNSTORABLE.search(text):
        raise NotJson
