"""What the clock does to rooms; operations' part of them; the demo venue's."""

import datetime as dt
import io

import pytest
import time_machine
from django.core.management import call_command

from customers.models import Customer
from vipdesk import jobs, nights
from visits.choices import ReservationState
from visits.jobs import CLOSE_LEFT_OPEN, sweep_no_shows
from visits.models import Party, Reservation, Room, RoomHold
from visits.tests.factories import make_party, make_reservation, make_room

pytestmark = pytest.mark.django_db
EVENING = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)  # Friday 20:00 at the venue
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def friday():
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


def test_guests_half_an_hour_late_lose_their_room_and_not_a_minute_earlier(mgr1, friday):
    room = make_room()
    one = make_reservation(by=mgr1, starts_at=EVENING, now=EVENING, room=room)
    friday.move_to(EVENING + 30 * MINUTE)
    sweep_no_shows()
    one.refresh_from_db()
    assert one.is_waiting
    friday.move_to(EVENING + 31 * MINUTE)
    sweep_no_shows()
    sweep_no_shows()
    one.refresh_from_db()
    assert one.state == ReservationState.NO_SHOW and not RoomHold.objects.exists()
    make_party(by=mgr1, room=room, now=EVENING + 31 * MINUTE)


def test_what_was_left_open_is_closed_soon_after_the_rollover_and_tonights_stays(mgr1, friday):
    left = make_party(by=mgr1, room=make_room(), now=EVENING)
    assert jobs.registry()["visits.close_left_open"] == CLOSE_LEFT_OPEN
    saturday = left.night + dt.timedelta(days=1)
    begin, end = nights.night_bounds(saturday)
    due_at = CLOSE_LEFT_OPEN.due(saturday)
    assert due_at == begin + 5 * MINUTE and CLOSE_LEFT_OPEN.deadline(saturday, due_at) == end

    friday.move_to(due_at)
    stays = make_party(by=mgr1, room=make_room(), now=due_at)
    assert CLOSE_LEFT_OPEN.run(saturday) == {"parties": 1}
    left.refresh_from_db()
    stays.refresh_from_db()
    assert left.closed_at == begin and stays.is_open


def test_operations_see_no_shows_by_source(mgr1, ops, signed_in, friday):
    for source, name in (("agent", "甲某某"), ("phone", "乙某某")):
        make_reservation(by=mgr1, starts_at=EVENING, now=EVENING, room=make_room(), source=source, guest_name=name)
    friday.shift(40 * MINUTE)
    sweep_no_shows()
    client = signed_in(ops)
    url = "/admin/visits/reservation/"
    page = client.get(f"{url}?state__exact=no_show&source__exact=agent&night=tonight").content.decode()
    assert "甲某某" in page and "乙某某" not in page and "did not come" in page
    assert client.get(f"{url}add/").status_code == 403
    one = Reservation.objects.earliest("pk")
    assert client.get(f"{url}{one.pk}/change/")["Location"] == f"/visits/reservations/{one.pk}/"


def test_operations_take_a_room_out_of_service_and_delete_none(ops, signed_in):
    room, client = make_room("601"), signed_in(ops)
    facts = {"number": "601", "kind": "small", "floor": "6", "capacity": "6", "minimum_spend": "680"}
    assert client.post(f"/admin/visits/room/{room.pk}/change/", facts).status_code == 302
    room.refresh_from_db()
    assert not room.is_in_service and room.kind == "small"
    assert client.post(f"/admin/visits/room/{room.pk}/delete/").status_code == 403
    assert client.get("/admin/visits/party/?attribution=nobody&open=yes").status_code == 200


def load_demo(**options):
    call_command("load_demo", stdout=io.StringIO(), stderr=io.StringIO(), **({"nights": 3} | options))


def test_a_house_without_guests_has_sixty_rooms_and_no_evenings():
    load_demo(customers=0)
    assert Room.objects.count() == 60 and set(Room.objects.values_list("floor", flat=True)) == {6, 7, 8}
    assert not Party.objects.exists() and not Reservation.objects.exists()


@pytest.mark.venue_zone
def test_the_demos_evenings_lie_on_the_last_nights_and_stand_once(friday):
    friday.move_to(EVENING + 120 * MINUTE)  # 22:00
    load_demo(customers=300)
    first = list(Party.objects.order_by("pk").values_list("room__number", "seated_at", "customer__name"))
    load_demo(customers=300)

    assert list(Party.objects.order_by("pk").values_list("room__number", "seated_at", "customer__name")) == first
    tonight = nights.tonight()
    last = {tonight - dt.timedelta(days=n) for n in range(3)}
    assert set(Party.objects.values_list("night", flat=True)) == last
    assert set(Party.objects.open().values_list("night", flat=True)) == {tonight}
    assert set(Reservation.objects.waiting().values_list("night", flat=True)) == {tonight}
    assert not Party.objects.filter(seated_at__gt=dt.datetime.now(dt.UTC)).exists()
    assert Customer.objects.filter(last_seen_night=tonight).exists()
