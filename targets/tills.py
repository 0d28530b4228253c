"""Tills and their tokens: made and revoked by operations, known by a hash; what tills send beside bills."""

import datetime as dt
import hashlib
import secrets
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone

from staff.models import User
from targets.models import Till
from visits import visiting
from visits.models import Party, PartySpend

_SEEN_EVERY = dt.timedelta(minutes=1)


class NameTaken(Exception):
    """There is a till of this name already, or was."""


def add_till(*, name: str, by: User | None) -> tuple[Till, str]:
    """The till, and its token in clear: shown once, kept as a hash. Raises NameTaken."""
    token = secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            return Till.objects.create(name=name, token_hash=_hash(token), created_by=by), token
    except IntegrityError:
        raise NameTaken from None


def renew_token(*, till: Till) -> str:
    """Another token, for one that was lost or seen; the one before opens nothing any more, and a revoked till sends
    again."""
    token = secrets.token_urlsafe(32)
    Till.objects.filter(pk=till.pk).update(token_hash=_hash(token), revoked_at=None)
    return token


def revoke(*, till: Till) -> None:
    Till.objects.filter(pk=till.pk, revoked_at=None).update(revoked_at=timezone.now())


def till_of(token: str) -> Till | None:
    """The till that holds this token, unless it was revoked."""
    till: Till | None = Till.objects.filter(token_hash=_hash(token), revoked_at=None).first()
    if till and (till.last_seen_at is None or timezone.now() - till.last_seen_at > _SEEN_EVERY):
        Till.objects.filter(pk=till.pk).update(last_seen_at=timezone.now())
    return till


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def note_interim(*, party: int, amount: Decimal, at: dt.datetime) -> bool:
    """What a party (its key) has spent in all by `at`; False where the till said so before, since it repeats itself.

    Raises `visits.visiting.CannotVisit`: the party has been closed.
    """
    on_file = Party.objects.select_for_update(of=("self",)).get(pk=party)
    newest = on_file.spends.filter(origin=PartySpend.Origin.TILL).first()
    if newest and newest.amount == amount:
        return False
    visiting.note_spend(spend=PartySpend(party=on_file, amount=amount, at=at, origin=PartySpend.Origin.TILL))
    return True
