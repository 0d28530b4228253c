"""Rules about many rooms, reservations and parties."""

import datetime as dt
from typing import Any, cast

from django.apps import apps
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf

from customers.families import living_key, with_merged
from staff.models import User
from vipdesk import nights
from visits.choices import ReservationState, RoomKind


def guest_keys(party: Any) -> list[int]:
    """Of a row of `with_guests`: the guests on file as they go on, the host first, each once."""
    return list(dict.fromkeys(key for key in (party.host_key, *party.along) if key))


def name_of(user: str) -> Coalesce:
    """What `str` says of the person behind this key, for where their row itself is not fetched."""
    return Coalesce(NullIf(f"{user}__display_name", Value("")), f"{user}__username")


class RoomQuerySet(QuerySet):  # type: ignore[type-arg]
    def in_service(self) -> "RoomQuerySet":
        return self.filter(is_in_service=True)

    def free_during(self, begin: dt.datetime, end: dt.datetime) -> "RoomQuerySet":
        """Rooms in service that nothing holds at any moment of [begin, end)."""
        return self.in_service().exclude(holds__during__overlap=(begin, end))

    def with_free(self, begin: dt.datetime, end: dt.datetime) -> "RoomQuerySet":
        """On each row `is_free`: in service, and nothing holds it at any moment of [begin, end)."""
        held = apps.get_model("visits", "RoomHold").objects.filter(room=OuterRef("pk"), during__overlap=(begin, end))
        return cast("RoomQuerySet", self.annotate(is_free=Q(is_in_service=True) & ~Exists(held)))


class ReservationQuerySet(QuerySet):  # type: ignore[type-arg]
    def on_night(self, night: dt.date) -> "ReservationQuerySet":
        return self.filter(night=night)

    def waiting(self) -> "ReservationQuerySet":
        """Neither seated nor over."""
        return self.filter(state=ReservationState.BOOKED)

    def seatable(self) -> "ReservationQuerySet":
        """Those whose guests may still sit down on their night: waiting, or released because they did not come in time
        (`booking.release_no_shows`), which takes their room away and not their booker."""
        return self.filter(state__in=[ReservationState.BOOKED, ReservationState.NO_SHOW])

    def of_kind_alone(self, kind: RoomKind | str, begin: dt.datetime, end: dt.datetime) -> "ReservationQuerySet":
        """Waiting ones that were promised a room of this kind in [begin, end), whichever it will be."""
        return self.waiting().filter(kind=kind, room=None, starts_at__lt=end, ends_at__gt=begin)


class PartyQuerySet(QuerySet):  # type: ignore[type-arg]
    def on_night(self, night: dt.date) -> "PartyQuerySet":
        return self.filter(night=night)

    def open(self) -> "PartyQuerySet":
        return self.filter(closed_at=None)

    def there_at(self, at: dt.datetime) -> "PartyQuerySet":
        """Those that sat in their room at that moment, of its night."""
        return self.on_night(nights.night_of(at)).filter(Q(closed_at=None) | Q(closed_at__gte=at), seated_at__lte=at)

    def served_by(self, user: User) -> "PartyQuerySet":
        """This manager's: what they spend is theirs, or nobody's yet and they seated them."""
        return self.filter(Q(attributed_to=user) | Q(attributed_to=None, seated_by=user))

    def with_spend(self) -> "PartyQuerySet":
        """On each row `spent`, the newest total noted of it, `spent_at`, by whom (None: the till, or nothing was
        noted), and `spent_why` it is less than the total before it."""
        newest = apps.get_model("visits", "PartySpend").objects.filter(party=OuterRef("pk")).order_by("-at", "-pk")
        told = {"spent": F("amount"), "spent_at": F("at"), "spent_noted_by": name_of("noted_by")}
        told["spent_why"] = F("why")
        named = {name: Subquery(newest.values(said=field)[:1]) for name, field in told.items()}
        return cast("PartyQuerySet", self.annotate(**named))

    def with_guests(self) -> "PartyQuerySet":
        """On each row `host_key` and `along`: keys of the guests on file as they go on; see `guest_keys`."""
        along = apps.get_model("visits", "PartyGuest").objects.filter(party=OuterRef("pk")).order_by("pk")
        keys = ArraySubquery(along.values(key=living_key("customer")))
        return cast("PartyQuerySet", self.annotate(host_key=living_key("customer"), along=keys))

    def of_guest(self, customer: int) -> "PartyQuerySet":
        """Those this guest was in, as host or with somebody, under whatever record they had then."""
        guests = apps.get_model("customers", "Customer").objects.filter(pk=customer)
        family = with_merged(guests)
        came_along = apps.get_model("visits", "PartyGuest").objects.filter(customer__in=family).values("party")
        return self.filter(Q(customer__in=family) | Q(pk__in=came_along))

    def in_the_house(self, night: dt.date | None = None) -> "PartyQuerySet":
        """Tonight's parties, the open ones and those that left already."""
        return self.on_night(night or nights.tonight())
