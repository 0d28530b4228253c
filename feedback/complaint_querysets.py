"""Rules about many complaints: whose they are, what is open, what is late."""

import datetime as dt
from typing import TYPE_CHECKING

from django.db.models import F, Q, QuerySet

from feedback.states import OPEN, State
from staff import roles

if TYPE_CHECKING:
    from staff.models import User

SEES_ALL = (roles.OPERATIONS, roles.AFTERSALES)


class ComplaintQuerySet(QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: "User") -> "ComplaintQuerySet":
        """The office sees all; a manager what they have or took in, and what came from parties they serve."""
        if user.has_role(*SEES_ALL):
            return self
        if not user.has_role(roles.MANAGER):
            return self.none()
        serves = Q(party__attributed_to=user) | Q(party__seated_by=user)
        return self.filter(Q(owner=user) | Q(opened_by=user) | serves)

    def open(self) -> "ComplaintQuerySet":
        """Somebody still owes the guest something."""
        return self.filter(state__in=OPEN)

    def escalated(self) -> "ComplaintQuerySet":
        return self.filter(state=State.ESCALATED)

    def late(self, now: dt.datetime) -> "ComplaintQuerySet":
        """Open, with a limit behind them."""
        no_answer = Q(first_answered_at=None, answer_due_at__lte=now)
        return self.open().filter(no_answer | Q(clock_due_at__lte=now))

    def opened_in(self, first: dt.date, last: dt.date) -> "ComplaintQuerySet":
        """By the night they were opened on, both nights included."""
        return self.filter(night__range=(first, last))

    def on_time(self) -> "ComplaintQuerySet":
        """Solved, and so before the limit that was fixed at opening; a solution that was reopened does not count."""
        return self.filter(solved_at__lt=F("solve_due_at"))
