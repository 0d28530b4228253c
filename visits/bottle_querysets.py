"""Rules about many stored bottles: what is left, what runs out, how one is found."""

import datetime as dt
import re

from django.db.models import Q, QuerySet

from customers.families import with_merged
from customers.intake.members import as_number
from customers.models import Customer
from staff.models import User

LONGEST_QUERY = 80
_PLACE = re.compile(r"(\d{4}-\d{2}-\d{2})-(\d{1,18})")


class BottleQuerySet(QuerySet):  # type: ignore[type-arg]
    def left(self) -> "BottleQuerySet":
        """With something in them."""
        return self.filter(remaining__gt=0)

    def expiring(self, first: dt.date, last: dt.date) -> "BottleQuerySet":
        """With something left, whose last day is one of these."""
        return self.left().filter(expires_on__range=(first, last))

    def expired(self, night: dt.date) -> "BottleQuerySet":
        """With something left, whose last day is over on that night."""
        return self.left().filter(expires_on__lt=night)

    def of_guest(self, customer: int) -> "BottleQuerySet":
        """This guest's, and those of whoever was merged into them."""
        return self.filter(customer__in=with_merged(Customer.objects.filter(pk=customer)))

    def matching(self, words: str, *, reader: User | None = None) -> "BottleQuerySet":
        """Bottles whose number begins so, which stand in that locker, or whose guest is found by these words, as
        `reader` may find them.

        Each part is answered from an index of its own, and the parts put together by key.
        """
        asked = words[:LONGEST_QUERY].replace("\x00", "").strip()
        if not asked:
            return self
        code = as_number(asked)
        every = self.model.objects.order_by()
        keys = every.filter(bottle_no__startswith=code).values("pk")
        in_locker = every.left().filter(~Q(locker=""), locker=code).values("pk")
        of_guests = every.filter(customer__in=with_merged(Customer.objects.matching(asked, reader=reader))).values("pk")
        return self.filter(pk__in=keys.union(in_locker, of_guests))

    def later_than(self, place: str) -> "BottleQuerySet":
        """What follows `place` (a row's `StoredBottle.place`) in the order of last days; all where it is none."""
        found = _PLACE.fullmatch(place)
        try:
            day = dt.date.fromisoformat(found[1]) if found else None
        except ValueError:
            day = None
        if not found or day is None:
            return self
        return self.filter(expires_on__gte=day).exclude(expires_on=day, pk__lte=int(found[2]))
