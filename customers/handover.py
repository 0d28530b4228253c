"""Somebody leaves the house: their account is closed and their guests go to others, in one step (G18).

No guest stays with nobody to care for them: all living guests of the leaver find somebody, or nothing is done.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pghistory
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Exists, F, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from customers.models import Customer, Handover
from staff import leaving
from staff.models import User
from vipdesk import coded
from vipdesk.alerts import Alert

# Key of a tier (0: of none) → how many living guests, in the order of `guests_by_tier`.
Counts = Mapping[int, int]
NO_TIER = 0

# Counted through the tiers, the highest first, each guest who came lately before one who stayed away: dealt out in that
# order, everybody gets as many of each tier as the others, and as many of those who still come.
_DEAL = """
    WITH dealt AS (
        SELECT g.id, coalesce(g.tier_id, 0) AS tier,
            row_number() OVER (ORDER BY t.rank DESC NULLS LAST, t.id, g.last_seen_night DESC NULLS LAST, g.id) - 1 AS n
        FROM customers_customer g LEFT JOIN customers_membershiptier t ON t.id = g.tier_id
        WHERE g.owner_id = %(leaver)s AND g.merged_into_id IS NULL AND g.erased_at IS NULL
    ), moved AS (
        UPDATE customers_customer g SET owner_id = hand.receiver, updated_at = %(now)s
        FROM dealt JOIN unnest(%(tiers)s::bigint[], %(receivers)s::bigint[], %(places)s::int[], %(hands)s::int[])
            AS hand (tier, receiver, place, of) ON hand.tier = dealt.tier AND hand.place = dealt.n %% hand.of
        WHERE g.id = dealt.id
        RETURNING g.owner_id
    )
    SELECT owner_id, count(*) FROM moved GROUP BY owner_id
"""
# Whom they tried to win goes round among whoever gets guests.
_DEAL_PROSPECTS = """
    WITH dealt AS (
        SELECT id, row_number() OVER (ORDER BY found_at, id) - 1 AS n
        FROM customers_prospect WHERE owner_id = %(leaver)s AND state = 'open'
    )
    UPDATE customers_prospect p SET owner_id = (%(receivers)s::bigint[])[1 + dealt.n %% %(count)s]
    FROM dealt WHERE p.id = dealt.id
