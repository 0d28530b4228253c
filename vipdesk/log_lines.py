"""What the desk's log says of requests that were refused. (No layer's name: it is a logging filter.)"""

import logging
from typing import Any

from django.http import HttpRequest

# Parts of an address that open something for whoever has them.
_SECRETS = ("token", "secret")


class Refusals(logging.Filter):
    """Makes one line of a 403: who, which address, why; no traceback, no query. Takes secrets out of every address."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if not isinstance(request, HttpRequest):
            return True
        path = _path(request)
        if getattr(record, "status_code", None) == 403:
            record.msg, record.args = "403 %s %s %s: %s", (_who(request), request.method, path, _reason(record))
            record.exc_info = record.exc_text = None
        elif record.args:
            args = record.args if isinstance(record.args, tuple) else (record.args,)
            escaped = request.path.encode("unicode_escape").decode("ascii")  # as Django logs it
            record.args = tuple(path if arg == escaped else arg for arg in args)
        return True


def _path(request: HttpRequest) -> str:
    path = request.path
    for name, value in (request.resolver_match.kwargs if request.resolver_match else {}).items():
        if name in _SECRETS:
            path = path.replace(str(value), "…")
    return _on_one_line(path)


def _who(request: HttpRequest) -> str:
    user: Any = getattr(request, "user", None)
    return f"user {user.pk} ({user.get_username()})" if user and user.is_authenticated else "nobody"


def _reason(record: logging.LogRecord) -> str:
    """What the exception says, else what Django says, as the first of its arguments."""
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    said = record.args[0] if isinstance(record.args, tuple) and record.args else ""
    return _on_one_line(str(error or "")) or (type(error).__name__ if error else _on_one_line(str(said)))


def _on_one_line(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)
