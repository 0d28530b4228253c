"""A guest is forgotten in rooms, bottles and tasks too: what names them goes, what managers are counted by stays."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from customers.erasing import erase_customer, person_behind
from customers.models import Customer, Erasure
from customers.tests.dump import dump, where
from customers.tests.factories import change, make_customer
from staff.floor.signing import sign_night
from staff.models import NightSignature, Task, User
from staff.tests.factories import make_task
from vipdesk import coded, nights, personal
from vipdesk.submissions import SubmissionConflict
from visits import booking, bottles, seating, visiting
from visits.choices import ReservationState, SaleOutcome
from visits.models import (
    BottleWithdrawal,
    MissedVisit,
    Party,
    PartyGuest,
    Promise,
    Reservation,
    RoomHold,
    RoomVisit,
    SecondSale,
    StoredBottle,
    VisitedGuest,
)
from visits.tests.factories import make_bottle, make_party, make_reservation, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.servers]

NAME, MAIN, MEMBER = "欧阳青檀", "13816552203", "ZZ880077"
SAID, WISHED = "喜欢冻顶乌龙", "对花生过敏"
TRACES = [NAME, "欧阳总", "青檀", MAIN, "138 1655 2203", MEMBER, SAID, WISHED, "微信转来五百"]
OTHER = "李桂兰"
PARTS = [part for part in settings.PERSONAL_DATA if part.startswith(("visits.", "staff."))]
HOUR = dt.timedelta(hours=1)


def forget(guest: Customer, by: User) -> Erasure:
    return erase_customer(customer=guest, by=by, identity="in_person", requested_on=nights.tonight())


@pytest.fixture
def guest(mgr1: User) -> Customer:
    return make_customer(name=NAME, phone=f"+86{MAIN}", owner=mgr1, member_no=MEMBER)


@pytest.fixture
def other(mgr1: User) -> Customer:
    return make_customer(name=OTHER, owner=mgr1)


@pytest.fixture
def everything(guest: Customer, other: Customer, mgr1: User, ops: User) -> Customer:
    """A guest who was in the house in every way there is, by the desk's own ways."""
    now = timezone.now()
    _reserved(guest, mgr1, now)
    _hosted(guest, mgr1, ops, now)
    _joined(guest, other, mgr1, now)
    _stored(guest, mgr1, ops)
    _written(mgr1, ops)
    return guest


def _reserved(guest: Customer, by: User, now: dt.datetime) -> None:
    said = {"guest_name": "欧阳总", "guest_phone": f"+86{MAIN}", "deposit_note": "微信转来五百", "notes": WISHED}
    day = dt.timedelta(days=1)
    booked = {"by": by, "now": now, **said}
    past = make_reservation(
        **booked | {"now": now - 9 * day}, starts_at=_evening(now - 8 * day), room=make_room(), customer=guest
    )
    booking.cancel_reservation(reservation=past, by=by, reason=f"{NAME} 改期")
    # Before the number was on file; asked after, so that it has a history.
    coming = make_reservation(**booked, starts_at=_evening(now + 2 * day), room=make_room("R601"))
    booking.follow_up(reservation=coming, outcome="confirmed", by=by)


def _evening(moment: dt.datetime) -> dt.datetime:
    return nights.moment_in(nights.night_of(moment), dt.time(20))


def _hosted(guest: Customer, by: User, ops: User, now: dt.datetime) -> None:
    party = make_party(by=by, room=make_room("R701"), now=now - HOUR, host_name="欧阳总", customer=guest)
    seating.move_party(party=party, room=make_room("R702"), by=by, now=now - HOUR / 2)
    seating.attribute_party(party=party, to=by, by=ops, reason=f"{NAME} 说的")
    visiting.record_visit(
        visit=RoomVisit(party=party, manager=by, at=now, mood="good", opinion=SAID),
        met=[guest],
        sales=[visiting.Sale(item=f"皇家礼炮 {NAME}", amount=Decimal("888.50"), outcome=SaleOutcome.SOLD)],
        promises=[visiting.Promised(text=WISHED, due_at=now + HOUR)],
    )


