"""Tonight: n of ten, what came back, and the sheet handed in as an explicit act (D1 S1, T2)."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.test import Client

from customers.models import IntakeSheet
from customers.tests.factories import make_customer
from staff.models import User
from staff.tests.factories import make_task
from vipdesk import nights

pytestmark = pytest.mark.django_db
EVENING = dt.datetime.fromisoformat("2026-11-20T22:41+08:00")
NIGHT = dt.date(2026, 11, 20)


@pytest.fixture(autouse=True)
def evening() -> Any:
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


def test_manager_sees_own_count_and_own_guests_only(mgr1: User, mgr2: User, signed_in: Any) -> None:
    make_customer(owner=mgr1, name="王芳")
    make_customer(owner=mgr2, name="李明")

    page = signed_in(mgr1).get("/tonight/")

    assert (
        "1<small> / 10</small>" in page.content.decode()
        and "王芳" in page.content.decode()
        and "李明" not in page.content.decode()
    )


def test_manager_hands_in_once_and_the_first_act_counts(mgr1: User, signed_in: Any, evening: Any) -> None:
    make_customer(owner=mgr1)
    client = signed_in(mgr1)
    client.post("/tonight/hand-in/", {"night": "2026-11-20"})
    make_customer(owner=mgr1)
    evening.shift(dt.timedelta(minutes=5))
    client.post("/tonight/hand-in/", {"night": "2026-11-20"})

    sheet = IntakeSheet.objects.get()
    assert (sheet.manager, sheet.night, sheet.rows, sheet.handed_in_at) == (mgr1, NIGHT, 1, EVENING)


def test_handing_in_past_midnight_is_for_the_evening(mgr1: User, signed_in: Any, evening: Any) -> None:
    evening.move_to(dt.datetime.fromisoformat("2026-11-21T01:50+08:00"))
    client = signed_in(mgr1)
    client.post("/tonight/hand-in/", {"night": nights.tonight().isoformat()})
    assert IntakeSheet.objects.get().night == NIGHT


def test_last_nights_sheet_is_owed_until_handed_in_late(mgr1: User, signed_in: Any) -> None:
    make_customer(owner=mgr1, captured_at=EVENING - dt.timedelta(days=1))
    client = signed_in(mgr1)
    assert "with 1 guest was not handed in" in client.get("/tonight/").content.decode()

    client.post("/tonight/hand-in/", {"night": "2026-11-19"})

    assert IntakeSheet.objects.get().night == dt.date(2026, 11, 19)
    assert "was not handed in" not in client.get("/tonight/").content.decode()


@pytest.mark.parametrize("night", ["2026-11-18", "2026-11-21", "", "tonight"])
def test_other_nights_are_not_there_to_hand_in(mgr1: User, signed_in: Any, night: str) -> None:
    assert signed_in(mgr1).post("/tonight/hand-in/", {"night": night}).status_code == 404
    assert not IntakeSheet.objects.exists()


def test_handing_in_by_get_changes_nothing(mgr1: User, signed_in: Any) -> None:
    assert signed_in(mgr1).get("/tonight/hand-in/").status_code == 405


def test_sent_back_records_of_any_night_stand_first_with_their_reason(mgr1: User, mgr2: User, signed_in: Any) -> None:
    old = EVENING - dt.timedelta(days=3)
    make_customer(owner=mgr1, name="何娜", captured_at=old, intake_status="sent_back", intake_reason="电话少一位")
    make_customer(owner=mgr2, name="陈涛", captured_at=old, intake_status="sent_back", intake_reason="电话少一位")

    page = signed_in(mgr1).get("/tonight/").content.decode()

    assert "何娜" in page and "电话少一位" in page and "陈涛" not in page


def test_tonight_costs_few_statements_beside_its_cards(
    mgr1: User, signed_in: Any, settings: Any, django_assert_max_num_queries: Any
) -> None:
    settings.TONIGHT_CARDS = settings.TONIGHT_CLOCK = []
    for _ in range(12):
        make_customer(owner=mgr1)
    client = signed_in(mgr1)
    client.get("/tonight/")
    with django_assert_max_num_queries(7):
        client.get("/tonight/")


def test_a_card_that_fails_leaves_the_screen_standing_and_its_frame_in_its_place(
    mgr1: User, signed_in: Any, settings: Any, caplog: Any
) -> None:
    settings.TONIGHT_CARDS = ["staff:my_tasks", "probe:probe"]
    settings.ROOT_URLCONF = "staff.tests.probe_cards"
    client = signed_in(mgr1)
    client.raise_request_exception = False

    page = client.get("/tonight/")

    assert page.status_code == 200 and "Traceback" in caplog.text
    shown = page.content.decode()
    assert 'id="tasks-card"' in shown and 'data-frame hx-get="/probe/"' in shown and shown.count("data-frame") == 1


def test_cards_carry_the_pages_own_token(mgr1: User, ops: User) -> None:
    """Forms inside of cards that came along with the page are taken by a server that checks."""
    make_task(mgr1, given_by=ops)
    client = Client(enforce_csrf_checks=True)
    client.force_login(mgr1, backend="staff.backends.RoleBackend")
    page = client.get("/tonight/").content.decode()
    form = page.partition("/read/")[2]
    (token,) = re.findall(r'csrfmiddlewaretoken" value="(\w+)"', form)[:1]
    task = mgr1.tasks.get().task_id
    assert client.post(f"/floor/tasks/{task}/read/", {"csrfmiddlewaretoken": token}).status_code == 302
