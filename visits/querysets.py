"""Rules about many rooms, reservations and parties."""

import datetime as dt

from django.db.models import QuerySet

from vipdesk import nights
from visits.choices import ReservationState, RoomKind


class RoomQuerySet(QuerySet):  # type: ignore[type-arg]
    def in_service(self) -> "RoomQuerySet":
        return self.filter(is_in_service=True)

    def free_during(self, begin: dt.datetime, end: dt.datetime) -> "RoomQuerySet":
        """Rooms in service that nothing holds at any moment of [begin, end)."""
        return self.in_service().exclude(holds__during__overlap=(begin, end))


class ReservationQuerySet(QuerySet):  # type: ignore[type-arg]
    def on_night(self, night: dt.date) -> "ReservationQuerySet":
        return self.filter(night=night)

    def waiting(self) -> "ReservationQuerySet":
        """Neither seated nor over."""
        return self.filter(state=ReservationState.BOOKED)

    def of_kind_alone(self, kind: RoomKind | str, begin: dt.datetime, end: dt.datetime) -> "ReservationQuerySet":
        """Waiting ones that were promised a room of this kind in [begin, end), whichever it will be."""
        return self.waiting().filter(kind=kind, room=None, starts_at__lt=end, ends_at__gt=begin)


class PartyQuerySet(QuerySet):  # type: ignore[type-arg]
    def on_night(self, night: dt.date) -> "PartyQuerySet":
        return self.filter(night=night)

    def open(self) -> "PartyQuerySet":
        return self.filter(closed_at=None)

    def in_the_house(self, night: dt.date | None = None) -> "PartyQuerySet":
        """Tonight's parties, the open ones and those that left already."""
        return self.on_night(night or nights.tonight())
