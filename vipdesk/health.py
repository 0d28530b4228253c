"""For load balancers and monitors: is the process up, and can it serve. Open to all, so nothing here tells much."""

from __future__ import annotations

from functools import cache

import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from redis.backoff import NoBackoff
from redis.retry import Retry

from vipdesk import __version__, alerts

DATABASE_DOWN = (DatabaseError, InterfaceError)
BROKER_SECONDS = 2


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The first line is "ok" for as long as the process is up; probes may rely on it. The second names the version."""
    return HttpResponse(f"ok\nvipdesk {__version__}\n", content_type="text/plain; charset=utf-8")


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """503 where a request could not be served; a late tick is told but is no reason to take the web server away."""
    parts = {**_database(), "broker": _broker()}
    is_ready = all(parts[name] == "ok" for name in ("database", "migrations", "broker"))
    return JsonResponse({"ready": is_ready, **parts}, status=200 if is_ready else 503)


def _database() -> dict[str, str]:
    try:
        migrations = _migrations()
        # Without its migrations there may be no table to ask.
        tick = "unknown" if migrations != "ok" else "late" if alerts.is_tick_late() else "ok"
    except DATABASE_DOWN:
        return {"database": "down", "migrations": "unknown", "tick": "unknown"}
    return {"database": "ok", "migrations": migrations, "tick": tick}


@cache
def _expected() -> frozenset[tuple[str, str]]:
    """The newest migrations of this code; read from disk once."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def _migrations() -> str:
    applied = MigrationRecorder(connection).applied_migrations()
    return "ok" if _expected() <= applied.keys() else "missing"


def _broker() -> str:
    patience = {"socket_timeout": BROKER_SECONDS, "socket_connect_timeout": BROKER_SECONDS}
    client = redis.Redis.from_url(settings.CELERY_BROKER_URL, retry=Retry(NoBackoff(), 0), **patience)
    try:
        client.ping()
    except redis.RedisError:
        return "down"
    finally:
        client.close()
    return "ok"
