"""The sweeps of every minute: what each does in words, and when it last came.

The note of that is kept by the broker, not in the database: nine rows a minute would say nothing that matters, and
whoever empties Redis loses no more than one minute of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, TypeVar

import redis
from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from redis.backoff import NoBackoff
from redis.retry import Retry

KEY = "vipdesk:sweeps"
_PATIENCE = {"socket_timeout": 1, "socket_connect_timeout": 1}
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Swept:
    """A sweep, when it last ended and how many seconds it took; `error` is what it ended in, if in one."""

    does: str
    at: datetime | None = None
    seconds: float | None = None
    error: str = ""


def sweep(does: str | Promise) -> Callable[[F], F]:
    """Marks what settings.SWEEPS lists with what it does, for operations."""

    def mark(function: F) -> F:
        function.does = does  # type: ignore[attr-defined]
        return function

    return mark


class Noted:
    """Within it a sweep runs; how it went is noted, and its error goes on."""

    def __init__(self, name: str) -> None:
        self.name, self.began = name, monotonic()

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        _note(self.name, seconds=round(monotonic() - self.began, 3), error="" if kind is None else kind.__name__)


def last() -> list[Swept]:
    """Every sweep, in the order of the settings; without its moment where the broker knows none, or is away."""
    kept = _kept()
    return [_swept(name, kept.get(name)) for name in settings.SWEEPS]


def _note(name: str, **said: Any) -> None:
    client = _client()
    try:
        client.hset(KEY, name, json.dumps({"at": timezone.now().isoformat(), **said}))
    except redis.RedisError:
        return  # the sweep itself counts
    finally:
        client.close()


def _kept() -> dict[str, str]:
    client = _client()
    try:
        return {name.decode(): said.decode() for name, said in client.hgetall(KEY).items()}
    except redis.RedisError:
        return {}
    finally:
        client.close()


def _client() -> Any:
    return redis.Redis.from_url(settings.CELERY_BROKER_URL, retry=Retry(NoBackoff(), 0), **_PATIENCE)


def _swept(name: str, said: str | None) -> Swept:
    does = str(getattr(import_string(name), "does", name))
    if said is None:
        return Swept(does)
    kept = json.loads(said)
    return Swept(does, datetime.fromisoformat(kept["at"]), kept["seconds"], kept["error"])
