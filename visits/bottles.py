"""Stored bottles (存酒, 取酒): taking one in, taking some out, extending it; until when one is good.

Writing functions are one transaction each, take keywords only and raise `BottleRefused` with a sentence for the person
who asked. Levels and amounts are shares of a full bottle, 0 to 1, to a thousandth.
"""

import calendar
import datetime as dt
import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

import pghistory
from django.db import IntegrityError, transaction
from django.db.models import Case, F, Max, When
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.families import who_goes_on
from staff.models import User
from vipdesk import nights
from vipdesk.templatetags.nights import day
from visits.choices import BottleCategory
from visits.models import BottleValidity, BottleWithdrawal, Party, StoredBottle

LEVEL = Decimal("0.001")
DAYS_OF_A_MONTH = 30  # what a part of a month is counted in: 1.5 months are a month and 15 days
LONGEST_AHEAD = dt.timedelta(days=5 * 366)
EXTENSION, WITHDRAWAL, CORRECTION = "extension", "withdrawal", "correction"  # what history calls these changes
_BEER = re.compile(r"啤酒|\bbeers?\b", re.I)
_NUMBER = re.compile(r"(.*?)(\d{1,15})")

Validity = Mapping[tuple[str, bool], Decimal]


class BottleRefused(Exception):
    """Why not, in words; `field` is the form's field it belongs to."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


# --- until when ----------------------------------------------------------------------------------------------------


def expiry(category: str, is_opened: bool, stored_on: dt.date, validity: Validity) -> dt.date:
    """The last day such a bottle is good; a day the month lacks becomes its last one. Raises `KeyError` where the
    validity says nothing of such bottles."""
    months = validity[(category, is_opened)]
    whole, part = divmod(months, 1)
    at = stored_on.month - 1 + int(whole)
    year, month = stored_on.year + at // 12, at % 12 + 1
    clipped = min(stored_on.day, calendar.monthrange(year, month)[1])
    return dt.date(year, month, clipped) + dt.timedelta(days=int(part * DAYS_OF_A_MONTH))


def house_validity() -> Validity:
    """In months, as operations set it; one statement."""
    return {(rule.category, rule.is_opened): rule.months for rule in BottleValidity.objects.all()}


def good_until(category: str, is_opened: bool, stored_on: dt.date, validity: Validity) -> dt.date:
    """`expiry` with a refusal in words where the house has not said how long it keeps such bottles."""
    try:
        return expiry(category, is_opened, stored_on, validity)
    except KeyError:
        raise BottleRefused(
            "category", _("Nobody has set yet how long such bottles are kept; operations do.")
        ) from None


# --- writing -------------------------------------------------------------------------------------------------------


@transaction.atomic
def store_bottle(*, bottle: StoredBottle, by: User, now: dt.datetime | None = None) -> StoredBottle:
    """Take in a bottle tonight (unsaved, with its number, guest, product, category, level, locker, perhaps a party).

    It is good for as long as the house keeps such bottles; one that is not full has been opened. Raises
    `BottleRefused`.
    """
    now = now or timezone.now()
    if _BEER.search(bottle.product):
        raise BottleRefused("product", _("Beer is not kept."))
    bottle.remaining = to_level(bottle.remaining)
    if not 0 < bottle.remaining <= 1:
        raise BottleRefused("remaining", _("More than nothing, and at most a full bottle."))
    bottle.stored_on, bottle.stored_by, bottle.updated_at = nights.night_of(now), by, now
    if bottle.party:
        _check_stored_tonight(bottle.party, bottle)
    bottle.is_opened = bottle.is_opened or bottle.remaining < 1
    bottle.expires_on = good_until(bottle.category, bottle.is_opened, bottle.stored_on, house_validity())
    _insert(bottle)
    return bottle


def _insert(bottle: StoredBottle) -> None:
    try:
        with transaction.atomic():
            bottle.save(force_insert=True)
    except IntegrityError as error:
        if "bottle_no" not in str(error):
            raise
        said = {"number": bottle.bottle_no}
        raise BottleRefused("bottle_no", _("Number %(number)s is on another bottle.") % said) from None


@transaction.atomic
def withdraw(
    *,
    bottle: StoredBottle,
    amount: Decimal,
    party: Party | None,
    by: User,
    despite_expiry: bool = False,
    client_id: UUID | None = None,
    now: dt.datetime | None = None,
) -> BottleWithdrawal:
    """Take `amount` out of a bottle into an open party of its guest, or for taking home.

    One conditional UPDATE: of two who take from one bottle at a time both get theirs or one is refused, and the level
    never falls below zero. The first drink taken opens the bottle; its last day stays the one that the guest was told,
    and operations move it. What has expired goes out only `despite_expiry`. Raises `BottleRefused`.
    """
    now = now or timezone.now()
    amount = to_level(amount)
    if amount <= 0:
        raise BottleRefused("amount", _("Take out more than nothing."))
    if party:
        _check_open(party, bottle)
    night = party.night if party else nights.night_of(now)
    if bottle.expires_on < night and not despite_expiry:
        said = {"day": day(bottle.expires_on)}
        raise BottleRefused("despite_expiry", _("It was good until %(day)s: tick that the guest knows.") % said)
    left = _lower(bottle, amount, by)
    return BottleWithdrawal.objects.create(
        bottle=bottle, party=party, amount=amount, left=left, taken_by=by, night=night, at=now, client_id=client_id
    )


def _lower(bottle: StoredBottle, amount: Decimal, by: User) -> Decimal:
    """What is left after `amount` has gone, read under the lock that the UPDATE took."""
    with pghistory.context(user=by.pk, reason="", kind=WITHDRAWAL):
        lowered = StoredBottle.objects.filter(pk=bottle.pk, remaining__gte=amount).update(
            remaining=F("remaining") - amount,
            is_opened=Case(When(remaining__gt=amount, then=True), default=F("is_opened")),
            updated_at=timezone.now(),
        )
    left = StoredBottle.objects.values_list("remaining", flat=True).get(pk=bottle.pk)
    if not lowered:
        said = {"left": percent(left)}
        why = _("Only %(left)s %% is left.") % said if left else _("The bottle is empty.")
        raise BottleRefused("amount", why)
    return left


@transaction.atomic
def extend_bottle(
    *, bottle: StoredBottle, until: dt.date, by: User, reason: str, now: dt.datetime | None = None
) -> StoredBottle:
    """Give a bottle a later last day: operations alone, with a reason, which stays in history.

    Raises `BottleRefused`.
    """
    tonight = nights.tonight(now)
    on_file: StoredBottle = StoredBottle.objects.select_for_update(of=("self",)).get(pk=bottle.pk)
    if on_file.is_empty:
        raise BottleRefused("until", _("The bottle is empty."))
    if until <= on_file.expires_on:
        raise BottleRefused("until", _("It is good until %(day)s already.") % {"day": day(on_file.expires_on)})
    if until < tonight:
        raise BottleRefused("until", _("This day has passed."))
    if until > tonight + LONGEST_AHEAD:
        raise BottleRefused("until", _("This is more than five years ahead."))
    on_file.expires_on, on_file.updated_at = until, timezone.now()
    with pghistory.context(user=by.pk, reason=reason, kind=EXTENSION):
        on_file.save(update_fields=["expires_on", "updated_at"])
    return on_file


@transaction.atomic
def correct_withdrawal(*, withdrawal: BottleWithdrawal, by: User, reason: str) -> BottleWithdrawal:
    """Bring back what was taken out by mistake, of the wrong bottle or too much: operations alone, with a reason.

    The row it corrects stays; the new one names it and keeps its night, so that sums come right. The level never rises
    above what the bottle has ever held; a bottle that nobody else took from is unopened again if it was. Locks the
    bottle. Raises `BottleRefused`: corrected before, a correction itself, more than was stored.
    """
    bottle = StoredBottle.objects.select_for_update(of=("self",)).get(pk=withdrawal.bottle_id)
    if withdrawal.corrects_id or BottleWithdrawal.objects.filter(corrects=withdrawal).exists():
        raise BottleRefused("withdrawal", _("This has been put right already."))
    level = bottle.remaining + withdrawal.amount
    most = max(bottle.events.aggregate(Max("remaining"))["remaining__max"] or 0, bottle.remaining)
    if level > most:
        words = _("There was never more than %(left)s %% of it; a sheet set it since.")
        raise BottleRefused("withdrawal", words % {"left": percent(most)})
    bottle.remaining, bottle.updated_at = level, timezone.now()
    if not _taken_otherwise(withdrawal):
        bottle.is_opened = _was_opened(bottle)
    with pghistory.context(user=by.pk, reason=reason, kind=CORRECTION):
        bottle.save(update_fields=["remaining", "is_opened", "updated_at"])
    kept = {"party": withdrawal.party, "night": withdrawal.night, "corrects": withdrawal, "reason": reason}
    return BottleWithdrawal.objects.create(bottle=bottle, amount=-withdrawal.amount, left=level, taken_by=by, **kept)


def _taken_otherwise(withdrawal: BottleWithdrawal) -> bool:
    """Whether somebody took from this bottle beside that, and rightly."""
    taken = BottleWithdrawal.objects.filter(bottle=withdrawal.bottle_id, corrects=None, correction=None)
    return taken.exclude(pk=withdrawal.pk).exists()


def _was_opened(bottle: StoredBottle) -> bool:
    """As it came in."""
    first = bottle.events.order_by("pgh_id").first()
    return bool((first or bottle).is_opened)


# --- parties -------------------------------------------------------------------------------------------------------


def _check_open(party: Party, bottle: StoredBottle) -> None:
    on_file: Party = Party.objects.select_for_update(of=("self",)).get(pk=party.pk)
    if not on_file.is_open:
        raise BottleRefused("party", _("This party has been closed."))
    _check_is_theirs(on_file, bottle)


def _check_stored_tonight(party: Party, bottle: StoredBottle) -> None:
    """What is left over is often brought to the shelf when they have paid and gone already."""
    if party.night != bottle.stored_on:
        raise BottleRefused("party", _("This party was on another night."))
    _check_is_theirs(party, bottle)


def _check_is_theirs(party: Party, bottle: StoredBottle) -> None:
    there = [key for key in (party.customer_id, *party.guests.values_list("customer", flat=True)) if key]
    who = who_goes_on([bottle.customer_id, *there])
    if who[bottle.customer_id] not in {who[key] for key in there}:
        raise BottleRefused("party", _("The bottle's guest is not with this party; add them to it first."))


# --- numbers -------------------------------------------------------------------------------------------------------


def to_level(share: Decimal) -> Decimal:
    """As the database keeps it."""
    return share.quantize(LEVEL, rounding=ROUND_HALF_UP)


def percent(share: Decimal) -> str:
    """ "75", "33.3": a share of a full bottle in hundredths."""
    return f"{(share * 100).normalize():f}"


def next_number() -> str:
    """The next free number after the bottle that came in last, written like it; "" where that one ends in no digits."""
    last = StoredBottle.objects.order_by("-pk").values_list("bottle_no", flat=True).first() or "0000"
    found = _NUMBER.fullmatch(last)
    if not found:
        return ""
    start, digits = found[1], found[2]
    near = [f"{start}{int(digits) + step:0{len(digits)}d}" for step in range(1, 101)]
    taken = set(StoredBottle.objects.filter(bottle_no__in=near).values_list("bottle_no", flat=True))
    return next((number for number in near if number not in taken), "")


def categories_in_words(validity: Validity) -> str:
    """How long the house keeps what, in a line: "Spirits 3 months, opened 1.5; Wine 2"."""
    return "; ".join(_in_words(category, validity) for category in BottleCategory if (category, False) in validity)


def _in_words(category: BottleCategory, validity: Validity) -> str:
    full, opened = validity[(category, False)], validity.get((category, True))
    said = {"category": category.label, "full": _plain(full), "opened": _plain(opened or full)}
    if opened in (None, full):
        return _("%(category)s %(full)s months") % said
    return _("%(category)s %(full)s months, opened %(opened)s") % said


def _plain(months: Decimal) -> str:
    return f"{months.normalize():f}"
