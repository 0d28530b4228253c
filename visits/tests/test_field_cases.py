"""Evenings as they really went, by the numbers of the field cases: guests who come late, and guests booked twice."""

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine
from django.test import Client

from customers.merging import merge_customers
from customers.numbers import add_number
from customers.tests.factories import make_customer
from staff.models import User
from visits import booking
from visits.models import Party, Reservation, ReservationNotice, Room
from visits.tests.factories import make_party, make_reservation, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.venue_zone]
written = pytest.mark.django_db(transaction=True)
EVENING = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)  # Friday 20:00 at the venue
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def friday() -> Any:
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


def seat(client: Client, room: Room, **fields: Any) -> Any:
    usual = {"reservation": "", "phone": "", "name": "", "people": "4", "client_id": str(uuid.uuid4())}
    return client.post(f"/visits/rooms/{room.pk}/seat/", usual | fields)


def released(by: User, room: Room, friday: Any, **facts: Any) -> Reservation:
    """A reservation for 20:00 whose guest is 31 minutes late: the desk has given the room free."""
    booked = make_reservation(by=by, starts_at=EVENING, now=EVENING, room=room, **facts)
    friday.move_to(EVENING + 31 * MINUTE)
    assert booking.release_no_shows() == [booked.pk]
    return booked


# --- 37: late after the no-show ----------------------------------------------------------------------------------------


@written
def test_case_37_a_guest_who_comes_after_the_no_show_sits_down_on_the_reservation_for_its_booker(
    mgr1: User, mgr2: User, signed_in: Any, furnished: None, friday: Any
) -> None:
    room = make_room("601")
    booked = released(mgr2, room, friday)
    client = signed_in(mgr1)
    page = client.get(f"/visits/rooms/{room.pk}/seat/")
    assert "20:00 陈涛 · 高强 · 601 · came late" in page.content.decode()
    assert not page.context["form"]["reservation"].value(), "who comes into the free room may be anybody"

    assert seat(client, room, reservation=booked.pk).status_code == 303

    party = Party.objects.get()
    assert (party.attributed_to, party.reservation, party.host_name) == (mgr2, booked, "陈涛")
    booked.refresh_from_db()
    assert booked.state == "seated"
    assert ReservationNotice.objects.get(to=mgr2).what == "seated"
    assert "came late" not in client.get(f"/visits/rooms/{make_room().pk}/seat/").content.decode()


@written
def test_case_37_where_their_room_is_gone_they_sit_in_another(
    mgr1: User, mgr2: User, signed_in: Any, furnished: None, friday: Any
) -> None:
    gone, free = make_room("601"), make_room("602")
    booked = released(mgr2, gone, friday)
    make_party(by=mgr1, room=gone, now=EVENING + 31 * MINUTE)
    client = signed_in(mgr1)
    page = client.get(f"/visits/reservations/{booked.pk}/").content.decode()
    assert "Came late: seat them in" in page and "高强 keeps them" in page
    assert f"/visits/rooms/{free.pk}/seat/?reservation={booked.pk}" in page
    assert f"/visits/rooms/{gone.pk}/seat/" not in page
    chosen = client.get(f"/visits/rooms/{free.pk}/seat/?reservation={booked.pk}")
    assert chosen.context["form"]["reservation"].value() == booked.pk
    assert seat(client, free, reservation=booked.pk).status_code == 303
    assert Party.objects.get(room=free).attributed_to == mgr2


def test_case_37_it_holds_for_the_rest_of_the_night_and_no_longer(
    mgr1: User, mgr2: User, signed_in: Any, friday: Any
) -> None:
    room = make_room("601")
    booked = released(mgr2, room, friday)
    friday.move_to(dt.datetime(2026, 11, 28, 3, 59, tzinfo=dt.UTC))  # 11:59, a minute before the night is over
    assert "came late" in signed_in(mgr1).get(f"/visits/rooms/{room.pk}/seat/").content.decode()
    friday.move_to(dt.datetime(2026, 11, 28, 4, tzinfo=dt.UTC))
    client = signed_in(mgr1)
    assert "came late" not in client.get(f"/visits/rooms/{room.pk}/seat/").content.decode()
    assert "seat them in" not in client.get(f"/visits/reservations/{booked.pk}/").content.decode()
    assert seat(client, room, reservation=booked.pk).status_code == 422 and not Party.objects.exists()


@written
def test_case_37_seated_without_it_the_booker_is_told(
    mgr1: User, mgr2: User, signed_in: Any, furnished: None, friday: Any
) -> None:
    room = make_room("601")
    released(mgr2, room, friday, guest_phone="+8613816559911")
    assert seat(signed_in(mgr1), room, phone="138 1655 9911", name="陈涛").status_code == 303
    assert ReservationNotice.objects.get(to=mgr2).what == "overtaken"


# --- 38: reserved twice for one night ----------------------------------------------------------------------------------

NUMBER = "+8613816559911"
TYPED = "138 1655 9911"


def look_up(client: Client, phone: str = TYPED, **fields: str) -> str:
    return client.post("/visits/reservations/lookup/", {"phone": phone} | fields).content.decode()


