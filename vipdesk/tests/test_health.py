"""What a load balancer is told when parts are away."""

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from vipdesk import __version__, jobs


def ask(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/readyz")
    assert "no-store" in answer["Cache-Control"]
    return answer.status_code, answer.json()


def test_process_is_up_without_a_database(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content.splitlines()[0]) == (200, b"ok")
    assert "no-store" in answer["Cache-Control"]


def test_process_names_its_version(client):
    assert re.fullmatch(r"vipdesk \d+\.\d+\.\d+", client.get("/healthz").content.decode().splitlines()[1])
    assert f"## {__version__} — " in Path(settings.BASE_DIR, "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.django_db
def test_desk_is_ready_and_tells_a_late_tick(client):
    all_well = {"ready": True, "database": "ok", "migrations": "ok", "broker": "ok"}
    assert ask(client) == (200, all_well | {"tick": "late"})
    jobs.tick()
    assert ask(client) == (200, all_well | {"tick": "ok"})
    jobs.tick(datetime.now(UTC) - timedelta(minutes=5, seconds=1))
    assert ask(client) == (200, all_well | {"tick": "late"})


@pytest.mark.django_db
def test_desk_with_a_missing_migration_is_not_ready(client):
    recorder = MigrationRecorder(connection)
    newest = max(name for app, name in recorder.applied_migrations() if app == "vipdesk")
    recorder.record_unapplied("vipdesk", newest)
    status, parts = ask(client)
    assert (status, parts["ready"], parts["migrations"], parts["database"]) == (503, False, "missing", "ok")


@pytest.mark.usefixtures("database_owner")
def test_desk_on_an_empty_database_is_not_ready(client):
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE vipdesk_heartbeat; DROP TABLE django_migrations")
    status, parts = ask(client)
    assert (status, parts["migrations"], parts["tick"]) == (503, "missing", "unknown")


@pytest.mark.django_db
@pytest.mark.parametrize("broker", ["redis://127.0.0.1:1/0", "redis://:wrong@127.0.0.1:1/0"])
def test_desk_without_a_broker_is_not_ready(client, settings, broker):
    settings.CELERY_BROKER_URL = broker
    status, parts = ask(client)
    assert (status, parts["broker"], parts["database"]) == (503, "down", "ok")


def test_desk_without_a_database_is_not_ready(client, monkeypatch):
    def refuse() -> None:
        raise OperationalError("connection to 10.1.2.3 refused")

    monkeypatch.setattr(connection, "ensure_connection", refuse)
    status, parts = ask(client)
    assert status == 503
    assert parts == {"ready": False, "database": "down", "migrations": "unknown", "tick": "unknown", "broker": "ok"}


def test_a_worker_has_read_every_view_before_its_first_visitor_comes() -> None:
    show = "import sys, vipdesk.wsgi; print('outreach.views.providers' in sys.modules)"
    answered = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True, timeout=60)
    assert answered.stdout == "True\n"
