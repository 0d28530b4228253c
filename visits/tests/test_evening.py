"""What rooms and visits tell about a manager's night: duties ticked off, what is missing, the board's columns."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from customers.models import Customer, MembershipTier
from customers.tests.factories import make_customer
from staff.floor import duties
from staff.floor.registry import Cell
from staff.models import User
from visits import booking, evening, seating, visiting
from visits.choices import FollowUp, SaleOutcome
from visits.models import Party, PartySpend, RoomVisit
from visits.tests.factories import make_party, make_reservation, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.venue_zone]
NIGHT = dt.date(2026, 11, 20)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{text}+08:00")


@pytest.fixture(autouse=True)
def travelling() -> Any:
    with time_machine.travel(at("2026-11-20T17:00"), tick=False) as clock:
        yield clock


def member(*, is_vip: bool) -> Customer:
    return make_customer(tier=MembershipTier.objects.filter(is_vip=is_vip).first())


def visit(party: Party, by: User, *met: Customer, sales: Any = (), promises: Any = ()) -> None:
    facts = RoomVisit(party=party, manager=by, at=dt.datetime.now(dt.UTC))
    visiting.record_visit(visit=facts, met=met, sales=sales, promises=promises)


def test_own_reservations_all_asked_after_tick_themselves_off(mgr1: User, mgr2: User, travelling: Any) -> None:
    now = at("2026-11-20T17:00")
    mine = [make_reservation(by=mgr1, starts_at=at(f"2026-11-20T2{n}:00"), now=now, room=make_room()) for n in (0, 1)]
    make_reservation(by=mgr2, starts_at=at("2026-11-20T20:00"), now=now, room=make_room())
    travelling.move_to(at("2026-11-20T18:30"))
    make_reservation(by=mgr1, starts_at=at("2026-11-20T23:00"), now=at("2026-11-20T18:30"), room=make_room())

    for n, one in enumerate(mine):
        assert evening.duty_facts(mgr1, NIGHT)["reservations"] is None
        travelling.move_to(at(f"2026-11-20T18:4{n}"))
        booking.follow_up(reservation=one, outcome=FollowUp.CONFIRMED, by=mgr1)

    assert evening.duty_facts(mgr1, NIGHT)["reservations"] == at("2026-11-20T18:41")
    assert evening.duty_facts(mgr2, NIGHT)["reservations"] is None


def test_nobody_to_ask_after_is_nothing_to_do(mgr1: User) -> None:
    assert evening.duty_facts(mgr1, NIGHT) == {"reservations": at("2026-11-20T12:00"), "rooms": None, "spend": None}


def test_first_visit_and_first_promotion_or_spend_after_ten_tick_themselves_off(mgr1: User, travelling: Any) -> None:
    party = make_party(by=mgr1, room=make_room(), now=at("2026-11-20T17:00"))
    travelling.move_to(at("2026-11-20T20:40"))
    visit(party, mgr1)
    visiting.note_spend(spend=PartySpend(party=party, amount=Decimal(100), noted_by=mgr1, at=at("2026-11-20T20:40")))
    assert evening.duty_facts(mgr1, NIGHT)["rooms"] == at("2026-11-20T20:40")
    assert evening.duty_facts(mgr1, NIGHT)["spend"] is None

    visiting.note_spend(spend=PartySpend(party=party, amount=Decimal(900), noted_by=mgr1, at=at("2026-11-20T22:20")))
    assert evening.duty_facts(mgr1, NIGHT)["spend"] == at("2026-11-20T22:20")

    travelling.move_to(at("2026-11-20T22:10"))
    sale = visiting.Sale(item="果盘套餐", amount=Decimal(0), outcome=SaleOutcome.LATER, is_promotion=True)
    visit(party, mgr1, sales=[sale])
    assert evening.duty_facts(mgr1, NIGHT)["spend"] == at("2026-11-20T22:10")


def test_a_night_lacks_visits_promises_and_closed_rooms(mgr1: User, mgr2: User, travelling: Any) -> None:
    now = at("2026-11-20T17:00")
    vip = member(is_vip=True)
    mine = make_party(by=mgr1, room=make_room("888"), now=now, customer=vip)
    make_party(by=mgr2, room=make_room("606"), now=now)
    promise = visiting.Promised(text="生日蛋糕", due_at=at("2026-11-20T23:00"))
    older = visiting.Promised(text="上周的蛋糕", due_at=at("2026-11-19T23:00"))
    visit(mine, mgr1, promises=[promise, older])

    assert [(gap.text, gap.url) for gap in evening.wrap_up(mgr1, NIGHT)] == [
        (f"{vip} in 888 was not visited, and nobody said why.", f"/visits/parties/{mine.pk}/"),
        ("0 of 10 other members visited.", "/visits/rooms/"),
        ("Promised by 23:00: 生日蛋糕", f"/visits/parties/{mine.pk}/"),
        ("Room 888 is still open.", f"/visits/parties/{mine.pk}/"),
    ]

    visiting.say_missed(party=mine, customer=vip, reason="不想被打扰", by=mgr2)
    visiting.keep_promise(promise=mine.promises.get(text="生日蛋糕"), by=mgr1)
    seating.close_party(party=mine, by=mgr1)
    for guest in [member(is_vip=False) for _ in range(10)]:
        visit(Party.objects.open().get(), mgr1, guest, guest)
    assert evening.wrap_up(mgr1, NIGHT) == []


def test_columns_count_other_members_once_each(mgr1: User, mgr2: User, travelling: Any) -> None:
    party = make_party(by=mgr1, room=make_room(), now=at("2026-11-20T17:00"))
    member_of_house = member(is_vip=False)
    for _ in range(2):
        visit(party, mgr1, member_of_house, member(is_vip=True), make_customer())
    seating.attribute_party(party=party, to=mgr2, by=mgr1, reason="客人指名")

    assert evening.night_columns(NIGHT)[mgr1.pk] == {"Other members": Cell("1 / 10")}
    travelling.move_to(at("2026-11-21T02:00"))
    board = evening.night_columns(NIGHT)
    assert board[mgr1.pk] == {"Other members": Cell("1 / 10", is_bad=True)}
    assert board[mgr2.pk] == {"Other members": Cell("0 / 10", is_bad=True), "Parties": Cell("1")}


def test_every_fact_belongs_to_a_duty_of_the_evening(mgr1: User) -> None:
    assert set(evening.duty_facts(mgr1, NIGHT)) <= set(duties.BY_CODE)


def test_facts_cost_one_statement(mgr1: User, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        evening.duty_facts(mgr1, NIGHT)
