"""What the settings make of the environment: a house in earnest, the same over plain HTTP, a trial."""

import datetime as dt
import json
import os
import subprocess
import sys

import pytest
import time_machine
from django.conf import settings as ours
from django.core.checks import run_checks

REAL = {
    "DATABASE_URL": "postgres://desk@127.0.0.1:1/desk",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SECRET_KEY": "0123456789" * 6,
    "DEBUG": "0",
    "ALLOWED_HOSTS": "desk.example",
    "SITE_URL": "https://desk.example",
}
ASKED = ("SECOND_STEP", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "TABLET_COOKIE_NAME", "LANGUAGE_COOKIE_NAME")
SHOW = f"""
import json
from vipdesk import settings
print(json.dumps([getattr(settings, name) for name in {ASKED!r}]))
"""


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    set_elsewhere = {
        *REAL,
        "SECOND_STEP",
        "DJANGO_SETTINGS_MODULE",
        "MIGRATE_DATABASE_URL",
        "DJANGO_ALLOW_ASYNC_UNSAFE",
    }
    kept = {name: value for name, value in os.environ.items() if name not in set_elsewhere}
    environment = kept | {"DJANGO_SETTINGS_MODULE": "vipdesk.settings"} | environment
    command = (sys.executable, *command)
    return subprocess.run(
        command, env=environment, cwd=ours.BASE_DIR, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("environment", "has_second_step", "prefix"),
    [
        (REAL, True, "__Host-"),
        (REAL | {"SECOND_STEP": "0"}, False, "__Host-"),
        (REAL | {"SITE_URL": "http://desk.example"}, True, ""),
        (REAL | {"DEBUG": "1"}, False, "__Host-"),
        ({"SITE_URL": "http://127.0.0.1:8000"}, False, ""),
        ({"SITE_URL": "https://192.168.1.20:8443"}, False, "__Host-"),
    ],
)
def test_second_step_and_cookie_names_follow_where_the_desk_runs(
    environment: dict[str, str], has_second_step: bool, prefix: str
) -> None:
    answered = run("-c", SHOW, **environment)
    names = [prefix + name for name in ("desk_session", "csrftoken", "desk_tablet", "django_language")]
    assert json.loads(answered.stdout) == [has_second_step, *names], answered.stderr


def test_the_guests_cookie_is_of_https_alone_where_the_desk_is() -> None:
    """It is for their pages alone, which `__Host-` does not allow."""
    show = "import django; django.setup(); from feedback.views.guest import DEVICE; print(DEVICE)"
    assert run("-c", show, **REAL).stdout == "__Secure-guest\n"
    assert run("-c", show, **REAL | {"SITE_URL": "http://desk.example"}).stdout == "guest\n"


def test_a_house_without_the_second_step_does_not_pass_the_check() -> None:
    answered = run("manage.py", "check", "--deploy", **REAL, SECOND_STEP="0")
    assert answered.returncode == 1 and "staff.E002" in answered.stderr
    answered = run("manage.py", "check", "--deploy", "--fail-level=WARNING", **REAL)
    assert answered.returncode == 0, answered.stderr


def test_cookies_of_that_prefix_keep_its_rules() -> None:
    """Secure, for every path of this host and no other, or browsers drop them."""
    for kind in ("SESSION", "CSRF", "LANGUAGE"):
        assert getattr(ours, f"{kind}_COOKIE_PATH") == "/" and getattr(ours, f"{kind}_COOKIE_DOMAIN") is None


def test_checks_find_nothing_at_the_time_of_day_that_a_field_has_as_its_default() -> None:
    with time_machine.travel(dt.datetime(2026, 11, 30, 20, tzinfo=dt.UTC), tick=False):
        assert [message for message in run_checks() if not message.is_silenced()] == []