"""


class NotDone(Exception):
    """The handover cannot be done as asked, and nothing was: `str()` says why, to whoever asked."""


class AlreadyGone(NotDone):
    """Somebody else was quicker: the account is closed and nobody is left to hand over."""


@dataclass(frozen=True, kw_only=True)
class Deal:
    """Who gets the guests of which tier: one person or several, who share them evenly."""

    rule: Handover.Rule
    hands: Mapping[int, Sequence[int]]

    @property
    def receivers(self) -> set[int]:
        return {receiver for hand in self.hands.values() for receiver in hand}


def guests_by_tier(leaver: User) -> dict[int, int]:
    """How many living guests of each tier this person looks after, the highest tier first; one statement."""
    highest_first = F("tier__rank").desc(nulls_last=True)
    theirs = Customer.objects.living().filter(owner=leaver).values("tier", "tier__rank").annotate(n=Count("pk"))
    return {row["tier"] or NO_TIER: row["n"] for row in theirs.order_by(highest_first, "tier")}


def shares(counts: Counts, deal: Deal) -> dict[int, dict[int, int]]:
    """What each receiver would get, by tier: {receiver: {tier: guests}}. Deals as the database will."""
    found: dict[int, dict[int, int]] = {receiver: {} for hand in deal.hands.values() for receiver in hand}
    dealt = 0
    for tier, count in counts.items():
        hand = deal.hands.get(tier, ())
        for place, receiver in enumerate(hand):
            first = (place - dealt) % len(hand)
            found[receiver][tier] = len(range(first, count, len(hand)))
        dealt += count
    return found


def hand_over(*, leaver: User, deal: Deal, by: User) -> Handover:
    """Close the leaver's account and give every living guest of theirs away, with the person and the reason in history;
    what the apps above hold of tonight follows (settings.HANDED_OVER), and `followed` on the result says what.

    Locks the leaver and the receivers, in the order of their keys. Raises `NotDone` where somebody else did it first,
    a receiver no longer works as a manager, or a guest would be left with nobody; then nothing has happened.
    """
    why = coded.write("history.left", who=leaver)
    with transaction.atomic(), pghistory.context(user=by.pk, reason=why):
        people = _lock(leaver, deal.receivers)
        _check(people, leaver, deal)
        leaving.close_account(leaver)
        given = _deal(leaver, deal)
        _deal_prospects(leaver, deal)
        if Customer.objects.living().filter(owner=leaver).exists():
            raise NotDone(_("Their guests have changed meanwhile: look at the tiers again."))
        done = Handover.objects.create(leaver=leaver, rule=deal.rule, done_by=by, given=given)
        done.followed = _follow(leaver, deal, by, why)
        return done


def _follow(leaver: User, deal: Deal, by: User, reason: str) -> list[str]:
    """Where no guest was given, every manager at work takes a turn."""
    chosen = User.objects.filter(pk__in=deal.receivers) if deal.receivers else User.objects.managers()
    receivers = list(chosen.exclude(pk=leaver.pk).order_by("username"))
    said = [import_string(f)(leaver=leaver, receivers=receivers, by=by, reason=reason) for f in settings.HANDED_OVER]
    return [words for words in said if words]


def _lock(leaver: User, receivers: set[int]) -> dict[int, User]:
    people = User.objects.with_roles().filter(pk__in={leaver.pk, *receivers}).order_by("pk")
    return {person.pk: person for person in people.select_for_update(no_key=True)}


def _check(people: Mapping[int, User], leaver: User, deal: Deal) -> None:
    is_gone = not people[leaver.pk].is_active
    if is_gone and not Customer.objects.living().filter(owner=leaver).exists():
        raise AlreadyGone(_("Somebody has done this already: the account is closed and the guests are handed over."))
    for pk in deal.receivers:
        if pk == leaver.pk or pk not in people or not people[pk].is_manager:
            raise NotDone(_("Guests go to managers who work here: choose again."))


def _deal(leaver: User, deal: Deal) -> dict[str, int]:
    dealt = [(t, receiver, at, len(hand)) for t, hand in deal.hands.items() for at, receiver in enumerate(hand)]
    tiers, receivers, places, hands = (list(column) for column in zip(*dealt, strict=True)) if dealt else ([],) * 4
    said: dict[str, Any] = {"leaver": leaver.pk, "now": timezone.now(), "tiers": tiers, "receivers": receivers}
    with connection.cursor() as cursor:
        cursor.execute(_DEAL, {**said, "places": places, "hands": hands})
        return {str(pk): count for pk, count in cursor.fetchall()}


def _deal_prospects(leaver: User, deal: Deal) -> None:
    receivers = sorted(deal.receivers)
    if receivers:
        said: dict[str, Any] = {"leaver": leaver.pk, "receivers": receivers, "count": len(receivers)}
        with connection.cursor() as cursor:
            cursor.execute(_DEAL_PROSPECTS, said)


def left_behind() -> list[User]:
    """People whose account is closed and who still look after a living guest."""
    theirs = Customer.objects.living().filter(owner=OuterRef("pk"))
    return list(User.objects.filter(Exists(theirs), is_active=False).order_by("username"))


def alerts() -> Iterator[Alert]:
    """Guests whose manager has left and who were not handed over."""
    for leaver in left_behind():
        text = _("%(who)s has left, and guests are still with them: hand these over.") % {"who": leaver}
        yield Alert(f"left:{leaver.pk}", text, reverse("customers:handover", args=[leaver.pk]))
