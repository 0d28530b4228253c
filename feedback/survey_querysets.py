"""Rules about many answers: which a person may read, and what a list shows of them."""

import datetime as dt
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from customers.families import with_merged
from customers.models import Customer
from staff import roles

if TYPE_CHECKING:
    from staff.models import User


class SurveyQuerySet(QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: "User") -> "SurveyQuerySet":
        """Operations read all; a manager what they asked for, or what was said of a party that is theirs."""
        if user.has_role(roles.OPERATIONS):
            return self
        if user.has_role(roles.MANAGER):
            serves = Q(party__attributed_to=user) | Q(party__attributed_to=None, party__seated_by=user)
            return self.filter(Q(manager=user) | Q(manager=None) & serves)
        return self.none()

    def in_nights(self, first: dt.date, last: dt.date) -> "SurveyQuerySet":
        """Both included."""
        return self.filter(night__range=(first, last))

    def of_guest(self, guest: "Customer") -> "SurveyQuerySet":
        """What this guest answered, under whatever record they had then."""
        return self.filter(customer__in=with_merged(Customer.objects.filter(pk=guest.pk)))

    def with_names(self) -> "SurveyQuerySet":
        return self.select_related("room", "manager", "customer", "party")
