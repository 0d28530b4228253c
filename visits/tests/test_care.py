"""A pretended walk-in opens nothing for good (domain.md, "Care grants"), and nobody's reservation is changed unseen."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from customers import leaks
from customers.models import CareGrant, Customer, LeakAlert, Looks, LookTally
from customers.tests.factories import make_customer
from staff.models import User
from vipdesk import jobs
from visits import booking, seating
from visits.models import Party, PartySpend, Reservation, ReservationNotice
from visits.tests.factories import make_party, make_reservation, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("furnished")]
SignIn = Callable[[User], Client]
EVENING = dt.datetime(2026, 11, 24, 13, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
ADDRESS = "南京东路1号"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(EVENING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def guest(mgr1: User) -> Customer:
    return make_customer(name="欧阳修远", phone="+8613816552203", home_address=ADDRESS, owner=mgr1)


def seat(client: Client, room: Any, **host: str) -> Party:
    client.post(f"/visits/rooms/{room.pk}/seat/", {"people": "4", **host})
    return Party.objects.latest("pk")


def reads(client: Client, guest: Customer) -> bool:
    return ADDRESS in client.get(f"/customers/{guest.pk}/").content.decode()


# --- reading, while the party is open --------------------------------------------------------------------------------


def test_guest_seated_for_a_look_is_open_for_no_longer_than_their_party(
    guest: Customer, mgr2: User, signed_in: SignIn, clock: time_machine.Traveller
) -> None:
    other = signed_in(mgr2)
    assert not reads(other, guest)
    party = seat(other, make_room(), phone="13816552203")
    assert reads(other, guest)
    clock.move_to(EVENING + 19 * MINUTE)
    other = signed_in(mgr2)  # ten idle minutes have passed
    other.post(f"/visits/parties/{party.pk}/close/")
    assert not reads(other, guest)
    assert other.post(f"/customers/{guest.pk}/reveal/").status_code == 404


@pytest.mark.parametrize(
    ("minutes", "spent", "noted_by", "stays"),
    [
        (20, 0, None, True),
        (19, 0, None, False),
        (5, 300, "till", True),
        (5, 300, "mgr1", True),
        (5, 300, "mgr2", False),  # their own word, from whom the record is kept
        (5, 0, "till", False),
    ],
)
def test_guest_of_a_real_party_stays_open_until_the_night_ends(
    minutes: int,
    spent: int,
    noted_by: str | None,
    stays: bool,
    guest: Customer,
    mgr2: User,
    clock: time_machine.Traveller,
) -> None:
    party = make_party(by=mgr2, room=make_room(), now=EVENING, customer=guest)
    if noted_by:
        who = None if noted_by == "till" else User.objects.get(username=noted_by)
        origin = PartySpend.Origin.HAND if who else PartySpend.Origin.TILL
        PartySpend.objects.create(party=party, amount=spent, noted_by=who, origin=origin)
    clock.move_to(EVENING + minutes * MINUTE)
    seating.close_party(party=party, by=mgr2, now=EVENING + minutes * MINUTE)
    assert Customer.objects.visible_to(mgr2).get(pk=guest.pk).is_open is stays
    clock.move_to(EVENING + dt.timedelta(days=1))
    assert not Customer.objects.visible_to(mgr2).get(pk=guest.pk).is_open


def test_guest_who_moved_on_to_another_party_of_theirs_stays_open_with_that(
    guest: Customer, mgr2: User, clock: time_machine.Traveller
) -> None:
    first = make_party(by=mgr2, room=make_room(), now=EVENING)
    second = make_party(by=mgr2, room=make_room(), now=EVENING, customer=guest)
    seating.join_party(party=first, customer=guest, by=mgr2)
    seating.close_party(party=first, by=mgr2, now=EVENING + MINUTE)
    assert Customer.objects.visible_to(mgr2).get(pk=guest.pk).is_open
    seating.close_party(party=second, by=mgr2, now=EVENING + MINUTE)
    assert not Customer.objects.visible_to(mgr2).get(pk=guest.pk).is_open


def test_seating_the_same_guest_again_opens_them_again(
    guest: Customer, mgr2: User, clock: time_machine.Traveller
) -> None:
    for _time in range(2):
        party = make_party(by=mgr2, room=make_room(), now=EVENING, customer=guest)
        assert Customer.objects.visible_to(mgr2).get(pk=guest.pk).is_open
        seating.close_party(party=party, by=mgr2, now=EVENING + MINUTE)
    assert not Customer.objects.visible_to(mgr2).get(pk=guest.pk).is_open


def test_call_list_keeps_a_guest_open_whatever_becomes_of_a_party(
    guest: Customer, mgr2: User, clock: time_machine.Traveller
) -> None:
    CareGrant.objects.create(customer=guest, user=mgr2, night=EVENING.date())
    party = make_party(by=mgr2, room=make_room(), now=EVENING, customer=guest)
    seating.close_party(party=party, by=mgr2, now=EVENING + MINUTE)
    assert Customer.objects.editable_by(mgr2).filter(pk=guest.pk).exists()


# --- no editing ------------------------------------------------------------------------------------------------------


def test_who_serves_a_guest_reads_and_changes_nothing(
    guest: Customer, mgr2: User, signed_in: SignIn, clock: time_machine.Traveller
) -> None:
    other = signed_in(mgr2)
    seat(other, make_room(), phone="13816552203")
    number = guest.numbers.get()
    for url in (
        "edit/",
        "habits/",
        "numbers/",
        f"numbers/{number.pk}/release/",
        f"numbers/{number.pk}/main/",
        "tags/",
        "contacted/",
    ):
        assert other.post(f"/customers/{guest.pk}/{url}").status_code in (403, 404), url
    page = other.get(f"/customers/{guest.pk}/").content.decode()
    assert f"/customers/{guest.pk}/edit/" not in page and f"/customers/{guest.pk}/habits/" not in page
    assert f"/customers/{guest.pk}/numbers/" not in page


def test_whom_operations_name_for_the_party_may_correct_its_guest(
    guest: Customer, mgr2: User, mgr1: User, ops: User, clock: time_machine.Traveller
) -> None:
    party = make_party(by=mgr2, room=make_room(), now=EVENING, customer=guest)
    assert not Customer.objects.editable_by(mgr2).filter(pk=guest.pk).exists()
    seating.attribute_party(party=party, to=mgr2, by=ops, reason="约好了")
    assert Customer.objects.editable_by(mgr2).filter(pk=guest.pk).exists()
    seating.close_party(party=party, by=mgr2, now=EVENING + MINUTE)
    assert Customer.objects.editable_by(mgr2).filter(pk=guest.pk).exists()


# --- who is told -----------------------------------------------------------------------------------------------------


def test_owner_is_told_on_tonight_who_opened_their_guest_until_they_have_seen_it(
    guest: Customer, mgr1: User, mgr2: User, signed_in: SignIn, clock: time_machine.Traveller
) -> None:
    seat(signed_in(mgr2), make_room(), phone="13816552203")
    owner = signed_in(mgr1)
    page = owner.get("/tonight/").content.decode()
    assert "高强 opened the record of 欧阳修远 by a party." in page
    grant = CareGrant.objects.get(user=mgr2)
    signed_in(mgr2).post("/visits/mine/notices/seen/", {"grant": grant.pk})  # not theirs to see away
    assert "高强 opened" in owner.get("/visits/mine/notices/").content.decode()
    owner.post("/visits/mine/notices/seen/", {"grant": [grant.pk, "x", "9" * 30]})
    assert "高强 opened" not in owner.get("/tonight/").content.decode()
    assert "opened the record" not in signed_in(mgr2).get("/visits/mine/notices/").content.decode()


def test_owner_who_seats_their_own_guest_is_told_nothing_and_counted_nothing(
    guest: Customer, mgr1: User, clock: time_machine.Traveller
) -> None:
    make_party(by=mgr1, room=make_room(), now=EVENING, customer=guest)
    assert not LookTally.objects.filter(kind=Looks.OPENED).exists()


def test_what_managers_opened_for_themselves_stands_beside_the_looks_and_is_alerted(
    mgr1: User, mgr2: User, ops: User, signed_in: SignIn, clock: time_machine.Traveller, settings: Any
) -> None:
    settings.LEAK_FLOORS = settings.LEAK_FLOORS | {"opened": 3}
    jobs.tick()
    for n in range(4):
        guest = make_customer(name=f"欧阳{n}", owner=mgr1)
        party = make_party(by=mgr2, room=make_room(), now=EVENING, customer=guest)
        seating.close_party(party=party, by=mgr2, now=EVENING + MINUTE)
    assert LookTally.objects.get(user=mgr2, kind=Looks.OPENED).count == 4
    leaks.sweep()
    assert LeakAlert.objects.get().kind == "opened"
    office = signed_in(ops)
    assert "party of one" in office.get("/admin/customers/looktally/").content.decode()
    page = office.get("/admin/customers/caregrant/").content.decode()
    assert "高强" in page and "seated or booked their party" in page


# --- another's reservation -------------------------------------------------------------------------------------------


@pytest.fixture
def booked(mgr1: User, guest: Customer, clock: time_machine.Traveller) -> Reservation:
    facts = {"room": make_room(), "customer": guest, "guest_phone": guest.phone, "guest_name": guest.name}
    return make_reservation(by=mgr1, starts_at=EVENING + 60 * MINUTE, now=EVENING, **facts)


def told(client: Client) -> str:
    return client.get("/visits/mine/notices/").content.decode()


def test_booker_is_told_who_called_their_reservation_off(
    booked: Reservation, mgr1: User, mgr2: User, signed_in: SignIn
) -> None:
    signed_in(mgr2).post(f"/visits/reservations/{booked.pk}/cancel/", {"reason": "客人改期"})
    assert "高强 called your reservation for 欧阳修远 off." in told(signed_in(mgr1))
    assert "高强 called" in signed_in(mgr1).get("/tonight/").content.decode()
    notice = ReservationNotice.objects.get()
    signed_in(mgr2).post("/visits/mine/notices/seen/", {"notice": notice.pk})
    signed_in(mgr1).post("/visits/mine/notices/seen/", {"notice": notice.pk})
    assert "called your" not in told(signed_in(mgr1))


def test_asking_after_a_reservation_and_calling_it_off_tells_the_booker_too(
    booked: Reservation, mgr1: User, mgr2: User, signed_in: SignIn
) -> None:
    signed_in(mgr2).post(f"/visits/reservations/{booked.pk}/follow-up/", {"outcome": "cancelled"})
    booked.refresh_from_db()
    assert booked.state == "cancelled" and "called your reservation" in told(signed_in(mgr1))


def test_booker_is_told_of_a_changed_time_and_of_who_seated_their_guest(
    booked: Reservation, mgr1: User, mgr2: User, signed_in: SignIn
) -> None:
    booking.move_reservation(
        reservation=booked,
        by=mgr2,
        room=booked.room,
        kind=booked.kind,
        starts_at=EVENING + 90 * MINUTE,
        ends_at=EVENING + 120 * MINUTE,
    )
    make_party(by=mgr2, room=make_room(), now=EVENING, reservation=booked)
    page = told(signed_in(mgr1))
    assert "changed room or time of your reservation" in page and "高强 seated your reservation" in page


@pytest.mark.parametrize("host", ["on file", "by number", "by another reservation"])
def test_booker_is_told_where_their_guest_is_seated_without_their_reservation(
    host: str, booked: Reservation, guest: Customer, mgr1: User, mgr2: User, signed_in: SignIn
) -> None:
    facts: dict[str, Any] = {"customer": guest} if host == "on file" else {"host_phone": guest.phone}
    if host == "by another reservation":
        mine = make_reservation(by=mgr2, starts_at=EVENING, now=EVENING, guest_phone=guest.phone, room=make_room())
        facts = {"reservation": mine, "room": mine.room}
    make_party(**{"by": mgr2, "room": make_room(), "now": EVENING} | facts)
    assert "高强 seated 欧阳修远 without your reservation." in told(signed_in(mgr1))


def test_bookers_own_changes_tell_nobody(booked: Reservation, mgr1: User) -> None:
    booking.cancel_reservation(reservation=booked, by=mgr1, reason="改期")
    assert not ReservationNotice.objects.exists()


def test_reservation_of_a_booker_who_has_left_is_changed_by_operations(
    booked: Reservation, mgr1: User, mgr2: User, ops: User, signed_in: SignIn
) -> None:
    User.objects.filter(pk=mgr1.pk).update(is_active=False)
    answer = signed_in(mgr2).post(f"/visits/reservations/{booked.pk}/cancel/", {"reason": "改期"})
    booked.refresh_from_db()
    assert answer.status_code == 422 and "林静 has left: operations change it." in answer.content.decode()
    assert booked.is_waiting
    signed_in(ops).post(f"/visits/reservations/{booked.pk}/cancel/", {"reason": "改期"})
    booked.refresh_from_db()
    assert not booked.is_waiting
