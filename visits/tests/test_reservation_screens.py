"""Reservations on screen: a night's list, asking after them, taking one in, changing it, calling it off."""

import datetime as dt
import uuid

import pytest
import time_machine

from customers.models import AccessLog
from customers.tests.factories import make_customer
from visits.choices import FollowUp, ReservationState
from visits.models import Reservation, RoomHold
from visits.tests.factories import make_reservation, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.venue_zone]
EVENING = dt.datetime(2026, 11, 27, 10, tzinfo=dt.UTC)  # Friday 18:00 at the venue
HOUR = dt.timedelta(hours=1)
NUMBER = "+8613816552203"
WHOLE, MASKED = "138 1655 2203", "138****2203"


@pytest.fixture(autouse=True)
def friday():
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


def reserve_data(by, to, **fields):
    usual = {
        "phone": "138 1655 2203",
        "name": "陈涛",
        "place": to,
        "night": "2026-11-27",
        "clock": "21:15",
        "people": "6",
        "booked_by": by.pk,
        "source": "phone",
        "deposit_note": "",
        "notes": "",
        "client_id": str(uuid.uuid4()),
    }
    return usual | fields


@pytest.mark.django_db(transaction=True)
def test_a_manager_reserves_a_room_once(mgr1, signed_in, furnished):
    room, client = make_room("888", kind="large"), signed_in(mgr1)
    data = reserve_data(mgr1, f"room:{room.pk}", deposit_note="500")
    first, again = (client.post("/visits/reservations/new/", data) for _ in range(2))

    one = Reservation.objects.get()
    assert first.status_code == again.status_code == 303 and first["Desk-Receipt"] == data["client_id"]
    assert (one.room, one.kind, one.guest_name, one.guest_phone) == (room, "large", "陈涛", NUMBER)
    assert one.starts_at == dt.datetime(2026, 11, 27, 13, 15, tzinfo=dt.UTC) and one.ends_at - one.starts_at == 4 * HOUR
    assert (one.booked_by, one.deposit_note, one.night) == (mgr1, "500", dt.date(2026, 11, 27))
    conflict = client.post("/visits/reservations/new/", data | {"people": "9"})
    assert conflict.status_code == 409 and Reservation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_again_after_its_time_gets_its_first_answer(mgr1, signed_in, friday, furnished):
    client, data = signed_in(mgr1), reserve_data(mgr1, f"room:{make_room().pk}")
    client.post("/visits/reservations/new/", data)
    friday.shift(5 * HOUR)
    client = signed_in(mgr1)  # a night's session has ended meanwhile
    assert client.post("/visits/reservations/new/", data).status_code == 303 and Reservation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_known_number_finds_the_guest_and_the_name_may_stay_empty(mgr1, signed_in, furnished):
    guest = make_customer(name="赵伟", phone=NUMBER)
    make_room("601", kind="small")
    client = signed_in(mgr1)
    assert "赵伟" in client.post("/visits/reservations/lookup/", {"phone": WHOLE}).content.decode()
    client.post("/visits/reservations/new/", reserve_data(mgr1, "kind:small", name=""))
    one = Reservation.objects.get()
    assert (one.customer, one.guest_name, one.room, one.kind) == (guest, "赵伟", None, "small")


