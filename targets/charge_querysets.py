"""Rules about many charges."""

import datetime as dt
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from staff import roles
from staff.models import User
from targets.choices import Entry
from vipdesk import nights


class ChargeQuerySet(QuerySet):  # type: ignore[type-arg]
    def in_month(self, month: str) -> "ChargeQuerySet":
        """Rows whose night lies in a month like "2026-11", whenever they came.

        By list of nights, not by range: the index begins with the night, and one manager's rows are found in it
        night by night.
        """
        return self.filter(night__in=nights.month_nights(month))

    def on_night(self, night: dt.date) -> "ChargeQuerySet":
        return self.filter(night=night)

    def of_bill(self, number: str, first: int | None = None) -> "ChargeQuerySet":
        """Every row of a bill, and of its refunds where its first row's key is told. In two halves, since bills and
        corrections have each an index of their own."""
        is_bill = Q(entry=Entry.BILL)
        found = Q(is_bill, bill_no=number) | Q(~is_bill, bill_no=number)
        return self.filter(found | Q(refund_of=first) if first else found)

    def visible_to(self, user: User) -> "ChargeQuerySet":
        """Operations see all; a manager what is or ever was theirs, since their statements show it."""
        if user.has_role(roles.OPERATIONS):
            return self
        given = self.model._base_manager.filter(bill_no=OuterRef("bill_no"), manager=user).exclude(entry=Entry.BILL)
        return self.filter(Q(manager=user) | Exists(given))

    def standing(self) -> "ChargeQuerySet":
        """Each bill and refund once, as it stands now: what was reversed and the reversals left out."""
        reversed_by = self.model._base_manager.filter(corrects=OuterRef("pk"), entry=Entry.REVERSAL)
        return self.exclude(entry=Entry.REVERSAL).filter(~Exists(reversed_by))

    def unassigned(self) -> "ChargeQuerySet":
        """Standing rows that nobody gets yet."""
        return self.filter(manager=None).standing()

    def total(self) -> Decimal:
        """Their sum in yuan."""
        found: Decimal | None = self.order_by().aggregate(total=Sum("amount"))["total"]
        return found or Decimal("0.00")
