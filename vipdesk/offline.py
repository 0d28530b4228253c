"""Forms that a tablet kept while it had no network, taken in as their author would have sent them (promises.md).

Each app lists its kinds of form in settings.OFFLINE_KINDS. A form that came before gets its first answer; one that is
right is taken in at the moment it was typed; all others are held (`vipdesk.held`). Whatever happens, the tablet gets a
receipt of that form or keeps it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.forms import BaseForm
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from vipdesk import held, nights, sealing, submissions
from vipdesk.held import HeldSubmission
from vipdesk.invisible import drop_invisible
from vipdesk.json_text import drop_unstorable


class NotTheirs(Exception):
    """Typed by somebody else than who brings it; `username` says whom it waits for."""

    def __init__(self, username: str) -> None:
        super().__init__(username)
        self.username = username


class Unfit(Exception):
    """A rule refused a form that was valid; `instead` is the work that keeps it all the same, where there is one."""

    def __init__(self, instead: Callable[[], Mapping[str, Any]] | None = None) -> None:
        super().__init__("unfit")
        self.instead = instead


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One form, opened. `at`: when it was typed, by the desk's clock; `by_operations`: they let it in, however old."""

    client_id: UUID
    kind: str
    fields: list[tuple[str, str]]
    author: Any  # one of AUTH_USER_MODEL
    at: dt.datetime
    by_operations: bool = False

    @property
    def data(self) -> QueryDict:
        return held.form_data(self.fields, self.client_id)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of form that tablets keep. `name` is that of its submissions, online and off; `mend_url` names the screen
    that mends a held one (`?held=`). `read` gives the bound form, `content` what of it makes two submissions the same,
    `work` does it in the caller's transaction and returns the receipt; it raises `Unfit`. Of a form that `is_refusal`
    nothing is kept, whatever else is right or wrong in it; it is asked after `is_valid`."""

    name: str
    title: str | Promise
    mend_url: str
    read: Callable[[Entry], BaseForm]
    content: Callable[[Any], Mapping[str, Any]]
    work: Callable[[Any, Entry], Mapping[str, Any]]
    is_refusal: Callable[[Any], bool] = lambda form: False


@dataclass(frozen=True)
class Answer:
    """What the tablet is told of one form: `state` is taken, held, conflict, refusal, foreign or unreadable. It deletes
    the form on the first four alone."""

    client_id: str
    state: str


def kinds() -> dict[str, Kind]:
    found: list[Kind] = [import_string(dotted) for dotted in settings.OFFLINE_KINDS]
    return {kind.name: kind for kind in found}


def _clean(said: Any) -> str:
    """What a tablet can type and no database keeps, such as half an emoji, goes: the form must come in."""
    return drop_invisible(drop_unstorable(str(said)))


def open_entry(sealed: str, *, client_id: str, author: Any, sent_at: dt.datetime | None) -> Entry:
    """What was sealed. Raises `sealing.CannotOpen`, and `NotTheirs` where another person typed it.

    `sent_at`: what the tablet's clock says at sending. The moment of typing is corrected by how far that clock was off
    when it last heard from the desk before, or, where it never had, by how far it is off now; it never lies ahead.
    """
    said = sealing.unseal(sealed)
    try:
        kind, username = said["kind"], said["user"]
        fields = [(_clean(name), _clean(value)) for name, value in said["fields"]]
        typed = dt.datetime.fromtimestamp(float(said["at"]) / 1000, dt.UTC)
        off = None if said.get("off") is None else dt.timedelta(milliseconds=float(said["off"]))
        is_same = UUID(said["client_id"]) == UUID(client_id)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        raise sealing.CannotOpen from None
    if not is_same or kind not in kinds():
        raise sealing.CannotOpen
    if username != author.get_username():
        raise NotTheirs(username)
    now = timezone.now()
    if off is None:
        off = now - sent_at if sent_at else dt.timedelta()
    # By way of seconds: two moments of this calendar may add up to none of it.
    seconds = min(typed.timestamp() + off.total_seconds(), now.timestamp())
    if seconds < 0:  # before 1970 by the corrected clock: nobody typed it then
        raise sealing.CannotOpen
    at = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return Entry(client_id=UUID(client_id), kind=kind, fields=fields, author=author, at=at)


def take_in(entry: Entry) -> Answer:
    """Take a form in, once, or hold it; in a transaction of its own. Of a refusal nothing is written, not even that it
    came: sent again, it is refused again."""
    kind = kinds()[entry.kind]
    form = kind.read(entry)
    why = _why_held(form, entry)
    if kind.is_refusal(form):
        return Answer(str(entry.client_id), "refusal")

    def hold() -> Mapping[str, Any]:
        return _hold(entry, why or HeldSubmission.Why.UNFIT)

    def take() -> Mapping[str, Any]:
        return hold() if why else kind.work(form, entry)

    content, work = kind.content(form), take
    while True:
        try:
            receipt = _receive(entry, content, work)
        except Unfit as unfit:
            work = unfit.instead or hold
        except submissions.ConflictingSubmission:
            return Answer(str(entry.client_id), "conflict")
        else:
            return Answer(str(entry.client_id), "held" if "held" in receipt.content else "taken")


def _why_held(form: BaseForm, entry: Entry) -> HeldSubmission.Why | None:
    if not form.is_valid():
        return HeldSubmission.Why.UNFIT
    is_recordable = nights.is_recordable(entry.at, timezone.now(), entry.by_operations)
    return None if is_recordable else HeldSubmission.Why.TOO_OLD


def _receive(entry: Entry, content: Mapping[str, Any], work: Callable[[], Mapping[str, Any]]) -> submissions.Receipt:
    return submissions.receive(
        client_id=entry.client_id, kind=entry.kind, content=content, user=entry.author, work=work
    )


def _hold(entry: Entry, why: HeldSubmission.Why) -> Mapping[str, Any]:
    HeldSubmission.objects.create(
        client_id=entry.client_id,
        kind=entry.kind,
        fields=json.dumps(entry.fields),
        author=entry.author,
        why=why,
        happened_at=entry.at,
    )
    return {"held": entry.client_id}


@transaction.atomic
def let_in(waiting: HeldSubmission, *, by: AbstractBaseUser) -> bool:
    """Operations let in what is too old for its author, as theirs and at its own time; False where it is not right
    otherwise. Raises `held.AlreadySettled`."""
    entry = Entry(
        client_id=waiting.client_id,
        kind=waiting.kind,
        fields=json.loads(waiting.fields),
        author=waiting.author,
        at=waiting.happened_at,
        by_operations=True,
    )
    kind = kinds()[entry.kind]
    form = kind.read(entry)
    if not form.is_valid():
        return False
    waiting.settle(HeldSubmission.Outcome.LET_IN, by=by)
    try:
        with transaction.atomic():
            kind.work(form, entry)
    except Unfit as unfit:
        if unfit.instead is None:
            transaction.set_rollback(True)
            return False
        unfit.instead()
    return True


def is_refusal(waiting: HeldSubmission) -> bool:
    """Whether a held form is one of which nothing may be kept."""
    kind = kinds().get(waiting.kind)
    if kind is None:
        return False
    fields = [(str(name), str(value)) for name, value in json.loads(waiting.fields)]
    entry = Entry(
        client_id=waiting.client_id, kind=waiting.kind, fields=fields, author=waiting.author, at=waiting.happened_at
    )
    form = kind.read(entry)
    form.is_valid()
    return kind.is_refusal(form)
