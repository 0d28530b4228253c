"""What the rooms spend (T5): who is under the minimum, who is ready for a promotion, what was offered tonight.

What a party has spent is its newest interim total; a party nobody noted anything of has spent nothing yet.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from visits.choices import SaleOutcome
from visits.models import Party, SecondSale


class Standing(TextChoices):
    UNDER = "under", _("Under the minimum")
    READY = "ready", _("Ready for a promotion")
    OFFERED = "offered", _("A promotion was offered")


@dataclass(frozen=True)
class Line:
    """An open party with what it spent, and the promotions it was offered, the newest first."""

    party: Any  # of `with_spend`
    offers: Sequence[SecondSale] = ()

    @property
    def spent(self) -> Decimal:
        return self.party.spent or Decimal(0)

    @property
    def minimum(self) -> Decimal:
        return Decimal(self.party.room.minimum_spend)

    @property
    def missing(self) -> Decimal:
        """Yuan up to the room's minimum; none once it is reached."""
        return max(self.minimum - self.spent, Decimal(0))

    @property
    def share(self) -> int:
        """Hundredths of the minimum, a full hundred at most."""
        return int(min(self.spent / self.minimum, Decimal(1)) * 100) if self.minimum else 0

    @property
    def standing(self) -> Standing:
        if self.missing:
            return Standing.UNDER
        return Standing.OFFERED if self.offers else Standing.READY


@dataclass(frozen=True)
class Watch:
    """The open parties by how they stand, what is missing most first, and the night's promotions, newest first."""

    lines: dict[Standing, list[Line]]
    promotions: list[SecondSale] = field(default_factory=list)

    @property
    def is_busy(self) -> bool:
        return any(self.lines.values())

    @property
    def taken(self) -> int:
        return sum(one.outcome == SaleOutcome.SOLD for one in self.promotions)


def watch(night: dt.date) -> Watch:
    """Whoever sits in the house now, and what was offered that night by whom; two statements."""
    promotions = promotions_on(night)
    offers: defaultdict[int, list[SecondSale]] = defaultdict(list)
    for one in promotions:
        offers[one.party_id].append(one)
    parties = Party.objects.open().with_spend().select_related("room", "customer__tier", "attributed_to")
    lines = [Line(party, offers[party.pk]) for party in parties.order_by("seated_at", "pk")]
    return Watch({standing: _of(standing, lines) for standing in Standing}, promotions)


def promotions_on(night: dt.date) -> list[SecondSale]:
    """Offered that night, on a visit or apart from one, the newest first."""
    offered = SecondSale.objects.filter(night=night, is_promotion=True)
    return list(offered.select_related("party__room", "manager").order_by("-at", "-pk"))


def _of(standing: Standing, lines: Iterable[Line]) -> list[Line]:
    return sorted((one for one in lines if one.standing == standing), key=lambda line: -line.missing)
