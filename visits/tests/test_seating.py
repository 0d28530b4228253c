"""Seating, moving, closing: who sits where, who gets it, who may see whom."""

import datetime as dt

import pytest
import time_machine

from customers.models import CareGrant
from customers.tests.factories import make_customer
from staff.models import User
from vipdesk import nights
from visits import booking, seating, visiting
from visits.booking import CannotBook
from visits.models import Party, RoomHold, RoomVisit
from visits.tests.factories import make_party, make_reservation, make_room

pytestmark = pytest.mark.django_db
EVENING = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)  # Friday 20:00 at the venue
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def friday():
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


def test_a_reserved_party_is_its_bookers_and_frees_the_reservations_hold(mgr1: User, mgr2: User) -> None:
    room = make_room("888")
    booked = make_reservation(by=mgr1, starts_at=EVENING + HOUR / 2, now=EVENING, room=room)

    party = make_party(by=mgr2, room=room, now=EVENING + HOUR / 4, reservation=booked)

    assert party.attributed_to == mgr1 and party.host_name == "陈涛" and party.night == dt.date(2026, 11, 27)
    assert [hold.party_id for hold in RoomHold.objects.all()] == [party.pk]


def test_a_walk_in_is_nobodys(mgr1: User) -> None:
    assert make_party(by=mgr1, room=make_room(), now=EVENING).attributed_to is None


def test_operations_name_somebody_with_a_reason_that_stays(mgr1: User, mgr2: User, ops: User) -> None:
    party = make_party(by=mgr1, room=make_room(), now=EVENING)
    seating.attribute_party(party=party, to=mgr2, by=ops, reason="They asked for him")

    party.refresh_from_db()
    assert party.attributed_to == mgr2
    changed = party.events.get()
    assert changed.attributed_to_id is None
    assert changed.pgh_context["reason"] == "They asked for him" and changed.pgh_context["user"] == ops.pk


def test_a_party_past_midnight_stays_on_its_night(mgr1: User, friday) -> None:
    party = make_party(by=mgr1, room=make_room(), now=EVENING)
    friday.move_to(EVENING + 6 * HOUR)
    closed = seating.close_party(party=party, by=mgr1)

    assert closed.night == dt.date(2026, 11, 27) and nights.tonight() == dt.date(2026, 11, 27)
    assert closed.closed_at == EVENING + 6 * HOUR


@pytest.mark.venue_zone
def test_tomorrows_reservation_stands_beside_tonights_open_party(mgr1: User) -> None:
    room = make_room("888")
    make_party(by=mgr1, room=room, now=EVENING)
    make_reservation(by=mgr1, starts_at=EVENING + 24 * HOUR, now=EVENING, room=room)

    with pytest.raises(CannotBook, match="888 is occupied since 20:00"):
        make_reservation(by=mgr1, starts_at=EVENING + 3 * HOUR, now=EVENING, room=room)


@pytest.mark.venue_zone
def test_nobody_sits_where_somebody_sits_or_is_expected(mgr1: User) -> None:
    taken, promised = make_room("601"), make_room("602")
    make_party(by=mgr1, room=taken, now=EVENING)
    make_reservation(by=mgr1, starts_at=EVENING + HOUR, now=EVENING, room=promised)

    with pytest.raises(CannotBook, match="601 is occupied"):
        make_party(by=mgr1, room=taken, now=EVENING)
    with pytest.raises(CannotBook, match="602 is reserved from 21:00 to 01:00"):
        make_party(by=mgr1, room=promised, now=EVENING)
    assert Party.objects.count() == 1


@pytest.mark.venue_zone
def test_reservations_may_touch_but_not_overlap_by_a_minute(mgr1: User) -> None:
    room, minute = make_room("701"), dt.timedelta(minutes=1)
    make_reservation(by=mgr1, starts_at=EVENING, now=EVENING, room=room, ends_at=EVENING + 2 * HOUR)

    with pytest.raises(CannotBook, match="reserved from 20:00 to 22:00"):
        make_reservation(by=mgr1, starts_at=EVENING + 2 * HOUR - minute, now=EVENING, room=room)
    make_reservation(by=mgr1, starts_at=EVENING + 2 * HOUR, now=EVENING, room=room)


def test_the_past_is_refused(mgr1: User) -> None:
    with pytest.raises(CannotBook, match="has passed") as refused:
        make_reservation(by=mgr1, starts_at=EVENING - HOUR, now=EVENING, room=make_room())
    assert refused.value.field == "starts_at"


