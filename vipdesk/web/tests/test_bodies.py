"""How large a body may be, by address and sender; the server's part is in test_slow_visitors.py."""

import io
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from vipdesk.web.bodies import limit_of
from vipdesk.web.framing import CUT

pytestmark = pytest.mark.django_db
USUAL = 2 * 1024 * 1024
UPLOAD = "/customers/imports/"


def limit(path: str, client: Client) -> int:
    cookies = "; ".join(f"{name}={kept.value}" for name, kept in client.cookies.items())
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": path, "wsgi.input": io.BytesIO(), "HTTP_COOKIE": cookies}
    return limit_of(environ)


@pytest.mark.parametrize("who", ["desk_user", "ops"])
def test_office_may_upload_a_whole_sheet_and_nothing_else_that_large(who: str, request: Any, signed_in: Any) -> None:
    client = signed_in(request.getfixturevalue(who))
    assert limit(UPLOAD, client) > settings.IMPORT_MAX_BYTES
    assert limit("/customers/new/", client) == limit("/nowhere/", client) == USUAL


def test_manager_and_nobody_may_not(client: Client, mgr1: Any, signed_in: Any) -> None:
    assert limit(UPLOAD, client) == limit(UPLOAD, signed_in(mgr1)) == USUAL


def test_office_between_the_two_steps_may_not(desk_user: Any, signed_in: Any, settings: Any) -> None:
    settings.SECOND_STEP = True
    assert limit(UPLOAD, signed_in(desk_user)) == USUAL


@pytest.mark.parametrize("path", ["/login/", "/targets/api/charges/", "/offline/entries/", "/admin/login/", UPLOAD])
def test_too_large_a_body_is_refused_with_a_sentence(client: Client, path: str) -> None:
    answer = client.post(path, b"x" * (USUAL + 1), "application/json", headers={"Accept-Language": "zh-hans"})
    assert answer.status_code == 413
    assert "2.0" in answer.content.decode() and "太大" in answer.content.decode()
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_body_that_the_server_cut_is_refused_though_it_declares_no_length(client: Client) -> None:
    assert client.post("/login/", {}, **{CUT: True}).status_code == 413


def test_a_body_of_just_the_limit_is_read(client: Client) -> None:
    assert client.post("/login/", b"x" * USUAL, "application/json").status_code == 200


@pytest.mark.parametrize(("environ", "warns"), [({}, True), ({CUT: False}, False), ({"SERVER_SOFTWARE": "x"}, False)])
def test_gunicorn_without_the_desks_worker_is_told_of_once(environ: dict[str, Any], warns: bool, caplog: Any) -> None:
    client = Client(**({"SERVER_SOFTWARE": "gunicorn"} | environ))
    for _ in range(2):
        assert client.get("/healthz").status_code == 200
    assert caplog.text.count("runs without the desk's worker") == warns
