"""Invisible characters reach no view: one border for every form, and a short list of what passes it by."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, JsonResponse
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, path

from vipdesk.tests.probe_urls import urlpatterns as probes

DIRTY = "\u2068王\u200b芳\ufeff\ufffc\u2069 👨\u200d👩\u200d👧"
CLEAN = "王芳 👨\u200d👩\u200d👧"


def echo(request: HttpRequest) -> JsonResponse:
    files = {name: request.FILES[name].read().decode() for name in request.FILES}  # type: ignore[union-attr]
    return JsonResponse(dict(request.POST.lists()) | files)


urlpatterns = [path("echo/", echo), *probes]


@pytest.fixture
def sent() -> Any:
    def send(data: Any, **how: Any) -> Any:
        with override_settings(ROOT_URLCONF=__name__):
            return Client().post("/echo/", data, **how).json()

    return send


@pytest.mark.django_db
def test_every_field_of_every_form_arrives_without_them(sent: Any) -> None:
    assert sent({"name": DIRTY, "tags": [DIRTY, "plain"]}) == {"name": [CLEAN], "tags": [CLEAN, "plain"]}
    said = sent(f"comment=%E2%81%A8{'%20'}good", content_type="application/x-www-form-urlencoded")
    assert said == {"comment": [" good"]}


@pytest.mark.django_db
def test_password_is_taken_as_it_was_chosen_and_a_file_as_it_is(sent: Any) -> None:
    said = sent({"password": DIRTY, "new_password1": DIRTY, "file": SimpleUploadedFile("a.csv", DIRTY.encode())})
    assert said == {"password": [DIRTY], "new_password1": [DIRTY], "file": DIRTY}


def views(patterns: Any = None) -> Any:
    for pattern in patterns or get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            yield pattern.callback


def test_border_stands_below_the_tokens_check_and_only_machines_pass_it_by() -> None:
    csrf = settings.MIDDLEWARE.index("django.middleware.csrf.CsrfViewMiddleware")
    assert settings.MIDDLEWARE[csrf + 1] == "vipdesk.middleware.VisibleText"
    exempt = {f"{v.__module__}.{v.__name__}" for v in views() if getattr(v, "csrf_exempt", False)}
    assert exempt == {
        "outreach.views.providers.reply_kannel",
        "targets.views.till_api.charges",
        "targets.views.till_api.interim",
    }


# Where a body is read by hand, and what takes the characters out there.
APPS = ("vipdesk", "staff", "customers", "visits", "feedback", "targets", "outreach")
READERS = {
    "staff/offline/views.py": "vipdesk/offline.py",
    "targets/views/till_api.py": "customers/intake/cells.py",
    "outreach/views/providers.py": "outreach/sms_replies.py",
}


def test_whoever_reads_a_body_by_hand_drops_them() -> None:
    sources = [p for app in APPS for p in (settings.BASE_DIR / app).rglob("*.py")]
    ours = {
        p.relative_to(settings.BASE_DIR).as_posix()
        for p in sources
        if "tests" not in p.parts and re.search(r"request\.(?:body|read\()", p.read_text())
    }
    assert ours == set(READERS)
    for cleaner in READERS.values():
        assert "drop_invisible" in Path(settings.BASE_DIR / cleaner).read_text()
