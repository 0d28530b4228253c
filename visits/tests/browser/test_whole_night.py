"""A whole night (T1–T8), played by two managers and operations in three windows at once, the clock in hand."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from playwright.sync_api import expect

from customers.models import MembershipTier
from customers.tests.factories import make_customer
from staff.models import NightSignature, User
from staff.tests.factories import make_task
from vipdesk import nights
from visits.models import Party, SecondSale, StoredBottle
from visits.tests.browser.evening import TONIGHT, Clock, Window
from visits.tests.factories import make_bottle, make_reservation, make_room

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NIGHT = dt.date(2026, 11, 20)


def at(time: str) -> dt.datetime:
    return nights.moment_in(NIGHT, dt.time.fromisoformat(time))


@pytest.fixture
def clock(settings: Any) -> Iterator[Clock]:
    """From 17:50 on. Nobody is asked to sign in again because the hands jumped; what idling does has tests of its own."""
    settings.FLOOR_IDLE_MINUTES = settings.OFFICE_IDLE_MINUTES = 12 * 60
    with time_machine.travel(at("17:50"), tick=False) as travelling:
        yield Clock(travelling, NIGHT)


@pytest.fixture
def house(clock: Clock, furnished: None, mgr1: User, mgr2: User, ops: User) -> None:
    """Four rooms; a VIP of 林静's who reserved in the afternoon, another who did not, a member; a task for both."""
    tiers = {tier.code: tier for tier in MembershipTier.objects.all()}
    in_october = {"captured_at": at("20:00") - dt.timedelta(days=40)}
    zhao = make_customer(name="赵伟", phone="+8613816552201", tier=tiers["diamond"], owner=mgr1, **in_october)
    make_customer(name="周子昂", phone="+8613816552202", tier=tiers["gold"], owner=mgr1, **in_october)
    make_customer(name="孙丽", phone="+8613816552203", tier=tiers["silver"], owner=mgr2, **in_october)
    make_bottle(zhao, bottle_no="K0041", product="麦卡伦12年")
    suite = make_room("888", kind="presidential", floor=8, capacity=24, minimum_spend="8880")
    make_room("601"), make_room("602"), make_room("603")
    wanted = {"starts_at": at("20:00"), "guest_name": "赵伟", "guest_phone": zhao.phone, "customer": zhao, "people": 8}
    make_reservation(by=mgr1, room=suite, now=at("15:00"), created_at=at("15:00"), **wanted)
    make_task(mgr1, mgr2, given_by=ops, title="核对8楼预订", due_at=at("19:30"))


