"""What `make run` sets up before it opens: tables, static files, and a demo venue where there is nothing."""

import hashlib
import io
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import Storage
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, connections

from vipdesk.front import Front

LOGINS = "mgr1 … mgr6 (managers), desk (after-sales), ops (operations), admin"
PASSWORD = "vipdesk-demo"  # noqa: S105 of the demo venue, and printed for everybody
PIN = "246810"


class CannotOpen(Exception):
    """The set-up failed; the message is one line for a person."""


def prepare() -> None:
    """Each step does only what is missing, so that a second run opens in seconds."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vipdesk.settings")
    try:
        django.setup()
        call_command("check", stdout=io.StringIO())  # what is broken shows once, here, and not in three processes
        if not connection.introspection.table_names():
            print("Making the tables …", flush=True)
        call_command("migrate", verbosity=0, interactive=False)
        _collect_static()
        if not get_user_model().objects.exists():
            print("Loading the demo venue …", flush=True)
            call_command("load_demo", customers=300, nights=7, stdout=sys.stderr)
    except (ImproperlyConfigured, CommandError, OperationalError) as error:
        raise CannotOpen(str(error).strip()) from error
    finally:
        connections.close_all()


def answers(port: int, front: Front | None = None) -> bool:
    """Whether the desk is open at its address."""
    url = f"{'https' if front else 'http'}://127.0.0.1:{port}/healthz"
    try:
        with urllib.request.urlopen(url, timeout=5, context=front.certificates.client_context() if front else None):
            return True
    except urllib.error.HTTPError as error:
        raise CannotOpen(f"The web server answers, but with status {error.code}; its messages stand above.") from error
    except OSError:
        return False


def greeting(port: int, front: Front | None = None) -> str:
    lines = [f"The desk is open: {front.url if front else f'http://127.0.0.1:{port}'}"]
    if get_user_model().objects.filter(username="mgr1").exists():
        lines.append(f"Demo logins: {LOGINS}; password {PASSWORD}, PIN on an enrolled tablet {PIN}")
    connections.close_all()
    if front:
        lines.extend(front.words())
    return "\n".join([*lines, "Ctrl-C stops everything; what was entered is kept."])


def _collect_static() -> None:
    """Hashing and compressing take seconds: only where a source file is another than last time."""
    from django.contrib.staticfiles.finders import get_finders

    found = sorted(path for finder in get_finders() for path in _sources(finder.list(None)))
    seal = hashlib.sha256(repr((found, settings.STORAGES["staticfiles"])).encode()).hexdigest()
    sealed = Path(settings.STATIC_ROOT) / ".collected"
    if sealed.exists() and sealed.read_text() == seal:
        return
    print("Collecting static files …", flush=True)
    call_command("collectstatic", verbosity=0, interactive=False)
    sealed.write_text(seal)


def _sources(listed: Iterable[tuple[str, Storage]]) -> Iterable[tuple[str, float]]:
    for name, storage in listed:
        yield name, storage.get_modified_time(name).timestamp()
