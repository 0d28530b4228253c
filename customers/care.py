"""Who cares for a guest tonight and may read them whole (domain.md, "Care grants").

What somebody opened for themselves, by seating a party, ends with the party unless it was a real one; it opens for
reading alone, the guest's own manager is told, and it is counted among the looks.
"""

import datetime as dt
from collections.abc import Collection

from django.db.models import F, QuerySet

from customers import leaks
from customers.models import CareGrant, Customer, Looks
from staff import news
from staff.models import User


def open_by_party(*, customer: Customer, users: Collection[int], night: dt.date, now: dt.datetime) -> None:
    """These people serve a party of this guest's: they read them whole while it is open. What opened the guest to them
    before stays as it is; what ended begins anew."""
    theirs = CareGrant.objects.filter(customer=customer, user__in=users, night=night)
    on_file = dict(theirs.values_list("user", "ended_at"))
    made = [user for user in users if user not in on_file]
    CareGrant.objects.bulk_create(
        [
            CareGrant(customer=customer, user_id=user, night=night, origin=CareGrant.Origin.PARTY, made_at=now)
            for user in made
        ],
        ignore_conflicts=True,
    )
    again = [user for user, ended_at in on_file.items() if ended_at]
    if again:
        theirs.filter(user__in=again).update(ended_at=None, made_at=now, seen_at=None)
    if customer.owner_id and {*made, *again} - {customer.owner_id}:
        news.announce(customer.owner_id)
    for user in User.objects.filter(pk__in={*made, *again} - {customer.owner_id}):
        leaks.count_look(user, Looks.OPENED)


def open_by_operations(*, customer: Customer, user: User, night: dt.date, now: dt.datetime) -> None:
    """Operations name this person for the guest's party: they read and correct them until the night is over."""
    named = {"origin": CareGrant.Origin.OPERATIONS, "made_at": now, "ended_at": None}
    CareGrant.objects.update_or_create(customer=customer, user=user, night=night, defaults=named)


def end_by_party(*, customers: Collection[int], users: Collection[int], night: dt.date, now: dt.datetime) -> None:
    """The party of these guests was none to speak of: what it opened to these people is closed, unless another party
    of that night has earned it."""
    _by_party(customers, users, night).filter(is_earned=False, ended_at=None).update(ended_at=now)


def keep_by_party(*, customers: Collection[int], users: Collection[int], night: dt.date) -> None:
    """The party was a real one: what it opened stays open until its night is over."""
    _by_party(customers, users, night).update(is_earned=True, ended_at=None)


def _by_party(customers: Collection[int], users: Collection[int], night: dt.date) -> QuerySet[CareGrant]:
    asked = {"customer__in": customers, "user__in": users, "night": night}
    return CareGrant.objects.filter(**asked, origin=CareGrant.Origin.PARTY)


def to_tell(user: User) -> QuerySet[CareGrant]:
    """Whose own guest somebody else opened through a party, and they have not seen it yet; the newest first."""
    theirs = CareGrant.objects.filter(customer__owner=user, seen_at=None, origin=CareGrant.Origin.PARTY)
    return theirs.exclude(user=F("customer__owner")).order_by("-made_at", "-pk")