def _joined(guest: Customer, other: Customer, by: User, now: dt.datetime) -> None:
    """Another's party: what is said there of the guest goes, the rest stays."""
    party = make_party(by=by, room=make_room("R801"), now=now - HOUR, host_name=OTHER, customer=other)
    seating.join_party(party=party, customer=guest, by=by)
    visiting.say_missed(party=party, customer=guest, reason="欧阳总在睡觉", by=by)
    visit = RoomVisit(party=party, manager=by, at=now, opinion=f"想换大房，{NAME}付钱")
    visiting.record_visit(
        visit=visit, met=[other], promises=[visiting.Promised(text=f"给{NAME}留位", due_at=now + HOUR)]
    )
    stranger = make_party(by=by, room=make_room("R802"), now=now - HOUR, host_name=f"找 {MAIN}")
    visiting.record_visit(visit=RoomVisit(party=stranger, manager=by, at=now, opinion="请打138 1655 2203"), met=[])
    SubmissionConflict.objects.create(
        client_id=_with_form(visit),
        kind="visit",
        content=json.dumps({"opinion": NAME}),
        content_hash="0",
        received_at=now,
    )


def _with_form(visit: RoomVisit) -> Any:
    RoomVisit.objects.filter(pk=visit.pk).update(client_id="5d0a1b6e-94e5-4c3a-8c0e-0f4f1a6c9b10")
    return "5d0a1b6e-94e5-4c3a-8c0e-0f4f1a6c9b10"


def _stored(guest: Customer, by: User, ops: User) -> None:
    bottle = make_bottle(guest, bottle_no=f"{MEMBER}-1", product=f"{NAME}的麦卡伦", locker="A12")
    bottles.withdraw(bottle=bottle, amount=Decimal("0.25"), party=None, by=by)
    bottle.refresh_from_db()
    until = bottle.expires_on + dt.timedelta(days=9)
    bottles.extend_bottle(bottle=bottle, until=until, by=ops, reason=f"{NAME} 出差，{MAIN}")


def _written(by: User, ops: User) -> None:
    task = make_task(by, given_by=ops, title=f"接 {NAME}", detail=f"先打 {MAIN}")
    task.people.update(answer=f"{NAME} 不接")
    last = nights.tonight() - dt.timedelta(days=1)
    over = make_task(by, given_by=ops, title=f"送花给{NAME}")
    Task.objects.filter(pk=over.pk).update(night=last)
    summary = {"board": {}, "missing": [f"{NAME} in 701 was not visited, and nobody said why."]}
    sign_night(user=by, night=last, summary=summary, note=f"{NAME} 走得早")


# --- nothing is left -----------------------------------------------------------------------------------------------


def test_aftersales_erases_a_guest_and_no_room_bottle_or_task_names_them(everything: Customer, desk_user: User) -> None:
    tables = {line.split("\t")[0] for line in where(dump(), *TRACES)}
    ours = {table for table in tables if table.startswith(("public.visits_", "public.staff_"))}
    assert len(ours) >= 12, ours  # the test's own teeth: that is how far a guest spreads

    erasure = forget(everything, desk_user)

    assert where(dump(), *TRACES) == []
    assert not where(json.dumps(erasure.proof, ensure_ascii=False), *TRACES)


@pytest.mark.parametrize("order", [1, -1])
def test_parts_may_run_in_any_order(
    order: int, everything: Customer, desk_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "PERSONAL_DATA", settings.PERSONAL_DATA[::order])
    forget(everything, desk_user)
    assert where(dump(), *TRACES) == []


@pytest.mark.parametrize("part", PARTS)
def test_each_part_of_rooms_and_staff_is_needed(
    part: str, everything: Customer, desk_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "PERSONAL_DATA", [one for one in settings.PERSONAL_DATA if one != part])
    forget(everything, desk_user)
    assert where(dump(), *TRACES)


# --- what counts stays ---------------------------------------------------------------------------------------------


