"""Links for guests without an account: a room's printed code, and the signed token of one party that it leads to.

The code on the card stands for the room and never changes by itself. Scanned, it gives a token of the party that sits
there now or left less than two hours ago (domain.md, "Surveys"); the token is good until the next noon, and only for
that party: nothing that a phone sends says which party it is about.
"""

import datetime as dt
import secrets
from dataclasses import dataclass

from django.core.signing import BadSignature, Signer
from django.utils import timezone

from feedback.models import RoomCode
from vipdesk import nights
from visits.models import Party, Room

STAYS_OPEN = dt.timedelta(hours=2)
CODE_BYTES = 12  # 96 bits: nobody finds a room's code by trying
LONGEST_TOKEN = 120
_SIGNER = "feedback.guest"


class BadLink(Exception):
    """No such link; `reason` is "unknown" (never ours, or tampered with, or a card that was replaced) or "expired"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Link:
    """What a token opens: a room, and the party in it where it names one, until a moment."""

    token: str
    room: Room
    party: Party | None
    until: dt.datetime


def code_of(room: Room) -> str:
    """What this room's card says; made when it is first asked for."""
    code, _created = RoomCode.objects.get_or_create(room=room, defaults={"code": secrets.token_urlsafe(CODE_BYTES)})
    return code.code


def renew_code(room: Room) -> str:
    """A new code: cards printed before lead nowhere any more."""
    facts = {"code": secrets.token_urlsafe(CODE_BYTES), "made_at": timezone.now()}
    return RoomCode.objects.update_or_create(room=room, defaults=facts)[0].code


def party_in(room: Room, now: dt.datetime) -> Party | None:
    """The open party of the room, else the last one that left less than two hours ago."""
    here = Party.objects.filter(room=room)
    gone = here.filter(closed_at__gt=now - STAYS_OPEN).order_by("-closed_at")
    return here.open().first() or gone.first()


def mint(party: Party, now: dt.datetime) -> str:
    until = nights.night_bounds(nights.night_of(now))[1]
    return _signer().sign(f"{party.pk:x}-{int(until.timestamp()):x}")


def open_link(token: str, now: dt.datetime | None = None) -> Link:
    """What this token of a room or a party opens. Raises `BadLink`."""
    now = now or timezone.now()
    if len(token) > LONGEST_TOKEN:
        raise BadLink("unknown")
    return _party_link(token, now) if _signer().sep in token else _room_link(token, now)


def _room_link(token: str, now: dt.datetime) -> Link:
    code = RoomCode.objects.select_related("room").filter(code=token).first()
    if code is None:
        raise BadLink("unknown")
    return Link(token=token, room=code.room, party=None, until=nights.night_bounds(nights.night_of(now))[1])


def _party_link(token: str, now: dt.datetime) -> Link:
    try:
        key, _dash, until = _signer().unsign(token).partition("-")
        ends = dt.datetime.fromtimestamp(int(until, 16), dt.UTC)
    except (BadSignature, ValueError) as error:
        raise BadLink("unknown") from error
    if now >= ends:
        raise BadLink("expired")
    party = Party.objects.select_related("room", "attributed_to", "seated_by").filter(pk=int(key, 16)).first()
    if party is None:
        raise BadLink("unknown")
    return Link(token=token, room=party.room, party=party, until=ends)


def _signer() -> Signer:
    return Signer(salt=_SIGNER, sep=".")
