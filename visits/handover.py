"""Somebody leaves the house in the middle of a night: the parties that sit there and are theirs go to others (G18)."""

import itertools
from collections.abc import Sequence

from django.utils.translation import ngettext

from staff.models import User
from visits.models import Party
from visits.seating import attribute_party


def hand_over_parties(*, leaver: User, receivers: Sequence[User], by: User, reason: str) -> str:
    """Attribute the leaver's open parties to whom their host's guest went, else to the receivers in turn; says how
    many. In the transaction of the handover (settings.HANDED_OVER). A party that is nobody's stays so."""
    turn, known = itertools.cycle(receivers), {person.pk: person for person in receivers}
    parties = Party.objects.open().filter(attributed_to=leaver).select_related("customer").order_by("pk")
    moved = 0
    for party in parties if receivers else []:
        owner = party.customer.owner_id if party.customer else None
        attribute_party(party=party, to=known.get(owner or 0) or next(turn), by=by, reason=reason)
        moved += 1
    words = ngettext("%(n)d open party has somebody else.", "%(n)d open parties have somebody else.", moved)
    return words % {"n": moved} if moved else ""