def test_a_kind_is_promised_no_more_often_than_it_has_rooms(mgr1: User) -> None:
    make_room("1", kind="large")
    room = make_room("2", kind="large")
    make_reservation(by=mgr1, starts_at=EVENING, now=EVENING, kind="large")
    make_reservation(by=mgr1, starts_at=EVENING, now=EVENING, room=room)

    with pytest.raises(CannotBook, match="Every room of this kind"):
        make_reservation(by=mgr1, starts_at=EVENING + HOUR, now=EVENING, kind="large")
    make_reservation(by=mgr1, starts_at=EVENING + 4 * HOUR, now=EVENING, kind="large")


def test_who_does_not_come_frees_the_room_after_half_an_hour(mgr1: User) -> None:
    room = make_room()
    booked = make_reservation(by=mgr1, starts_at=EVENING, now=EVENING, room=room)

    assert booking.release_no_shows(now=EVENING + HOUR / 2) == []
    assert booking.release_no_shows(now=EVENING + HOUR / 2 + dt.timedelta(seconds=1)) == [booked.pk]
    assert booking.release_no_shows(now=EVENING + HOUR) == []
    booked.refresh_from_db()
    assert booked.state == "no_show" and not RoomHold.objects.exists()
    with pytest.raises(CannotBook, match="did not come"):  # the night is over
        make_party(by=mgr1, room=room, now=EVENING + 24 * HOUR, reservation=booked)
    assert make_party(by=mgr1, room=room, now=EVENING + HOUR, reservation=booked).attributed_to == mgr1


def test_a_party_moves_and_leaves_its_old_room_to_be_cleaned(mgr1: User) -> None:
    old, new = make_room("601"), make_room("602")
    party = make_party(by=mgr1, room=old, now=EVENING)
    seating.move_party(party=party, room=new, by=mgr1, now=EVENING + HOUR)

    old.refresh_from_db()
    assert old.to_clean_since == EVENING + HOUR
    spans = [(hold.room.number, hold.during.lower) for hold in RoomHold.objects.order_by("during")]
    assert spans == [("601", EVENING), ("602", EVENING + HOUR)]
    make_party(by=mgr1, room=old, now=EVENING + HOUR)


def test_closing_twice_is_refused(mgr1: User) -> None:
    party = make_party(by=mgr1, room=make_room(), now=EVENING)
    seating.close_party(party=party, by=mgr1, now=EVENING + HOUR)
    with pytest.raises(CannotBook, match="has been closed"):
        seating.close_party(party=party, by=mgr1, now=EVENING + 2 * HOUR)
    with pytest.raises(CannotBook, match="has been closed"):
        seating.move_party(party=party, room=make_room(), by=mgr1, now=EVENING + 2 * HOUR)


def test_who_serves_a_party_sees_its_guests_whole_tonight(mgr1: User, mgr2: User) -> None:
    guest, friend = make_customer(), make_customer(phone="+8613700001111")
    room = make_room()
    booked = make_reservation(by=mgr2, starts_at=EVENING, now=EVENING, room=room, customer=guest)
    party = make_party(by=mgr1, room=room, now=EVENING, reservation=booked)
    seating.join_party(party=party, customer=friend, by=mgr1)

    grants = set(CareGrant.objects.values_list("customer", "user", "night"))
    assert grants == {(g.pk, u.pk, party.night) for g in (guest, friend) for u in (mgr1, mgr2)}
    guest.refresh_from_db()
    assert guest.last_seen_night == party.night


def test_what_was_left_open_is_closed_when_its_night_is_over(mgr1: User, friday) -> None:
    party = make_party(by=mgr1, room=make_room(), now=EVENING)
    friday.move_to(EVENING + 17 * HOUR)
    assert seating.close_left_open(party.night) == {"parties": 1}
    assert seating.close_left_open(party.night) == {"parties": 0}
    party.refresh_from_db()
    assert party.closed_at == nights.night_bounds(party.night)[1] and party.closed_by is None


def test_a_closed_party_is_not_visited_but_what_was_not_typed_in_time_is(mgr1: User, friday) -> None:
    guest = make_customer()
    party = make_party(by=mgr1, room=make_room(), now=EVENING, customer=guest)
    friday.move_to(EVENING + 2 * HOUR)
    party = seating.close_party(party=party, by=mgr1, now=EVENING + HOUR)

    with pytest.raises(visiting.CannotVisit, match="closed"):
        visiting.record_visit(visit=RoomVisit(party=party, manager=mgr1, at=EVENING + 2 * HOUR), met=[guest])
    visit = visiting.record_visit(visit=RoomVisit(party=party, manager=mgr1, at=EVENING + HOUR / 2), met=[guest, guest])
    assert visit.met.count() == 1
