"""What happened to a reservation or a party, for a person to read, newest first, from the rows as they were."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staff.models import User
from vipdesk import coded
from vipdesk.templatetags.nights import moment
from visits.choices import FollowUp, ReservationState, RoomKind
from visits.models import Party, Reservation, Room

LONGEST = 50
_OF_RESERVATION = {
    "room_id": gettext_lazy("room"),
    "kind": gettext_lazy("kind of room"),
    "starts_at": gettext_lazy("time"),
    "state": gettext_lazy("state"),
    "follow_up": gettext_lazy("answer"),
}
_OF_PARTY = {"room_id": gettext_lazy("room"), "attributed_to_id": gettext_lazy("attribution")}
_CHOICES = {"kind": RoomKind, "state": ReservationState, "follow_up": FollowUp}


@dataclass(frozen=True)
class Change:
    """When, what in words, by whom (None: the desk's own work), why."""

    at: dt.datetime
    words: list[str]
    by: User | None
    reason: str = ""


def story_of(
    row: Reservation | Party, *, rooms: Mapping[int, Room] | None = None, people: Iterable[User | None] = ()
) -> list[Change]:
    """The newest `LONGEST` changes; at most three statements, fewer where the caller knows the rooms and people."""
    fields = _OF_PARTY if isinstance(row, Party) else _OF_RESERVATION
    events = list(row.events.order_by("-pgh_created_at", "-pgh_id")[:LONGEST])  # type: ignore[union-attr]
    states = [row, *events]
    contexts = [event.pgh_context or {} for event in events]
    known: dict[Any, User] = {one.pk: one for one in people if one}
    known |= _people([*states], contexts, known) if events else {}
    if rooms is None:
        rooms = Room.objects.in_bulk({state.room_id for state in states if state.room_id}) if events else {}
    told = []
    for before, after, said in zip(events, states, contexts, strict=False):
        words = [
            _sentence(field, label, before, after, rooms, known) for field, label in _changed(fields, before, after)
        ]
        if words:
            why = coded.read(said.get("reason") or "")
            told.append(Change(before.pgh_created_at, words, known.get(said.get("user")), why))
    return told


def _people(states: Iterable[Any], contexts: Iterable[Mapping[str, Any]], known: Mapping[Any, User]) -> dict[Any, User]:
    keys = {said.get("user") for said in contexts} | {getattr(state, "attributed_to_id", None) for state in states}
    missing = keys - {None} - known.keys()
    return dict(User.objects.in_bulk(missing)) if missing else {}


def _changed(fields: Mapping[str, Any], before: Any, after: Any) -> list[tuple[str, Any]]:
    return [(field, label) for field, label in fields.items() if getattr(before, field) != getattr(after, field)]


def _sentence(field: str, label: Any, before: Any, after: Any, rooms: Any, people: Any) -> str:
    def say(row: Any) -> str:
        value = getattr(row, field)
        if field == "room_id":
            return str(rooms.get(value) or "—")
        if field == "attributed_to_id":
            return str(people.get(value) or _("nobody"))
        return moment(value) if field == "starts_at" else str(_CHOICES[field](value).label)

    said = {"what": label, "before": say(before), "after": say(after)}
    return _("changed the %(what)s from %(before)s to %(after)s") % said
