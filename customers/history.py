"""A guest's history, readable by a person: who changed what, from what to what, when and why.

The database keeps the state before each change (pghistory, OLD rows); the state after it is the next one kept, or the
guest as they are now.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import birthdays, phones
from customers.models import Customer, MembershipTier
from staff.models import User
from vipdesk.templatetags.nights import day

# What a person would call a change, and the columns that make it. Contact is what a masked view does not show.
_FIELDS: dict[str, Any] = {
    "name": gettext_lazy("name"),
    "phone": gettext_lazy("phone"),
    "home_address": gettext_lazy("home address"),
    "work_address": gettext_lazy("work address"),
    "birthday": gettext_lazy("birthday"),
    "tier_id": gettext_lazy("tier"),
    "member_no": gettext_lazy("member number"),
    "member_since": gettext_lazy("member since"),
    "owner_id": gettext_lazy("looked after by"),
    "likes_rooms": gettext_lazy("favourite rooms"),
    "likes_drinks": gettext_lazy("drinks"),
    "likes_music": gettext_lazy("music"),
    "dislikes": gettext_lazy("dislikes"),
    "sms_consent": gettext_lazy("SMS offers"),
    "call_consent": gettext_lazy("phone calls"),
    "notes": gettext_lazy("notes"),
    "source": gettext_lazy("source"),
}
_CONTACT = {"phone", "home_address", "work_address", "notes"}
LONGEST = 100


@dataclass(frozen=True)
class Difference:
    """One field's change in words; `before` and `after` are empty where the reader may not see them."""

    label: str
    before: str
    after: str
    is_hidden: bool


@dataclass(frozen=True)
class Change:
    """One saving: when, by whom (None: the desk's own work), why, and what differed."""

    at: dt.datetime
    by: User | None
    reason: str
    differences: list[Difference]


def changes_of(customer: Customer, *, with_contact: bool) -> list[Change]:
    """The newest `LONGEST` changes of a guest, newest first; at most three statements."""
    events = list(customer.events.order_by("-pgh_created_at", "-pgh_id")[:LONGEST])
    if not events:
        return []
    people = User.objects.in_bulk({p for e in events for p in (_user_of(e), e.owner_id, customer.owner_id) if p})
    words = _Words(people, {t.pk: t for t in MembershipTier.objects.all()})
    after = [customer, *events[:-1]]
    found = []
    for event, later in zip(events, after, strict=True):
        differences = words.differences(event, later, with_contact)
        if differences:
            by = people.get(_user_of(event) or 0)
            found.append(Change(event.pgh_created_at, by, (event.pgh_context or {}).get("reason", ""), differences))
    return found


def _user_of(event: Any) -> int | None:
    return (event.pgh_context or {}).get("user")


@dataclass(frozen=True)
class _Words:
    people: dict[int, User]
    tiers: dict[int, MembershipTier]

    def differences(self, before: Any, after: Any, with_contact: bool) -> list[Difference]:
        found = []
        for field, label in _FIELDS.items():
            old, new = self.say(before, field), self.say(after, field)
            if old != new:
                is_hidden = field in _CONTACT and not with_contact
                found.append(Difference(str(label), "" if is_hidden else old, "" if is_hidden else new, is_hidden))
        return found

    def say(self, row: Any, field: str) -> str:
        """A value as one would say it; a dash where there is none."""
        if field == "birthday":
            born = Customer.birthday.fget(row)  # type: ignore[attr-defined]
            return birthdays.in_words(born) if born else "—"
        value = getattr(row, field)
        if value in (None, ""):
            return "—"
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, dt.date):
            return day(value)
        named: dict[str, Any] = {"phone": phones.display, "owner_id": self.people.get, "tier_id": self.tiers.get}
        return str(named.get(field, str)(value))