def test_two_managers_and_operations_play_a_whole_night(
    house: None, clock: Clock, mgr1: User, mgr2: User, ops: User, open_page: Any, flaws: Any
) -> None:
    lin, gao, office = Window(open_page(mgr1)), Window(open_page(mgr2, size=(390, 844))), Window(open_page(ops))

    clock.strikes("18:00")  # on duty, what the leader asks
    for manager in (lin, gao):
        manager.clocks_in()
        manager.expect_done("Clock in")
        manager.acknowledges_task("核对8楼预订")
        manager.finishes_task("核对8楼预订")

    clock.strikes("18:40")  # the briefing: do those who reserved come?
    lin.asks_after("赵伟", "confirmed")
    lin.look(TONIGHT)
    lin.expect_done("Tonight's reservations asked after")
    expect(lin.card("my-reservations")).to_contain_text("赵伟")
    for manager in (lin, gao):
        manager.board_shows(room_888="reserved 赵伟 20:00 林静", room_601="free", room_602="free", room_603="free")

    clock.strikes("20:00")  # they come; the other window sees it by itself
    lin.seats_reservation("888")
    gao.board_shows(room_888="occupied VIP 赵伟 20:00 林静", room_601="free", room_602="free")
    lin.board_shows(room_888="occupied VIP 赵伟 20:00 林静", room_601="free", room_602="free")

    clock.strikes("20:10")
    gao.seats_walk_in("601", people=4, phone="13816552203")
    gao.seats_walk_in("602", people=2, phone="13816552202")
    for manager in (lin, gao):
        manager.board_shows(room_601="occupied 孙丽 20:10", room_602="occupied VIP 周子昂", room_603="free")

    clock.strikes("20:30")  # somebody new in the room
    lin.captures("13816552204", "欧阳子涵")
    lin.opens_room("888")
    lin.adds_guest("13816552204", "欧阳子涵")
    lin.look(TONIGHT)
    lin.expect_count("New guests", "1 / 10")
    lin.expect_done("Welcome, seat, take in the first guest")

    clock.strikes("21:00")  # into the rooms, the most important first
    gao.look(TONIGHT)
    gao.expect_to_visit("赵伟", "周子昂")
    lin.look(TONIGHT)
    lin.expect_to_visit("赵伟", "周子昂")
    lin.visits_first()
    lin.offers("皇家礼炮", amount="2880", outcome="taken")
    lin.promises("换一支麦克风", due="in 30 min")
    lin.logs_visit()
    gao.wait_a_minute()
    gao.expect_to_visit("周子昂")
    gao.expect_count("VIPs visited", "1 / 2")
    gao.visits("601")
    gao.look(TONIGHT)
    gao.expect_count("Other members", "1 / 10")

    clock.strikes("21:20")  # a bottle to keep
    lin.opens_room("888")
    lin.stores_bottle("山崎12年")
    lin.takes_out("½")

    clock.strikes("22:10")  # what rooms spend, and whose that is
    lin.opens_room("888")
    lin.notes_spend("6200")
    lin.look(TONIGHT)
    lin.expect_done("Watch what rooms spend")
    expect(lin.card("my-parties")).to_contain_text("888")
    office.opens_room("601")
    office.attributes_to("高强", why="客人是他请来的")

    clock.strikes("23:10")  # one goes, one moves, and two managers want one room
    gao.opens_room("602")
    gao.closes()
    gao.board_shows(room_602="to_clean")
    gao.says_cleaned("602")
    clock.strikes("23:15")
    gao.opens_room("603")
    lin.opens_room("888")
    lin.moves_to("603")
    gao.types_walk_in(people=3)
    gao.is_refused("Room 603 is occupied since 20:00.")
    for manager in (lin, gao):
        manager.board_shows(room_888="to_clean", room_603="occupied VIP 赵伟 20:00", room_602="free")

    clock.strikes("00:40")  # past midnight it is the same night
    for manager in (lin, gao):
        manager.board_shows(room_603="occupied 赵伟", room_601="occupied 孙丽", room_602="free")
    assert set(Party.objects.values_list("night", flat=True)) == {NIGHT}

    clock.strikes("00:59")  # Tonight turns into the wrap-up by itself
    gao.look(TONIGHT)
    expect(gao.card("wrap-up")).to_be_hidden()
    clock.strikes("01:00")
    gao.wait_a_minute()
    gao.lacks("周子昂 in 602 was not visited", "The intake sheet is not handed in.", "Room 601 is still open.")
    gao.goes_to_what_is_missing("周子昂")
    gao.says_missed("提前离店，没有赶上")
    gao.look(TONIGHT)
    gao.expect_count("VIPs visited", "1 / 2")
    gao.opens_room("601")
    gao.closes()
    for manager in (gao, lin):
        manager.hands_in_the_sheet()
        manager.expect_done("Hand in tonight's sheet")

    lin.lacks("Promised by 21:30: 换一支麦克风", "Room 603 is still open.", "1 of 10 new guests.")
    lin.keeps_promise("换一支麦克风")

    clock.strikes("02:05")  # one signs, and operations see who has not
    gao.signs("周总没赶上，明天致电")
    gao.clocks_out()
    office.look("/floor/night/")
    office.night_of(
        "高强", at_work="18:00 – 02:05", tasks="1 / 1", guests="0 / 10", others="1 / 10", parties="1", signed="02:05"
    )
    office.night_of("林静", at_work="18:00 –", guests="1 / 10", others="0 / 10", signed="not signed")

    clock.strikes("02:40")  # the last party goes
    lin.opens_room("603")
    lin.closes()
    lin.signs()
    lin.clocks_out()
    office.look("/floor/night/")
    office.night_of("林静", at_work="18:00 – 02:40", tasks="1 / 1", guests="1 / 10", parties="1", signed="02:40")
    assert flaws(office.page) == []

    last = Party.objects.get(customer__name="赵伟")
    assert (last.night, last.closed_at, last.attributed_to) == (NIGHT, at("02:40"), mgr1)
    assert SecondSale.objects.get().night == NIGHT
    assert StoredBottle.objects.get(product="山崎12年").remaining == Decimal("0.5")
    assert NightSignature.objects.filter(night=NIGHT).count() == 2