def test_an_erased_guests_number_finds_nobody(mgr1, signed_in):
    guest = make_customer(name="赵伟", phone=NUMBER)
    other = make_customer(name="钱进")
    type(guest).objects.filter(pk=guest.pk).update(phone=None, merged_into=other.pk)
    guest.numbers.update(released_at=EVENING)
    page = signed_in(mgr1).post("/visits/reservations/lookup/", {"phone": WHOLE}).content.decode()
    assert "赵伟" not in page and "New number" in page


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"clock": "17:00"}, "This time has passed."),
        ({"clock": "21:10"}, "quarter of an hour"),
        ({"night": "2027-11-27"}, "half a year ahead"),
        ({"clock": "23:00"}, "Room 601 is reserved from 23:45 to 03:45."),
        ({"phone": "1381655"}, "11 digits"),
        ({"name": ""}, "This number is new: a name is needed."),
        ({"place": ""}, "Choose a room"),
        ({"people": "0"}, "greater than or equal to 1"),
        ({"booked_by": ""}, "required"),
    ],
)
def test_a_refusal_stands_at_its_field_and_nothing_is_lost(mgr1, signed_in, fields, words, furnished):
    room = make_room("601")
    make_reservation(by=mgr1, starts_at=EVENING + dt.timedelta(hours=5, minutes=45), now=EVENING, room=room)
    data = reserve_data(mgr1, f"room:{room.pk}", notes="靠窗", **fields)
    answer = signed_in(mgr1).post("/visits/reservations/new/", data)
    page = answer.content.decode()
    assert answer.status_code == 422 and words in page and "is-invalid" in page and 'value="靠窗"' in page
    assert Reservation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_last_room_of_a_kind_is_promised_once(mgr1, signed_in, furnished):
    make_room("601", kind="small")
    client = signed_in(mgr1)
    client.post("/visits/reservations/new/", reserve_data(mgr1, "kind:small"))
    answer = client.post("/visits/reservations/new/", reserve_data(mgr1, "kind:small"))
    assert answer.status_code == 422 and "Every room of this kind is taken" in answer.content.decode()


def test_a_number_is_whole_for_the_booker_and_the_owner_alone(mgr1, mgr2, ops, signed_in):
    guest = make_customer(phone=NUMBER, owner=mgr2)
    one = make_reservation(by=mgr1, starts_at=EVENING + HOUR, now=EVENING, room=make_room(), guest_phone=NUMBER)
    for url in ("/visits/reservations/", f"/visits/reservations/{one.pk}/"):
        assert WHOLE in signed_in(mgr1).get(url).content.decode()
        theirs = signed_in(mgr2).get(url).content.decode()
        assert MASKED in theirs and "1655" not in theirs
    Reservation.objects.update(customer=guest)
    assert f"tel:{NUMBER}" in signed_in(mgr2).get("/visits/reservations/").content.decode()

    page = signed_in(ops).get(f"/visits/reservations/{one.pk}/").content.decode()
    assert MASKED in page and "1655" not in page
    assert WHOLE in signed_in(ops).post(f"/visits/reservations/{one.pk}/reveal/").content.decode()
    assert AccessLog.objects.get().user == ops


def test_another_manager_reveals_nothing(mgr1, mgr2, signed_in):
    one = make_reservation(by=mgr1, starts_at=EVENING + HOUR, now=EVENING, room=make_room())
    assert signed_in(mgr2).post(f"/visits/reservations/{one.pk}/reveal/").status_code == 404


def test_tonights_are_asked_after_with_one_tap(mgr1, mgr2, signed_in):
    rooms = [make_room(), make_room()]
    mine = make_reservation(by=mgr1, starts_at=EVENING + HOUR, now=EVENING, room=rooms[0], guest_name="赵伟")
    make_reservation(by=mgr2, starts_at=EVENING + HOUR, now=EVENING, room=rooms[1], guest_name="钱进")
    client = signed_in(mgr1)
    asked = client.get("/visits/reservations/").content.decode().partition("ask-title")[2].partition("</section>")[0]
    assert "赵伟" in asked and "钱进" not in asked

    assert client.post(f"/visits/reservations/{mine.pk}/follow-up/", {"outcome": "confirmed"}).status_code == 303
    mine.refresh_from_db()
    assert mine.follow_up == FollowUp.CONFIRMED
    assert "ask-title" not in client.get("/visits/reservations/").content.decode()


