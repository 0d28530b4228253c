"""Rules about many guests: who sees whom, who is on a night's sheet, and how a guest is found."""

import datetime as dt
import re
from typing import TYPE_CHECKING, cast

from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable

from customers import phones
from customers.choices import IntakeStatus, Origin
from staff import roles
from vipdesk import nights

if TYPE_CHECKING:
    from staff.models import User

PAGE_SIZE = 25
SHORTEST_DIGITS = 4
LONGEST_QUERY = 80
_PLACE = re.compile(r"(\d{1,16})-(\d{1,18})")


class CustomerQuerySet(QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: "User") -> "CustomerQuerySet":
        """Guests whose page opens for this person, and on each row `is_open`: unmasked, and theirs to edit.

        Every page opens for every role; a manager sees those unmasked whom they own or care for tonight
        (DOMAIN.md, "Who sees what"). The office sees all, its numbers masked until revealed.
        """
        if user.has_role(roles.OPERATIONS, roles.AFTERSALES):
            return cast("CustomerQuerySet", self.annotate(is_open=Value(True, BooleanField())))
        if user.has_role(roles.MANAGER):
            return cast("CustomerQuerySet", self.annotate(is_open=_is_open_to(user)))
        return self.none()

    def editable_by(self, user: "User") -> "CustomerQuerySet":
        """Guests this person may change; the rest answer 404."""
        return self.visible_to(user).filter(is_open=True)

    def on_night(self, night: "dt.date") -> "CustomerQuerySet":
        return self.filter(night=night)

    def captured_by_manager(self, user: "User", night: "dt.date") -> "CustomerQuerySet":
        """What counts toward n/10 (S1): captured that night by this manager, without records sent back and not yet
        corrected, and without what guests entered themselves."""
        is_left_out = Q(intake_status=IntakeStatus.SENT_BACK) | Q(origin=Origin.SELF)
        return self.filter(~is_left_out, captured_by=user, night=night)

    def sent_back_to(self, user: "User") -> "CustomerQuerySet":
        """Records that wait for this manager's correction, oldest first."""
        return self.filter(captured_by=user, intake_status=IntakeStatus.SENT_BACK).order_by("night", "captured_at")

    def older_than(self, place: str) -> "CustomerQuerySet":
        """What follows `place` (a row's `Customer.place`) in the list's order, newest first; all where it is none."""
        found = _PLACE.fullmatch(place)
        if not found:
            return self
        at, pk = dt.datetime.fromtimestamp(int(found[1]) / 1_000_000, dt.UTC), int(found[2])
        return self.filter(captured_at__lte=at).exclude(captured_at=at, pk__gte=pk)

    def matching(self, words: str) -> "CustomerQuerySet":
        """Guests whose name holds every word given, or whose number, or its end of four digits or more, it is.

        Each condition is answered from an index: one- and two-character grams of the name, the number's head, its tail.
        """
        asked = words[:LONGEST_QUERY].replace("\x00", "")
        found = self
        for word in [asked] if _number_in(asked) else asked.split():
            found = found.filter(_word(word))
        return found


def _is_open_to(user: "User") -> Combinable | Q:
    from customers.models import CareGrant

    cared_for = CareGrant.objects.filter(customer=OuterRef("pk"), user=user, night=nights.tonight())
    # What was sent back is its capturer's to correct, whoever looks after the guest by then.
    is_theirs_to_correct = Q(captured_by=user, intake_status=IntakeStatus.SENT_BACK)
    return Q(owner=user) | is_theirs_to_correct | Exists(cared_for)


def _word(word: str) -> Q:
    number = _number_in(word)
    return _digits(number) if number else _name_part(word)


def _number_in(text: str) -> str:
    """The digits of a text that is nothing but a number, however it is spaced; else nothing."""
    number = re.sub(r"[\s\-().+]", "", phones.narrow(text))
    return number if number.isdecimal() else ""


def _digits(number: str) -> Q:
    if len(number) < SHORTEST_DIGITS:
        return Q(name_grams__contains=grams(number)) | Q(member_no=number)
    return Q(phone_reversed__startswith=number[::-1]) | Q(phone__startswith=f"+{number}") | Q(member_no=number)


def _name_part(word: str) -> Q:
    """The grams find candidates from the index; the whole word then decides."""
    folded = word.casefold()
    whole = Q(name__icontains=word) if len(folded) > 2 else Q()
    return (Q(name_grams__contains=grams(folded)) & whole) | Q(member_no=word.upper())


def grams(text: str) -> list[str]:
    """One- and two-character pieces of `text`, as the database's `customers_name_grams` cuts a name."""
    folded = text.casefold()
    if len(folded) == 1:
        return [folded]
    return sorted({folded[i : i + 2] for i in range(len(folded) - 1)})
