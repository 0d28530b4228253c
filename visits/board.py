"""The rooms as they stand now, for the board: what each is, who sits in it, who is to come (T4)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, TextChoices
from django.utils.translation import gettext_lazy as _

from customers.families import has_tier
from vipdesk import nights
from visits.models import Party, PartyGuest, Reservation, Room


class TileState(TextChoices):
    FREE = "free", _("free")
    RESERVED = "reserved", _("reserved")
    OCCUPIED = "occupied", _("occupied")
    TO_CLEAN = "to_clean", _("to clean")
    OUT = "out", _("out of service")


@dataclass(frozen=True)
class Tile:
    """A room, the party in it if there is one, and the reservation that comes next tonight."""

    room: Room
    party: Party | None = None
    reservation: Reservation | None = None
    is_vip: bool = False
    is_late: bool = False

    @property
    def state(self) -> TileState:
        """One word for it; a party outweighs all, and a room is given only once it is clean."""
        if self.party:
            return TileState.OCCUPIED
        if not self.room.is_in_service:
            return TileState.OUT
        if self.room.to_clean_since:
            return TileState.TO_CLEAN
        return TileState.RESERVED if self.reservation else TileState.FREE


@dataclass(frozen=True)
class Board:
    """Tiles by floor, how many rooms are in each state, and reservations of tonight that name no room yet."""

    floors: dict[int, list[Tile]]
    counts: dict[TileState, int]
    roomless: Sequence[Reservation] = field(default_factory=list)


def board(*, now: dt.datetime, kind: str = "") -> Board:
    """Every room of a kind, or of the house, as it stands at `now`; three statements."""
    rooms = Room.objects.order_by("floor", "number")
    waiting = _waiting(now)
    floors: defaultdict[int, list[Tile]] = defaultdict(list)
    counts = dict.fromkeys(TileState, 0)
    for tile in _tiles(list(rooms.filter(kind=kind) if kind else rooms), waiting, now):
        floors[tile.room.floor].append(tile)
        counts[tile.state] += 1
    return Board(dict(floors), counts, [one for one in waiting if not one.room_id and kind in ("", one.kind)])


def _tiles(rooms: Iterable[Room], waiting: Iterable[Reservation], now: dt.datetime) -> list[Tile]:
    parties = {party.room_id: party for party in _open_parties()}
    coming: dict[int, Reservation] = {}
    for one in waiting:
        if one.room_id:
            coming.setdefault(one.room_id, one)
    return [_tile(room, parties.get(room.pk), coming.get(room.pk), now) for room in rooms]


def _tile(room: Room, party: Any, coming: Reservation | None, now: dt.datetime) -> Tile:
    host = party.customer if party else coming.customer if coming else None
    is_vip = bool(host and host.is_vip) or bool(party and party.has_vip_along)
    return Tile(room, party, coming, is_vip, is_late=bool(coming and not party and coming.starts_at < now))


def _open_parties() -> Iterable[Party]:
    """With `has_vip_along`: whether a VIP came as somebody's guest."""
    along = PartyGuest.objects.filter(has_tier("customer", is_vip=True), party=OuterRef("pk"))
    found: Iterable[Party] = (
        Party.objects.open().annotate(has_vip_along=Exists(along)).select_related("customer__tier", "attributed_to")
    )
    return found


def _waiting(now: dt.datetime) -> list[Reservation]:
    """Tonight's, neither seated nor over, the earliest first."""
    tonight = Reservation.objects.on_night(nights.night_of(now)).waiting()
    return list(tonight.select_related("booked_by", "customer__tier").order_by("starts_at", "pk"))