def test_a_no_by_phone_calls_the_reservation_off(mgr1, signed_in):
    one = make_reservation(by=mgr1, starts_at=EVENING + HOUR, now=EVENING, room=make_room())
    client, url = signed_in(mgr1), f"/visits/reservations/{one.pk}/follow-up/"
    client.post(url, {"outcome": "cancelled"})
    one.refresh_from_db()
    assert one.state == ReservationState.CANCELLED and not RoomHold.objects.exists()
    again = client.post(url, {"outcome": "cancelled"}, HTTP_HX_REQUEST="true")
    assert again.status_code == 409 and "This reservation is cancelled." in again.content.decode()


def test_a_reservation_moves_and_tells_what_changed(mgr1, signed_in):
    old, new = make_room("601"), make_room("602")
    one = make_reservation(by=mgr1, starts_at=EVENING + HOUR, now=EVENING, room=old)
    url = f"/visits/reservations/{one.pk}/"
    sent = {"place": f"room:{new.pk}", "night": "2026-11-28", "clock": "00:30"}
    assert signed_in(mgr1).post(url + "move/", sent).status_code == 303
    one.refresh_from_db()
    assert one.room == new and one.night == dt.date(2026, 11, 28) and one.ends_at - one.starts_at == 4 * HOUR
    assert "changed the room from 601 to 602" in signed_in(mgr1).get(url).content.decode()

    answer = signed_in(mgr1).post(url + "move/", sent | {"night": "2026-11-26"})
    assert answer.status_code == 422 and "This time has passed." in answer.content.decode()


def test_calling_off_needs_a_reason_and_happens_once(mgr1, signed_in):
    one = make_reservation(by=mgr1, starts_at=EVENING + HOUR, now=EVENING, room=make_room())
    client, url = signed_in(mgr1), f"/visits/reservations/{one.pk}/cancel/"
    assert "Say why" in (missing := client.post(url)).content.decode() and missing.status_code == 422
    assert client.post(url, {"reason": "客人出差"}).status_code == 303
    assert "客人出差" in client.get(f"/visits/reservations/{one.pk}/").content.decode()
    again = client.post(url, {"reason": "x"})
    assert again.status_code == 422 and "This reservation is cancelled." in again.content.decode()


def test_a_long_list_costs_seven_statements(mgr1, signed_in, django_assert_max_num_queries):
    for _ in range(20):
        make_reservation(by=mgr1, starts_at=EVENING + HOUR, now=EVENING, room=make_room(), customer=make_customer())
    client = signed_in(mgr1)
    with django_assert_max_num_queries(7):
        assert client.get("/visits/reservations/").content.decode().count("陈涛") == 40


def test_an_empty_night_says_what_to_do_next(mgr1, desk_user, signed_in):
    assert "Nothing reserved" in signed_in(mgr1).get("/visits/reservations/?night=2026-12-01").content.decode()
    page = signed_in(desk_user).get("/visits/reservations/?night=nonsense").content.decode()
    assert "Nothing reserved" in page and "/reservations/new/" not in page


def test_whoever_was_promised_a_kind_sits_down_in_a_free_room_of_it(mgr1, signed_in):
    taken, free, other = make_room("601"), make_room("602"), make_room("701", kind="large")
    make_reservation(by=mgr1, now=EVENING, starts_at=EVENING + HOUR, room=taken)
    kind = make_reservation(by=mgr1, now=EVENING, starts_at=EVENING + HOUR, kind="medium")
    named = Reservation.objects.get(room=taken)
    tomorrow = make_reservation(by=mgr1, now=EVENING, starts_at=EVENING + 24 * HOUR, kind="medium")
    client = signed_in(mgr1)

    page = client.get(f"/visits/reservations/{kind.pk}/").content.decode()
    assert f"/visits/rooms/{free.pk}/seat/?reservation={kind.pk}" in page
    assert f"/rooms/{taken.pk}/seat/" not in page and f"/rooms/{other.pk}/seat/" not in page
    named_page = client.get(f"/visits/reservations/{named.pk}/").content.decode()
    assert f"/visits/rooms/{taken.pk}/seat/?reservation={named.pk}" in named_page
    assert "/seat/" not in client.get(f"/visits/reservations/{tomorrow.pk}/").content.decode()
