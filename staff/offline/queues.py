"""What the tablets say of the forms that still wait on them: for operations, and for whoever leaves the shift."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Subquery
from django.db.models.functions import Coalesce, JSONObject
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from staff.floor.registry import Gap, OfRow, sentence
from staff.models import TabletQueue, TabletSession, User
from vipdesk import nights
from vipdesk.held import HeldQuerySet, HeldSubmission

MOST_PEOPLE, MOST_KEYS = 30, 10


def read(said: Any) -> list[dict[str, Any]]:
    """What a tablet reports, by author. Raises ValueError, KeyError or TypeError where it is nonsense."""
    found = []
    for one in list(said)[:MOST_PEOPLE]:
        since = parse_datetime(str(one["since"]))
        if since is None or since.tzinfo is None:
            raise ValueError("No moment with its zone.")
        keys = [str(key)[:64] for key in list(one["keys"])[:MOST_KEYS]]
        found.append(
            {"user": str(one["user"])[:40], "count": int(one["count"]), "since": since.isoformat(), "keys": keys}
        )
    return found


def note(*, device: UUID, waiting: list[dict[str, Any]], request: HttpRequest) -> None:
    """Keep the newest word of a tablet; one that never held anything leaves no row."""
    known = TabletQueue.objects.filter(pk=device)
    row = {"waiting": waiting, "reported_at": timezone.now(), "reported_by": request.user}
    on = TabletSession.objects.filter(session_key=request.session.session_key).values_list("tablet", flat=True).first()
    if waiting:
        TabletQueue.objects.update_or_create(pk=device, defaults=row | {"tablet_id": on})
    else:
        known.exclude(waiting=[]).update(**row)


def unsent() -> list[Any]:
    """Tablets that still held something when they were last heard of, the longest first; each with `lines`."""
    found: list[Any] = list(TabletQueue.objects.unsent().select_related("tablet", "reported_by"))
    names = {line["user"] for one in found for line in one.waiting}
    people = User.objects.in_bulk(names, field_name="username") if names else {}
    for one in found:
        one.lines = [_line(said) | {"name": people.get(said["user"], said["user"])} for said in one.waiting]
    return sorted(found, key=lambda one: min(line["since"] for line in one.lines))


def keys_awaited(queues: Iterable[Any]) -> set[str]:
    """Thumbprints of the keys that something still waits under: these must stay in OFFLINE_KEYS."""
    return {key for queue in queues for one in queue.waiting for key in one["keys"]}


def owed(user: User) -> dict[str, Any]:
    """How many forms this person has to mend, and where tablets still hold some of theirs; one statement."""
    theirs = TabletQueue.objects.filter(waiting__contains=[{"user": user.username}]).order_by("reported_at")
    told = JSONObject(tablet="tablet__name", waiting="waiting")
    row = (
        User.objects.filter(pk=user.pk)
        .values(held=_count(_to_mend(user)), queues=ArraySubquery(theirs.values(json=told)))
        .get()
    )
    lines = [
        (one["tablet"], _line(said))
        for one in row["queues"]
        for said in one["waiting"]
        if said["user"] == user.username
    ]
    return {"held": row["held"], "queues": lines}


def _line(said: dict[str, Any]) -> dict[str, Any]:
    return said | {"since": parse_datetime(said["since"])}


def _to_mend(user: User) -> HeldQuerySet:
    return HeldSubmission.objects.waiting().of(user)


def _count(forms: HeldQuerySet) -> Coalesce:
    """How many of one author's forms these are, to be read along with other facts."""
    return Coalesce(Subquery(forms.order_by().values("author").annotate(n=Count("pk")).values("n")), 0)


def _read(user: User, night: dt.date) -> dict[str, Any]:
    begins, ends = nights.night_bounds(night)
    held = _to_mend(user).filter(happened_at__gte=begins, happened_at__lt=ends)
    elsewhere = TabletQueue.objects.filter(waiting__contains=[{"user": user.username}])
    return {"held": _count(held), "queues": ArraySubquery(elsewhere.order_by().values("waiting"))}


def _say(user: User, night: dt.date, row: Mapping[str, Any]) -> list[Gap]:
    """Forms of the night that came from a tablet and wait to be mended; others that still wait on one, of which a
    tablet says since when the oldest does."""
    gaps = []
    if n := row["held"]:
        gaps.append(Gap("held", {"n": n}, reverse("staff:held")))
    lines = [_line(line) for waiting in row["queues"] for line in waiting if line["user"] == user.username]
    if any(nights.night_of(line["since"]) == night for line in lines):
        gaps.append(Gap("unsent", url=reverse("staff:queue")))
    return gaps


@sentence("held")
def _held(*, n: int) -> str:
    words = ngettext("%(n)d form from a tablet has to be mended.", "%(n)d forms from a tablet have to be mended.", n)
    return words % {"n": n}


@sentence("unsent")
def _unsent() -> str:
    return _("Something you typed still waits on a tablet.")


wrap_up = OfRow(_read, _say)