def test_what_managers_are_counted_by_stays_with_the_emptied_key(everything: Customer, desk_user: User) -> None:
    counted = (Party, PartyGuest, RoomVisit, VisitedGuest, MissedVisit, Promise, SecondSale, StoredBottle, Reservation)
    before = {model: model.objects.count() for model in counted}

    erasure = forget(everything, desk_user)

    assert {model: model.objects.count() for model in counted} == before
    assert Party.objects.filter(customer=everything).count() == 1
    assert VisitedGuest.objects.filter(customer=everything).count() == 1
    bottle = StoredBottle.objects.get(customer=everything)
    assert (bottle.product, bottle.locker, bottle.remaining) == ("—的麦卡伦", "A12", Decimal("0.750"))
    assert BottleWithdrawal.objects.filter(bottle=bottle).count() == 1
    kept = {coded.read(what): sum_ for part in erasure.proof for what, sum_ in part["kept"].items()}
    assert kept["Parties, without their host"] == "1"
    assert kept["Second sales to these parties, yuan"] == "888.50"
    assert kept["In-room visits, without what was said"] == "1"
    assert kept["Stored bottles, with what was taken out"] == "1"


def test_a_waiting_reservation_is_called_off_and_its_room_freed(everything: Customer, desk_user: User) -> None:
    assert RoomHold.objects.filter(room__number="R601").exists()

    erasure = forget(everything, desk_user)

    coming = Reservation.objects.get(room__number="R601")
    assert (coming.state, coming.guest_name, coming.guest_phone) == (ReservationState.CANCELLED, "—", "")
    assert not RoomHold.objects.filter(room__number="R601").exists()
    kept = {coded.read(what): sum_ for part in erasure.proof for what, sum_ in part["kept"].items()}
    assert kept["Waiting reservations, called off and their rooms freed"] == "1"


def test_another_guests_evening_keeps_all_but_the_name(everything: Customer, other: Customer, desk_user: User) -> None:
    forget(everything, desk_user)

    party = Party.objects.get(customer=other)
    assert party.host_name == OTHER and party.is_open
    assert party.visits.get().opinion == "想换大房，—付钱"
    assert party.promises.get().text == "给—留位"


def test_another_guest_of_the_same_name_keeps_reservation_and_bottle(
    guest: Customer, mgr1: User, desk_user: User
) -> None:
    namesake = make_customer(name=NAME, owner=mgr1)
    now = timezone.now()
    facts = {"guest_name": NAME, "guest_phone": namesake.phone, "customer": namesake, "room": make_room()}
    reservation = make_reservation(by=mgr1, starts_at=_evening(now + dt.timedelta(days=2)), now=now, **facts)
    bottle = make_bottle(namesake, product=f"{NAME}的麦卡伦")

    forget(guest, desk_user)

    reservation.refresh_from_db()
    bottle.refresh_from_db()
    assert (reservation.guest_name, reservation.state) == (NAME, ReservationState.BOOKED)
    assert bottle.product == f"{NAME}的麦卡伦"


def test_a_task_still_to_be_done_keeps_a_name_that_may_be_anothers(
    guest: Customer, mgr1: User, desk_user: User
) -> None:
    make_task(mgr1, given_by=desk_user, title=f"接 {NAME}")
    forget(guest, desk_user)
    assert Task.objects.get().title == f"接 {NAME}"


def test_a_bottle_whose_locker_only_looks_like_the_member_number_keeps_it(
    guest: Customer, mgr1: User, desk_user: User
) -> None:
    change(guest, mgr1, member_no="1024")
    bottle = make_bottle(guest, bottle_no="K1024", locker="A1024")
    forget(guest, desk_user)
    bottle.refresh_from_db()
    assert (bottle.bottle_no, bottle.locker) == ("K1024", "A1024")


# --- the guest's own copy ------------------------------------------------------------------------------------------


def test_the_guests_copy_tells_evenings_bottles_and_tasks(everything: Customer) -> None:
    person = person_behind(everything)
    sections = {section.title: section.rows for part in personal.registry() for section in part.collect(person)}
    assert {
        "Reservations",
        "Evenings in the house",
        "Visits in the room",
        "What was offered in the room",
        "What was promised",
        "Why nobody visited",
        "Stored bottles",
        "Taken out of the bottles",
        "Tasks and notes of staff that name the number",
    } <= set(sections)
    assert len(sections["Reservations"]) == 2 and "138 1655 2203" in sections["Reservations"][0][1]
    assert [SAID in said for _at, said in sections["Visits in the room"]] == [True]
    assert OTHER not in json.dumps(sections, ensure_ascii=False, default=str)
    assert NightSignature.objects.exists()
