"""NUL and deep JSON are answered 400, never 500; a 403 leaves one line in the log."""

import json
import logging
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from customers.tests.factories import capture_data
from targets import tills
from vipdesk.json_text import DEEPEST, NotJson, check_value, drop_unstorable, read_json
from vipdesk.tests.sealed import entry, message
from vipdesk.tests.test_visible_text import views

pytestmark = pytest.mark.django_db
DEEP = "[" * 100_000 + "]" * 100_000
NESTED = "[" * 400 + "]" * 400


# --- NUL ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["/%00", "/g/%00/", "/login/?next=%00", "/customers/?after=a%00b", "/static/%00", "/customers/%00/", "/?%00=1"],
)
def test_nul_in_an_address_is_answered_400(mgr1: Any, signed_in: Any, address: str) -> None:
    for client in (Client(), signed_in(mgr1)):
        answer = client.get(address)
        assert answer.status_code == 400 and "frame-ancestors 'none'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["desk_session", "csrftoken", "django_language", "tablet", "any"])
def test_nul_in_a_cookie_is_answered_400(client: Client, name: str) -> None:
    assert client.get("/login/", headers={"Cookie": f'{name}="a\\000b"'}).status_code == 400


def test_what_is_kept_in_files_carries_the_policy_too(client: Client, settings: Any) -> None:
    settings.WHITENOISE_USE_FINDERS = True  # nothing is collected on a fresh machine
    answer = client.get("/static/icons/app.svg")
    assert answer.status_code == 200 and "object-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff" and "camera=()" in answer["Permissions-Policy"]


def test_what_only_looks_like_nul_is_none(client: Client) -> None:
    assert client.get("/login/?next=/%2500/").status_code == 200


# --- JSON --------------------------------------------------------------------------------------------------------------


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


def test_json_is_read_to_a_depth_and_no_deeper() -> None:
    deepest = DEEPEST - 1
    assert read_json(json.dumps(nested(deepest))) == nested(deepest)
    for text in (
        json.dumps(nested(deepest + 1)),
        NESTED,
        DEEP,
        '{"a":' * 400 + "1" + "}" * 400,
        b"\xff",
        "",
        "1" * 5000,
    ):
        with pytest.raises(NotJson):
            read_json(text)


@pytest.mark.parametrize("text", ['"\\u0000"', '{"a\\u0000": 1}', '["\\ud83d"]', '[{"a": ["\\udc00"]}]'])
def test_characters_that_no_database_keeps_are_no_json_of_ours(text: str) -> None:
    with pytest.raises(NotJson):
        read_json(text)


def test_a_pair_of_surrogates_is_a_character_like_any_other() -> None:
    assert read_json('"\\ud83d\\ude00"') == "😀"
    check_value({"a": ["王芳", 1, None, True]})
    assert drop_unstorable("a\0b\ud83dc😀") == "abc😀"


BODIES = [DEEP, NESTED, f'{{"rows": [{{"bill_no": {NESTED}}}]}}', '{"bill_no": "\\u0000"}', '[{"bill_no": "\\ud800"}]']


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("name", ["api_charges", "api_interim"])
def test_a_till_that_sends_nonsense_is_answered_400(client: Client, ops: Any, name: str, body: str) -> None:
    _till, token = tills.add_till(name="1", by=ops)
    answer = client.post(
        reverse(f"targets:{name}"), body, "application/json", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 400 and answer.json()["error"]


@pytest.mark.parametrize("body", [*BODIES, f'{{"device": "{uuid4()}", "now": 1, "entries": [], "waiting": {NESTED}}}'])
def test_a_tablet_that_sends_nonsense_is_answered_400(mgr1: Any, signed_in: Any, body: str) -> None:
    assert signed_in(mgr1).post("/offline/entries/", body, "application/json").status_code == 400


@pytest.mark.parametrize("coding", ["0", "2", "1", "x"])
@pytest.mark.parametrize("body", [b"\0", b"R\0", b"\xd8\x3d", b"\xdc\x00\x00", b"\xff\xfe", DEEP[:3000].encode()])
def test_a_reply_of_nonsense_breaks_nothing(client: Client, settings: Any, coding: str, body: bytes) -> None:
    settings.KANNEL_SECRET = "secret"
    headers = {"X-Kannel-From": "+8613816552203", "X-Kannel-Coding": coding}
    answer = client.post("/outreach/mo/kannel/secret/", body, "text/plain", headers=headers)
    assert answer.status_code in {200, 400}


@pytest.mark.parametrize("half", ["\ud83d", "\0"])
def test_half_an_emoji_typed_without_network_stops_no_form(mgr1: Any, signed_in: Any, half: str) -> None:
    sealed = entry("mgr1", "capture", capture_data(name=f"王芳{half}"))
    answer = signed_in(mgr1).post("/offline/entries/", json.dumps(message(sealed)), "application/json")
    assert (answer.status_code, answer.json()["answers"][0]["state"]) == (200, "taken")
    assert Customer.objects.get().name == "王芳"


def test_every_machine_that_may_post_without_a_token_of_ours_is_tried_here() -> None:
    """Another view of this kind needs its own above."""
    exempt = {v.__name__ for v in views() if getattr(v, "csrf_exempt", False)}
    assert exempt == {"charges", "interim", "reply_kannel"}


# --- the log -------------------------------------------------------------------------------------------------------------


def refusals(caplog: Any) -> list[str]:
    return [record.getMessage() for record in caplog.records if getattr(record, "status_code", 0) == 403]


def test_a_403_leaves_one_line_with_who_where_and_why(mgr1: Any, signed_in: Any, caplog: Any) -> None:
    assert signed_in(mgr1).get("/intake/?q=13816552203").status_code == 403
    (line,) = refusals(caplog)
    assert line.startswith(f"403 user {mgr1.pk} (mgr1) GET /intake/: ") and "This screen is for: after-sales" in line
    assert "\n" not in line and "1381655" not in caplog.text and "Traceback" not in caplog.text


def test_a_form_without_its_token_leaves_one_line_too(caplog: Any) -> None:
    assert Client(enforce_csrf_checks=True).post("/login/?x=13816552203", {"username": "mgr1"}).status_code == 403
    (line,) = refusals(caplog)
    assert line.startswith("403 nobody POST /login/: CSRF cookie not set")
    assert "1381655" not in caplog.text and "Traceback" not in caplog.text


def test_no_address_breaks_a_line_of_the_log(client: Client, caplog: Any) -> None:
    with caplog.at_level(logging.WARNING):
        client.get("/nowhere%0A2026-11-30 ERROR forged")
    assert all("\n" not in record.getMessage() for record in caplog.records)


def test_a_secret_in_an_address_is_in_no_line(client: Client, caplog: Any) -> None:
    assert client.post("/outreach/mo/kannel/guessed-secret/").status_code == 404
    assert "/outreach/mo/kannel/…/" in caplog.text and "guessed-secret" not in caplog.text
