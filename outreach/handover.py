"""Somebody leaves the house: whom they had still to call tonight is called by others (G18 T9)."""

import itertools
from collections.abc import Sequence
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import ngettext

from customers.models import CareGrant
from outreach.choices import CallOutcome
from outreach.models import Call, CallListEntry
from staff.models import User
from vipdesk import nights


def hand_over_calls(*, leaver: User, receivers: Sequence[User], by: User, reason: str) -> str:
    """Give the leaver's entries of tonight's lists that nobody was reached from to whom the guest went, else to the
    receivers in turn, who then read these guests whole; says how many. In the transaction of the handover
    (settings.HANDED_OVER)."""
    turn, known, night = itertools.cycle(receivers), {person.pk for person in receivers}, nights.tonight()
    entries = list(_waiting(leaver)) if receivers else []
    for entry in entries:
        owner = entry.customer.owner_id
        entry.manager_id = owner if owner in known else next(turn).pk
    CallListEntry.objects.bulk_update(entries, ["manager"])
    calls_whom = sorted({(entry.customer.pk, entry.manager_id) for entry in entries})
    CareGrant.objects.bulk_create(
        [
            CareGrant(customer_id=guest, user_id=user, night=night, origin=CareGrant.Origin.CALLS)
            for guest, user in calls_whom
        ],
        update_conflicts=True,
        unique_fields=["user", "night", "customer"],
        update_fields=["origin", "ended_at"],
    )
    count = len(entries)
    words = ngettext("%(n)d call of tonight has somebody else.", "%(n)d calls of tonight have somebody else.", count)
    return words % {"n": count} if count else ""


def _waiting(leaver: User) -> Any:
    last = Call.objects.filter(entry=OuterRef("pk")).order_by("-at", "-pk").values("outcome")[:1]
    tonight = CallListEntry.objects.standing().filter(manager=leaver, call_list__night=nights.tonight())
    open_ones = tonight.annotate(last=Subquery(last)).filter(Q(last=None) | Q(last=CallOutcome.NO_ANSWER))
    return open_ones.select_related("customer").order_by("place")
