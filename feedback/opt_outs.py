"""Opt-outs from guests' pages: limited per room and night, told to operations, kept or undone by them.

Whoever types a number there has not shown that it is theirs: a card that lies on a table must not silence a house.
"""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import groupby

import pghistory
from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.families import who_goes_on
from customers.models import Consent, Customer
from feedback import guest_answers
from feedback.guest_links import Link
from feedback.models import GuestOptOut, OptOutReview, RoomCode
from staff.models import User
from vipdesk import nights
from vipdesk.alerts import Alert
from vipdesk.templatetags.nights import night as night_in_words
from visits.models import Room

SHOWN_NIGHTS = 30
ALERTED_NIGHTS = 7
# The flag of the guest and the column of the opt-out, by the kind of consent.
KINDS = {Consent.Kind.SMS: ("sms_consent", "sms"), Consent.Kind.CALL: ("call_consent", "calls")}


class TooManyOptOuts(Exception):
    """This room has sent as many opt-outs tonight as it may."""


@dataclass(frozen=True, kw_only=True)
class RoomNight:
    """All opt-outs of one room on one night."""

    room: Room
    night: dt.date
    opt_outs: list[GuestOptOut]

    @property
    def undecided(self) -> list[GuestOptOut]:
        return [row for row in self.opt_outs if not hasattr(row, "review")]


@transaction.atomic
def take_opt_out(*, link: Link, number: str, calls: bool, now: dt.datetime | None = None) -> GuestOptOut:
    """Withdraw the consents of whoever has this number (E.164). A room's own code withdraws SMS alone: calls are
    withdrawn through a party's token. Locks the room's code. Raises `TooManyOptOuts`, whoever's the number is."""
    now = now or timezone.now()
    night = nights.night_of(now)
    RoomCode.objects.select_for_update().filter(room=link.room).first()
    if GuestOptOut.objects.filter(room=link.room, night=night).count() >= settings.GUEST_OPT_OUTS["room"]:
        raise TooManyOptOuts
    silenced = guest_answers.ask_for_silence(number=number, calls=calls and link.party is not None, now=now)
    facts = {"customer": silenced.customer, "sms": silenced.sms, "calls": silenced.calls} if silenced else {}
    return GuestOptOut.objects.create(room=link.room, party=link.party, night=night, at=now, **facts)


@transaction.atomic
def review_opt_outs(
    *, room: Room, night: dt.date, opt_outs: Collection[int], decision: OptOutReview.Decision, reason: str, by: User
) -> int:
    """Decide on these opt-outs of one room and night, each once; what is undone gives the consent back. Returns how
    many consents were given back. Locks the room's code, then the guests in the order of their keys."""
    RoomCode.objects.select_for_update().filter(room=room).first()
    rows = list(GuestOptOut.objects.filter(room=room, night=night, pk__in=opt_outs, review=None))
    now = timezone.now()
    OptOutReview.objects.bulk_create(
        OptOutReview(opt_out=row, decision=decision, reason=reason, decided_by=by, decided_at=now) for row in rows
    )
    if decision != OptOutReview.Decision.UNDONE:
        return 0
    living = who_goes_on({row.customer_id for row in rows if row.customer_id})
    return sum(_give_back(pk, reason, by, now) for pk in sorted(set(living.values())))


def _give_back(pk: int, reason: str, by: User, now: dt.datetime) -> int:
    """Give the guest back each consent that undone opt-outs alone withdrew; what was said since by another way stays.
    The consent's log only grows. How many were given back."""
    guest = Customer.objects.select_for_update(of=("self",)).get(pk=pk)
    if guest.erased_at:
        return 0
    kinds = [kind for kind, (flag, _column) in KINDS.items() if not getattr(guest, flag) and _is_undone(pk, kind)]
    if not kinds:
        return 0
    Consent.objects.bulk_create(
        Consent(
            customer=guest,
            kind=kind,
            action=Consent.Action.GRANTED,
            channel=Consent.Channel.DESK,
            recorded_by=by,
            recorded_at=now,
        )
        for kind in kinds
    )
    with pghistory.context(user=by.pk, reason=reason):
        changes = {KINDS[kind][0]: True for kind in kinds}
        Customer.objects.filter(pk=pk).update(updated_at=now, **changes)
    return len(kinds)


def _is_undone(pk: int, kind: str) -> bool:
    """Whether an opt-out withdrew this consent, was undone, and nothing else was said about it since."""
    family = Customer.objects.family(pk)
    rows = GuestOptOut.objects.filter(customer__in=family)
    taken = rows.filter(**{KINDS[Consent.Kind(kind)][1]: True}).order_by("-at", "-pk").first()
    if taken is None:
        return False
    undone = set(rows.filter(review__decision=OptOutReview.Decision.UNDONE).values_list("at", flat=True))
    since = Consent.objects.filter(customer__in=family, kind=kind, recorded_at__gte=taken.at)
    return taken.at in undone and all(
        said.action == Consent.Action.WITHDRAWN and said.channel == Consent.Channel.SELF and said.recorded_at in undone
        for said in since
    )


def room_nights(tonight: dt.date) -> list[RoomNight]:
    """What came in during the last thirty nights, the newest night first."""
    since = tonight - dt.timedelta(days=SHOWN_NIGHTS)
    rows = GuestOptOut.objects.filter(night__gte=since).select_related(
        "room", "party", "customer", "review__decided_by"
    )
    groups = groupby(rows, key=lambda row: (row.night, row.room))
    return [RoomNight(room=room, night=night, opt_outs=list(found)) for (night, room), found in groups]


def alerts() -> Iterator[Alert]:
    """Rooms, and nights of the whole house, with more undecided opt-outs than is usual."""
    since = nights.tonight() - dt.timedelta(days=ALERTED_NIGHTS)
    open_ones = GuestOptOut.objects.filter(night__gte=since, review=None).order_by("-night")
    limits: dict[str, int] = settings.GUEST_OPT_OUTS
    for night, number, count in open_ones.values_list("night", "room__number").annotate(n=Count("pk")):
        if count >= limits["room_alert"]:
            words = _("Opt-outs from room %(room)s on %(night)s: %(count)d.")
            said = {"room": number, "night": night_in_words(night), "count": count}
            yield Alert(f"optouts:{night}:{number}", words % said, f"{reverse('feedback:opt_outs')}#{night}-{number}")
    for night, count in open_ones.values_list("night").annotate(n=Count("pk")):
        if count >= limits["night_alert"]:
            words = _("Opt-outs from all rooms on %(night)s: %(count)d.")
            said = {"night": night_in_words(night), "count": count}
            yield Alert(f"optouts:{night}", words % said, reverse("feedback:opt_outs"))
