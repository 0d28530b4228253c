"""What happened to one bottle, for a person to read: stored, taken out, put right, extended, changed by a sheet; newest
first."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staff.models import User
from vipdesk import coded
from vipdesk.templatetags.nights import day
from visits.bottles import CORRECTION, WITHDRAWAL, percent
from visits.choices import BottleCategory
from visits.models import StoredBottle

LONGEST = 100
_FIELDS = {
    "bottle_no": gettext_lazy("number"),
    "product": gettext_lazy("product"),
    "category": gettext_lazy("category"),
    "stored_on": gettext_lazy("stored on"),
    "expires_on": gettext_lazy("good until"),
    "remaining": gettext_lazy("level"),
    "locker": gettext_lazy("locker"),
}


@dataclass(frozen=True)
class Happening:
    """When, what in words, by whom (None: the desk's own work), why."""

    at: dt.datetime
    words: list[str]
    by: User | None
    reason: str = ""


def story_of(bottle: StoredBottle) -> list[Happening]:
    """The newest `LONGEST` happenings of either kind; at most three statements."""
    found = [*_withdrawals(bottle), *_changes(bottle)]
    return sorted(found, key=lambda happening: happening.at, reverse=True)[:LONGEST]


def _withdrawals(bottle: StoredBottle) -> Iterator[Happening]:
    for taken in bottle.withdrawals.select_related("party__room", "taken_by")[:LONGEST]:
        said = {
            "amount": percent(taken.amount),
            "left": percent(taken.left),
            "place": taken.party and taken.party.room.place,
        }
        if taken.corrects_id:
            back = _("put back %(amount)s %% that was taken out by mistake; %(left)s %% left")
            words = [back % (said | {"amount": percent(-taken.amount)})]
            yield Happening(taken.at, words, taken.taken_by, taken.reason)
            continue
        into = _("took out %(amount)s %% for %(place)s; %(left)s %% left")
        home = _("handed out %(amount)s %%; %(left)s %% left")
        yield Happening(taken.at, [(into if taken.party else home) % said], taken.taken_by)


def _changes(bottle: StoredBottle) -> Iterator[Happening]:
    """From the states before each change; what a withdrawal changed is told by itself."""
    events = list(bottle.events.order_by("-pgh_created_at", "-pgh_id")[:LONGEST])
    contexts = [event.pgh_context or {} for event in events]
    people = User.objects.in_bulk({said["user"] for said in contexts if said.get("user")}) if events else {}
    for before, after, context in zip(events, [bottle, *events], contexts, strict=False):
        words = _differences(before, after)
        if words and context.get("kind") not in (WITHDRAWAL, CORRECTION):
            by = people.get(context.get("user", 0))
            yield Happening(before.pgh_created_at, words, by, coded.read(context.get("reason", "")))


def _differences(before: Any, after: Any) -> list[str]:
    sentence = _("changed the %(what)s from %(before)s to %(after)s")
    return [
        sentence % {"what": label, "before": _say(before, field), "after": _say(after, field)}
        for field, label in _FIELDS.items()
        if getattr(before, field) != getattr(after, field)
    ]


def _say(row: Any, field: str) -> str:
    value = getattr(row, field)
    if isinstance(value, dt.date):
        return day(value)
    if field == "remaining":
        return f"{percent(value)} %"
    return str(BottleCategory(value).label) if field == "category" else value or "—"
