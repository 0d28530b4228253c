"""What the guests' side tells about a manager's night: duties ticked off, what is missing, the board's columns."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from customers import evening
from customers.services import hand_in_sheet
from customers.tests.factories import make_customer
from staff.floor import duties
from staff.floor.registry import Cell
from staff.models import Shift, User

pytestmark = pytest.mark.django_db
NIGHT = dt.date(2026, 11, 20)
LAST = NIGHT - dt.timedelta(days=1)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{text}+08:00")


@pytest.fixture(autouse=True)
def travelling() -> Any:
    with time_machine.travel(at("2026-11-20T22:00"), tick=False) as clock:
        yield clock


def test_first_guest_and_sheets_tick_themselves_off(mgr1: User, mgr2: User) -> None:
    make_customer(owner=mgr1, captured_at=at("2026-11-19T23:00"))
    before = evening.duty_facts(mgr1, NIGHT)
    assert before == {"records": None, "sheet": None, "welcome": None}

    hand_in_sheet(manager=mgr1, night=LAST)
    make_customer(owner=mgr1, captured_at=at("2026-11-20T21:10"))
    make_customer(owner=mgr1, captured_at=at("2026-11-20T20:25"))
    make_customer(owner=mgr2, captured_at=at("2026-11-20T20:01"))
    hand_in_sheet(manager=mgr1, night=NIGHT)

    now = at("2026-11-20T22:00")
    assert evening.duty_facts(mgr1, NIGHT) == {"records": now, "sheet": now, "welcome": at("2026-11-20T20:25")}


def test_what_a_guest_entered_themselves_is_no_welcome(mgr1: User) -> None:
    make_customer(owner=mgr1, origin="self", captured_at=at("2026-11-20T20:25"))
    assert evening.duty_facts(mgr1, NIGHT)["welcome"] is None


@pytest.mark.venue_zone
def test_who_captured_nobody_last_night_has_no_records_to_hand_over(mgr1: User) -> None:
    assert evening.duty_facts(mgr1, NIGHT)["records"] == at("2026-11-20T12:00")


def test_a_night_lacks_guests_sheet_and_corrections_each_with_its_address(mgr1: User, mgr2: User) -> None:
    make_customer(owner=mgr1)
    for captured_at in (at("2026-11-20T20:10"), at("2026-11-18T23:00")):  # of an older night: not this one's gap
        make_customer(owner=mgr1, captured_at=captured_at, intake_status="sent_back", intake_reason="电话")
    make_customer(owner=mgr2, intake_status="sent_back", intake_reason="电话")

    assert [(gap.text, gap.url) for gap in evening.wrap_up(mgr1, NIGHT)] == [
        ("1 of 10 new guests.", "/customers/new/"),
        ("The intake sheet is not handed in.", "/tonight/"),
        ("1 record was sent back to you.", "/tonight/"),
    ]


def test_a_whole_night_lacks_nothing(mgr1: User) -> None:
    for _ in range(10):
        make_customer(owner=mgr1)
    hand_in_sheet(manager=mgr1, night=NIGHT)
    assert evening.wrap_up(mgr1, NIGHT) == []


@pytest.mark.venue_zone
def test_columns_show_n_of_ten_and_the_sheet(mgr1: User, mgr2: User, ops: User, travelling: Any) -> None:
    for _ in range(10):
        make_customer(owner=mgr1)
    make_customer(owner=mgr1, intake_status="sent_back")
    travelling.move_to(at("2026-11-21T02:30"))
    hand_in_sheet(manager=mgr1, night=NIGHT)

    assert evening.night_columns(NIGHT) == {
        mgr1.pk: {"New guests": Cell("10 / 10"), "Sheet": Cell("02:30, late", is_bad=True)},
        mgr2.pk: {"New guests": Cell("0 / 10", is_bad=True), "Sheet": Cell("not handed in", is_bad=True)},
    }

    for user, plan in ((mgr1, "on"), (mgr2, "off")):
        Shift.objects.create(user=user, night=NIGHT, plan=plan, planned_by=ops)
    assert mgr2.pk not in evening.night_columns(NIGHT)


def test_the_evenings_card_with_all_apps_costs_one_statement_each(
    mgr1: User, signed_in: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        make_customer(owner=mgr1)
    client = signed_in(mgr1)
    client.get("/floor/evening/", HTTP_HX_REQUEST="true")
    with django_assert_max_num_queries(2 + 4):  # session and user; ticks, staff, customers, visits
        client.get("/floor/evening/", HTTP_HX_REQUEST="true")


def test_every_fact_belongs_to_a_duty_of_the_evening(mgr1: User) -> None:
    assert set(evening.duty_facts(mgr1, NIGHT)) <= set(duties.BY_CODE)
