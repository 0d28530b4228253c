"""Sessions that end, pages that are not kept, policies that differ on /admin/, addresses behind proxies."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from vipdesk.middleware import client_ip

SHANGHAI = ZoneInfo("Asia/Shanghai")
EVENING = datetime(2026, 11, 20, 19, 0, tzinfo=SHANGHAI)
HTMX = {"HX-Request": "true"}
pytestmark = [pytest.mark.django_db, pytest.mark.urls("vipdesk.tests.probe_urls"), pytest.mark.venue_zone]


@pytest.fixture
def go(time_machine: Any) -> Callable[[timedelta], None]:
    """Moves the clock to so long after 19:00."""
    time_machine.move_to(EVENING, tick=False)
    return lambda after: time_machine.move_to(EVENING + after, tick=False)


def is_in(client: Client, **headers: str) -> bool:
    return client.get("/probe/", headers=headers).status_code == 200


def test_manager_is_signed_out_after_ten_idle_minutes(go, mgr1, signed_in):
    client = signed_in(mgr1)
    assert is_in(client)
    go(timedelta(minutes=10))
    assert is_in(client)
    go(timedelta(minutes=20, seconds=1))
    answer = client.get("/probe/")
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/probe/")
    assert Session.objects.count() == 0


@pytest.mark.parametrize("who", ["ops", "desk_user"])
def test_office_is_signed_out_after_thirty_idle_minutes(go, request, signed_in, who):
    client = signed_in(request.getfixturevalue(who))
    assert is_in(client)
    go(timedelta(minutes=30))
    assert is_in(client)
    go(timedelta(minutes=60, seconds=1))
    assert not is_in(client)


def test_idle_limits_follow_the_settings(go, mgr1, signed_in, settings):
    settings.FLOOR_IDLE_MINUTES = 2
    client = signed_in(mgr1)
    assert is_in(client)
    go(timedelta(minutes=2, seconds=1))
    assert not is_in(client)


def test_what_a_page_asks_for_by_itself_keeps_nobody_signed_in(go, mgr1, signed_in):
    client = signed_in(mgr1)
    assert is_in(client)
    go(timedelta(minutes=9))
    assert is_in(client, **{"X-Background": "1"})
    go(timedelta(minutes=10, seconds=1))
    assert not is_in(client, **{"X-Background": "1"})


def test_no_session_outlives_the_night_however_busy(go, mgr1, signed_in):
    client = signed_in(mgr1)
    for minutes in range(0, 17 * 60, 5):
        go(timedelta(minutes=minutes))
        assert is_in(client)
    go(timedelta(hours=17))
    assert not is_in(client)


def test_session_begun_just_before_noon_ends_at_noon(go, mgr1, signed_in):
    go(timedelta(hours=16, minutes=55))
    client = signed_in(mgr1)
    assert is_in(client)
    go(timedelta(hours=17))
    assert not is_in(client)


def test_session_is_written_once_a_minute_at_most(go, mgr1, signed_in):
    client = signed_in(mgr1)
    assert is_in(client)
    go(timedelta(seconds=59))
    with CaptureQueriesContext(connection) as queries:
        assert is_in(client)
    assert not [sql for sql in queries if sql["sql"].startswith("UPDATE")]
    go(timedelta(seconds=61))
    with CaptureQueriesContext(connection) as queries:
        assert is_in(client)
    assert len([sql for sql in queries if sql["sql"].startswith("UPDATE")]) == 1


def test_page_of_a_session_that_is_over_keeps_what_was_typed(go, mgr1, signed_in):
    client = signed_in(mgr1)
    assert is_in(client)
    go(timedelta(hours=1))
    answer = client.post("/probe/", {"name": "王"}, headers=HTMX)
    assert (answer.status_code, answer["HX-Reswap"], answer.content) == (401, "none", b"")


def test_nobody_asking_by_htmx_gets_401(client):
    answer = client.get("/probe/", headers=HTMX)
    assert (answer.status_code, answer["HX-Reswap"]) == (401, "none")


def test_manager_may_sign_in_over_a_session_that_is_over(go, mgr1, signed_in):
    client = signed_in(mgr1)
    assert is_in(client)
    go(timedelta(hours=18))
    assert not is_in(client)
    client.force_login(mgr1, backend="staff.backends.RoleBackend")
    assert is_in(client)


def test_page_of_a_signed_in_person_is_not_stored(mgr1, signed_in):
    client = signed_in(mgr1)
    for url in ("/probe/", "/public/", "/nowhere/"):
        assert "no-store" in client.get(url)["Cache-Control"], url


def test_public_page_may_be_stored_and_costs_no_statement(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert "Cache-Control" not in client.get("/public/")


def policy(answer: Any) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in answer["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts}


def test_policy_is_relaxed_under_admin_only(ops, signed_in):
    client = signed_in(ops)
    ours, admins = policy(client.get("/probe/")), policy(client.get("/admin/probe/"))
    assert "style-src-attr" not in ours and "unsafe" not in str(ours)
    assert admins["style-src-attr"] == "'unsafe-inline'"
    assert "'self' 'nonce-" in admins["script-src"] and admins["script-src"].endswith("'unsafe-eval'")
    differ = {name for name in ours | admins if ours.get(name) != admins.get(name)}
    assert differ == {"script-src", "style-src-attr", "style-src"}  # style-src by its nonce only
    assert "unsafe" not in admins["style-src"]


def test_every_answer_forbids_what_no_page_uses(client):
    answer = client.get("/public/")
    assert "camera=()" in answer["Permissions-Policy"]
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert (answer["X-Frame-Options"], answer["X-Content-Type-Options"]) == ("DENY", "nosniff")


def test_person_with_a_given_password_must_choose_their_own_first(mgr1, signed_in):
    mgr1.must_change_password = True
    mgr1.save()
    client = signed_in(mgr1)
    assert client.get("/probe/")["Location"] == "/password/"
    answer = client.get("/probe/", headers=HTMX)
    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/password/")
    assert client.post("/logout/").status_code == 302
    mgr1.must_change_password = False
    mgr1.save()
    assert is_in(signed_in(mgr1))


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "6.6.6.6", "10.0.0.1"),
        (1, "6.6.6.6, 203.0.113.7", "203.0.113.7"),
        (2, "6.6.6.6, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        (1, "", "10.0.0.1"),
        (2, "203.0.113.7", "10.0.0.1"),
    ],
)
def test_address_is_what_the_houses_own_proxies_say(settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_ip(request) == address


def test_sessions_in_the_database_expire_within_the_longest_night(go, mgr1, signed_in):
    assert is_in(signed_in(mgr1))
    assert Session.objects.get().expire_date <= datetime.now(UTC) + timedelta(hours=25)
