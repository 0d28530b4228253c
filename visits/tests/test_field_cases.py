"""Evenings as they really went, by the numbers of the field cases: guests who come late, and guests booked twice."""

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine
from django.test import Client

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
