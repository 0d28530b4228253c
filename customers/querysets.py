"""Rules about many guests: who sees whom, who is on a night's sheet, and how a guest is found."""

import datetime as dt
import re
from typing import TYPE_CHECKING, cast

from django.db.models import (
    BooleanField,
    DateField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from customers import searching
from customers.choices import IntakeStatus, Origin
from staff import roles
from vipdesk import nights

if TYPE_CHECKING:
    from customers.models import Customer
    from staff.models import User

PAGE_SIZE = 25
NEWEST = ("-captured_at", "-pk")
WALK = 6_000
# An end to the walk's range. PostgreSQL takes a range between moments that it cannot know for one in 200, one that is
# open for one in three; then all who match would be read and sorted instead of the newest.
_FOREVER = dt.datetime.max.replace(tzinfo=dt.UTC)
# The same order, but no index knows it: what matches is found first.
_SORTED_NEWEST = ExpressionWrapper(F("captured_at") + Value(dt.timedelta(0)), output_field=DateTimeField()).desc()
_PLACE = re.compile(r"(\d{1,16})-(\d{1,18})")


class CustomerQuerySet(QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: "User") -> "CustomerQuerySet":
        """Guests whose page opens for this person, and on each row `is_open`: unmasked.

        Every page opens for every role; a manager sees those unmasked whom they own or care for tonight
        (domain.md, "Who sees what"). The office sees all, its numbers masked until revealed.
        """
        if user.has_role(roles.OPERATIONS, roles.AFTERSALES):
            return cast("CustomerQuerySet", self.annotate(is_open=Value(True, BooleanField())))
        if user.has_role(roles.MANAGER):
            return cast("CustomerQuerySet", self.annotate(is_open=_is_open_to(user)))
        return self.none()

    def editable_by(self, user: "User") -> "CustomerQuerySet":
        """Guests this person may change; the rest answer 404."""
        return self.visible_to(user).with_editable(user).filter(is_editable=True)

    def with_editable(self, user: "User") -> "CustomerQuerySet":
        """On each row of those visible to this person `is_editable`: theirs to change. The owner, whom operations or
        the night's call list name, and the office; not who opened the guest by seating them."""
        rule = Value(True, BooleanField()) if user.is_office else _is_editable_by(user)
        return cast("CustomerQuerySet", self.annotate(is_editable=rule))

    def on_night(self, night: "dt.date") -> "CustomerQuerySet":
        return self.filter(night=night)

    def captured_by_manager(self, user: "User", night: "dt.date") -> "CustomerQuerySet":
        """What counts toward n/10 (S1) of what this manager captured that night."""
        return self.filter(counts_toward_goal(), captured_by=user, night=night)

    def on_sheet(self, night: "dt.date") -> "CustomerQuerySet":
        """The rows of a night's sheet, on screen, on paper and in the file: living records that have a number. What is
        left out is counted by reason in `sheets.Tally`."""
        return self.on_night(night).filter(is_sheet_row())

    def sent_back_to(self, user: "User") -> "CustomerQuerySet":
        """Records that wait for this manager's correction, oldest first: their own, and of those they look after the
        ones that nobody captured or whose capturer has left the house."""
        is_nobodys = Q(captured_by=None) | Q(captured_by__is_active=False)
        is_theirs = Q(captured_by=user) | Q(is_nobodys, owner=user)
        waiting = self.living().filter(is_theirs, intake_status=IntakeStatus.SENT_BACK)
        return waiting.order_by("night", "captured_at")

    def to_contact(self, night: "dt.date") -> "CustomerQuerySet":
        """Key accounts whose contact is due on that night or late (G12), the longest overdue first; as
        `Customer.contact_due_on` has it."""
        last = Coalesce("last_contact_night", "night", output_field=DateField())
        due = ExpressionWrapper(last + F("contact_every_days"), output_field=DateField())
        marked = self.living().filter(is_key_account=True, contact_every_days__isnull=False)
        found: CustomerQuerySet = marked.alias(due=due).filter(due__lte=night).order_by("due", "pk")
        return found

    def older_than(self, place: str) -> "CustomerQuerySet":
        """What follows `place` (a row's `Customer.place`) in the list's order, newest first; all where it is none."""
        found = _PLACE.fullmatch(place)
        if not found:
            return self
        at, pk = dt.datetime.fromtimestamp(int(found[1]) / 1_000_000, dt.UTC), int(found[2])
        return self.filter(captured_at__lte=at).exclude(captured_at=at, pk__gte=pk)

    def newest(
        self,
        count: int,
        *,
        typed: str = "",
        after: str = "",
        are_few: bool = False,
        reader: "User | None" = None,
    ) -> "list[Customer]":
        """The first `count` in the list's order behind the place `after`, of those whom `typed` means to `reader`.

        Two common words may meet in nobody, and no statistics tell: reading the newest until enough of them match would
        then read everybody. So no more than `WALK` are read like that; where these do not do, or few are meant anyway
        (`are_few`, by what else is asked), all who match are found by their indexes and sorted.
        """
        rest = self.older_than(after)
        found = rest.matching(typed, reader=reader).order_by(*NEWEST)
        if not (are_few or searching.tidy(typed)):
            return list(found[:count])
        if not (are_few or searching.means_few(typed)):
            near = list(found.filter(captured_at__range=(self._farthest(after), _FOREVER))[:count])
            if len(near) == count:
                return near
        keys = found.order_by(_SORTED_NEWEST, "-pk").values("pk")[:count]
        return list(self.filter(pk__in=keys).order_by(*NEWEST))

    def _farthest(self, after: str) -> Subquery:
        """The moment `WALK` guests behind that place; NULL, which nobody's is after, where there are not so many."""
        everybody = self.model.objects.older_than(after).order_by(*NEWEST)
        return Subquery(everybody.values("captured_at")[WALK : WALK + 1])

    def matching(self, typed: str, *, reader: "User | None" = None) -> "CustomerQuerySet":
        """Guests whom the text of the search box means (customers.searching); all where it holds nothing. `reader`:
        among whose own guests a part of a number counts; the office sees masked numbers and has none."""
        has_own = reader is not None and not reader.is_office
        return self.filter(searching.condition(typed, reader=reader if has_own else None))

    def living(self) -> "CustomerQuerySet":
        """Guests one can meet: neither merged into another nor erased."""
        return self.filter(merged_into=None, erased_at=None)

    def family(self, pk: int) -> list[int]:
        """Keys of this guest and of all who were merged into them, this guest's first. What the apps above know of a
        merged guest stays with that key, so that they ask for these."""
        return [pk, *self.model.objects.filter(merged_into=pk).order_by("pk").values_list("pk", flat=True)]

    def known_as(self, pk: int) -> "CustomerQuerySet":
        """The guest who stands for this key: of a page that was open while its guest was merged."""
        return self.filter(pk=Subquery(self.model.objects.filter(pk=pk).values(key=Coalesce("merged_into", "pk"))))

    def with_number(self, *numbers: str) -> "CustomerQuerySet":
        """Those who have one of these numbers (E.164) now, main or not."""
        return self.filter(numbers__number__in=numbers, numbers__released_at=None)


def is_sheet_row() -> Q:
    """Records that stand on a night's sheet: neither merged into another nor erased, and with a number."""
    return Q(merged_into=None, erased_at=None, phone__isnull=False)


def counts_toward_goal() -> Q:
    """Records that count toward n/10 (S1): living ones with an address (`customers.addresses` says what is one), not
    those sent back and not yet corrected, nor what guests entered themselves."""
    is_living = Q(merged_into=None, erased_at=None)
    has_address = ~Q(home_address="", work_address="")
    return is_living & has_address & ~Q(intake_status=IntakeStatus.SENT_BACK) & ~Q(origin=Origin.SELF)


def _is_open_to(user: "User") -> Combinable | Q:
    return _is_theirs(user) | Exists(_care_of(user))


def _is_editable_by(user: "User") -> Combinable | Q:
    from customers.models import CareGrant

    return _is_theirs(user) | Exists(_care_of(user).exclude(origin=CareGrant.Origin.PARTY))


def _is_theirs(user: "User") -> Q:
    # What was sent back is its capturer's to correct, whoever looks after the guest by then.
    is_theirs_to_correct = Q(captured_by=user, intake_status=IntakeStatus.SENT_BACK)
    return Q(owner=user) | is_theirs_to_correct


def _care_of(user: "User") -> QuerySet:  # type: ignore[type-arg]
    from customers.models import CareGrant

    return CareGrant.objects.filter(customer=OuterRef("pk"), user=user, night=nights.tonight(), ended_at=None)
