"""Any order of reserving, moving, calling off, seating, moving rooms, closing and not coming, on few rooms, against the
real database: nobody ever sits where somebody else does, and no room is promised twice."""

import datetime as dt

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from staff.tests.factories import make_user
from visits import booking, seating
from visits.booking import CannotBook
from visits.choices import ReservationState
from visits.models import Party, Reservation, RoomHold
from visits.tests.factories import make_party, make_reservation, make_room

START = dt.datetime(2026, 11, 24, 10, tzinfo=dt.UTC)  # 18:00 at the venue
_rooms = st.integers(0, 2)
_minutes = st.integers(0, 420)


class _Undo(Exception):
    """Ends the outermost transaction of one run without keeping anything."""


class Evening(RuleBasedStateMachine):
    """One evening of three rooms, two of a kind; refusals are answers, wrong states are not."""

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()

    def teardown(self) -> None:
        self.outer.__exit__(_Undo, _Undo(), None)

    @initialize()
    def open_the_house(self) -> None:
        self.now = START
        self.by = make_user("mgr_stateful")
        self.rooms = [make_room("A"), make_room("B"), make_room("C", kind="large")]

    def trying(self, work):
        try:
            with transaction.atomic():
                return work()
        except CannotBook:
            return None

    @rule(minutes=st.integers(1, 30))
    def time_passes(self, minutes: int) -> None:
        self.now += dt.timedelta(minutes=minutes)

    @rule(room=_rooms, minute=_minutes, hours=st.integers(1, 5))
    def reserve_a_room(self, room: int, minute: int, hours: int) -> None:
        begin = START + dt.timedelta(minutes=minute)
        end = begin + dt.timedelta(hours=hours)
        self.trying(
            lambda: make_reservation(by=self.by, starts_at=begin, ends_at=end, room=self.rooms[room], now=self.now)
        )

    @rule(kind=st.sampled_from(["medium", "large"]), minute=_minutes)
    def reserve_a_kind(self, kind: str, minute: int) -> None:
        begin = START + dt.timedelta(minutes=minute)
        self.trying(lambda: make_reservation(by=self.by, starts_at=begin, kind=kind, now=self.now))

    def one(self, rows, index: int):
        keys = list(rows.order_by("pk"))
        return keys[index % len(keys)] if keys else None

    @rule(which=st.integers(0, 9), room=st.none() | _rooms, minute=_minutes)
    def move_a_reservation(self, which: int, room: int | None, minute: int) -> None:
        begin = START + dt.timedelta(minutes=minute)
        if found := self.one(Reservation.objects.waiting(), which):
            self.trying(
                lambda: booking.move_reservation(
                    reservation=found,
                    by=self.by,
                    room=None if room is None else self.rooms[room],
                    kind=found.kind,
                    starts_at=begin,
                    ends_at=booking.usual_end(begin),
                    now=self.now,
                )
            )

    @rule(which=st.integers(0, 9))
    def call_off(self, which: int) -> None:
        if found := self.one(Reservation.objects.all(), which):
            self.trying(lambda: booking.cancel_reservation(reservation=found, by=self.by, reason="ill"))

    @rule()
    def nobody_came(self) -> None:
        booking.release_no_shows(now=self.now)

    @rule(room=_rooms)
    def seat_a_walk_in(self, room: int) -> None:
        self.trying(lambda: make_party(by=self.by, room=self.rooms[room], now=self.now))

    @rule(which=st.integers(0, 9), room=_rooms)
    def seat_a_reservation(self, which: int, room: int) -> None:
        if found := self.one(Reservation.objects.all(), which):
            wanted = found.room or self.rooms[room]
            self.trying(lambda: make_party(by=self.by, room=wanted, now=self.now, reservation=found))

    @rule(which=st.integers(0, 9), room=_rooms)
    def move_a_party(self, which: int, room: int) -> None:
        if found := self.one(Party.objects.all(), which):
            self.trying(lambda: seating.move_party(party=found, room=self.rooms[room], by=self.by, now=self.now))

    @rule(which=st.integers(0, 9))
    def close(self, which: int) -> None:
        if found := self.one(Party.objects.all(), which):
            self.trying(lambda: seating.close_party(party=found, by=self.by, now=self.now))

    # --- what must always hold -------------------------------------------------------------------------------------

    @invariant()
    def no_room_is_held_twice(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM visits_roomhold a JOIN visits_roomhold b"
                " ON a.room_id = b.room_id AND a.id < b.id AND a.during && b.during"
            )
            assert cursor.fetchone() == (0,)

    @invariant()
    def every_open_party_holds_the_room_it_sits_in_and_no_other(self) -> None:
        for party in Party.objects.open():
            held = RoomHold.objects.filter(party=party, during__contains=max(self.now, party.seated_at))
            assert [h.room_id for h in held] == [party.room_id]
        rooms = list(Party.objects.open().values_list("room", flat=True))
        assert len(rooms) == len(set(rooms))

    @invariant()
    def a_reservation_holds_its_room_exactly_while_it_waits(self) -> None:
        waiting = Reservation.objects.waiting().exclude(room=None)
        assert {r.pk: (r.room_id, r.starts_at, r.ends_at) for r in waiting} == {
            h.reservation_id: (h.room_id, h.during.lower, h.during.upper)
            for h in RoomHold.objects.exclude(reservation=None)
        }

    @invariant()
    def who_came_is_seated_once(self) -> None:
        seated = Reservation.objects.filter(state=ReservationState.SEATED)
        assert seated.count() == Party.objects.exclude(reservation=None).count()

    @invariant()
    def no_kind_is_promised_more_often_than_there_are_rooms(self) -> None:
        """Of reservations alone: a walk-in may take a promised room, which is the floor's own choice."""
        if Party.objects.exists():
            return
        for kind in ("medium", "large"):
            for found in Reservation.objects.waiting().filter(kind=kind):
                assert booking.free_of_kind(kind, (found.starts_at, found.ends_at)) >= 0


@pytest.mark.venue_zone
@pytest.mark.django_db
def test_no_order_of_events_seats_two_parties_in_one_room() -> None:
    Evening.TestCase.settings = settings(
        max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
    )
    Evening.TestCase().runTest()