def reserve(client: Client, by: User, room: Room, **fields: Any) -> str:
    """The page that a manager sees after saving."""
    usual = {
        "phone": TYPED,
        "name": "陈涛",
        "place": f"room:{room.pk}",
        "night": "2026-11-27",
        "clock": "21:00",
        "people": "6",
        "booked_by": by.pk,
        "source": "phone",
        "client_id": str(uuid.uuid4()),
    }
    answer = client.post("/visits/reservations/new/", usual | fields, follow=True)
    assert answer.redirect_chain, answer.content.decode()
    return answer.content.decode()


@written
def test_case_38_a_second_reservation_shows_the_first_and_its_booker_in_the_lookup_and_after_saving(
    mgr1: User, mgr2: User, signed_in: Any, furnished: None
) -> None:
    first, second = make_room("601"), make_room("603")
    starts_at = EVENING + 60 * MINUTE
    one = make_reservation(by=mgr2, starts_at=starts_at, now=EVENING, room=first, guest_phone=NUMBER)
    client = signed_in(mgr1)

    told = look_up(client, night="2026-11-27")
    assert "Reserved already" in told and "21:00, 601, booked by 高强" in told and f"/reservations/{one.pk}/" in told
    assert "Reserved already" in look_up(client), "tonight where the form has no night"
    assert "Reserved already" not in look_up(client, night="2026-11-28")

    saved = reserve(client, mgr1, second)
    assert "already has a reservation for this night: 21:00, 601, booked by 高强." in saved
    assert Reservation.objects.count() == 2
    assert "already has a reservation" not in reserve(client, mgr1, second, night="2026-11-28")


@written
def test_case_38_it_is_the_same_guest_by_another_number_and_after_a_merge(
    mgr1: User, mgr2: User, ops: User, signed_in: Any, furnished: None
) -> None:
    guest, double = make_customer(phone=NUMBER), make_customer(phone="+8613816559922")
    add_number(customer=guest.pk, number="+8613816559933", by=ops)
    rooms = [make_room(f"60{n}") for n in range(5)]
    at = {"now": EVENING, "starts_at": EVENING + 60 * MINUTE}
    make_reservation(by=mgr2, room=rooms[0], guest_phone="+8613816559944", customer=double, **at)
    make_reservation(by=mgr2, room=rooms[1], guest_phone="+8613816559933", **at)
    client = signed_in(mgr1)
    assert "601, booked by 高强" in look_up(client) and "600, booked" not in look_up(client)
    merge_customers(kept=guest.pk, merged=double.pk, by=ops)
    assert "600, booked by 高强" in look_up(client) and "601, booked by 高强" in look_up(client)
    saved = reserve(client, mgr1, rooms[2])
    assert "600, booked by 高强" in saved and "601, booked by 高强" in saved


@written
def test_case_38_moved_to_a_night_that_has_one_says_so_too(
    mgr1: User, mgr2: User, signed_in: Any, furnished: None
) -> None:
    rooms = [make_room("601"), make_room("603")]
    next_night = EVENING + 24 * 60 * MINUTE
    make_reservation(by=mgr2, starts_at=EVENING, now=EVENING, room=rooms[0], guest_phone=NUMBER)
    mine = make_reservation(by=mgr1, starts_at=next_night, now=EVENING, room=rooms[1], guest_phone=NUMBER)
    change = {"place": f"room:{rooms[1].pk}", "night": "2026-11-27", "clock": "22:00"}
    page = signed_in(mgr1).post(f"/visits/reservations/{mine.pk}/move/", change, follow=True)
    assert "20:00, 601, booked by 高强" in page.content.decode()


def test_case_38_what_was_called_off_is_no_second_one(mgr1: User, mgr2: User, signed_in: Any) -> None:
    one = make_reservation(by=mgr2, starts_at=EVENING, now=EVENING, room=make_room(), guest_phone=NUMBER)
    booking.cancel_reservation(reservation=one, by=mgr2, reason="")
    assert "Reserved already" not in look_up(signed_in(mgr1))


def test_case_38_a_part_of_a_number_or_one_look_too_many_tells_nothing(
    mgr1: User, mgr2: User, signed_in: Any, settings: Any
) -> None:
    make_reservation(by=mgr2, starts_at=EVENING, now=EVENING, room=make_room("601"), guest_phone=NUMBER)
    client = signed_in(mgr1)
    for part in ("9911", "13816559", "1381655991"):
        assert "601" not in look_up(client, part)
    settings.LOOKUPS_A_NIGHT = 1
    assert "booked by 高强" in look_up(client)
    assert "booked by" not in look_up(client), "each answer is a look, and this one is one too many"


def test_case_38_the_form_opened_for_a_guest_says_it_at_once(mgr1: User, mgr2: User, signed_in: Any) -> None:
    guest = make_customer(phone=NUMBER, owner=mgr1)
    make_reservation(by=mgr2, starts_at=EVENING, now=EVENING, room=make_room("601"), guest_phone=NUMBER)
    page = signed_in(mgr1).post("/visits/reservations/new/", {"guest": guest.pk}).content.decode()
    assert "20:00, 601, booked by 高强" in page
