"""A guest's changes, readable by a person: who changed what, from what to what, when and why.

The database keeps the state before each change (pghistory, OLD rows); the state after it is the next one kept, or the
guest as they are now.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import birthdays, phones
from customers.models import Customer, MembershipTier
from staff.models import User
from vipdesk import coded
from vipdesk.templatetags.nights import day

# What a person would call a change, and the columns that make it. Contact is what a masked view does not show.
_FIELDS: dict[str, Any] = {
    "name": gettext_lazy("name"),
    "phone": gettext_lazy("main number"),
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
    "is_key_account": gettext_lazy("key account"),
    "contact_every_days": gettext_lazy("days between contacts"),
    "notes": gettext_lazy("notes"),
    "source": gettext_lazy("source"),
}
_CONTACT = {"phone", "home_address", "work_address", "notes"}
_NONE = "—"
LONGEST = 100
LONGEST_VALUE = 80  # characters of a value in a sentence


@dataclass(frozen=True)
class Difference:
    """One field's change in words; `before` and `after` are empty where the reader may not see them, and `said` is the
    rest of a sentence that begins with who changed it."""

    field: str
    label: str
    before: str
    after: str
    is_hidden: bool
    said: str


@dataclass(frozen=True)
class Change:
    """One saving: when, by whom (None: the desk's own work), why, and what differed."""

    at: dt.datetime
    by: User | None
    reason: str
    differences: list[Difference]


def changes_of(
    customer: Customer, *, with_contact: bool, former: Sequence[Customer] = (), longest: int = LONGEST
) -> list[Change]:
    """The newest changes of a guest, newest first, those of `former` records that were merged into it among them.

    At most `longest` rows are read, in at most three statements.
    """
    rows = {row.pk: row for row in (customer, *former)}
    kept = customer.events.model.objects.filter(pgh_obj__in=rows)
    events = list(kept.order_by("-pgh_created_at", "-pgh_id")[:longest])
    words = _words_for([*events, *rows.values()]) if events else None
    later: dict[int, Any] = dict(rows)
    found = []
    for event in events:
        after, later[event.pgh_obj_id] = later[event.pgh_obj_id], event
        differences = words.differences(event, after, with_contact) if words else []
        if event.pgh_obj_id != customer.pk:
            differences = [one for one in differences if not _moved_on(one)]
        if differences:
            by = words.people.get(_user_of(event) or 0) if words else None
            why = coded.read((event.pgh_context or {}).get("reason", ""))
            found.append(Change(event.pgh_created_at, by, why, differences))
    return found


def _moved_on(difference: Difference) -> bool:
    """What a record gives up when it is merged: the guest has it still."""
    return difference.field in {"phone", "member_no"} and difference.after in {"", _NONE}


def _user_of(event: Any) -> int | None:
    return (event.pgh_context or {}).get("user")


def _words_for(states: Sequence[Any]) -> "_Words":
    """The people and tiers that these states name, in one statement each."""
    people = {pk for state in states for pk in (state.owner_id, _user_of(state) if _is_event(state) else None) if pk}
    tiers = {state.tier_id for state in states if state.tier_id}
    return _Words(User.objects.in_bulk(people), MembershipTier.objects.in_bulk(tiers) if tiers else {})


def _is_event(state: Any) -> bool:
    return not isinstance(state, Customer)


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
                old, new = ("", "") if is_hidden else (old, new)
                said = _said(field, str(label), old, new)
                found.append(Difference(field, str(label), old, new, is_hidden, said))
        return found

    def say(self, row: Any, field: str) -> str:
        """A value as one would say it; a dash where there is none."""
        if field == "birthday":
            born = Customer.birthday.fget(row)  # type: ignore[attr-defined]
            return birthdays.in_words(born) if born else _NONE
        value = getattr(row, field)
        if value in (None, ""):
            return _NONE
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, dt.date):
            return day(value)
        named: dict[str, Any] = {"phone": phones.display, "owner_id": self.people.get, "tier_id": self.tiers.get}
        return str(named.get(field, str)(value))


def _said(field: str, label: str, before: str, after: str) -> str:
    """What somebody did, as the rest of a sentence; empty values are those that the reader may not see."""
    said = {"what": label, "before": _brief(before), "after": _brief(after)}
    if field == "owner_id":
        return _handed_over(before, after) % said
    if field == "is_key_account":
        is_key = after == _("yes")
        return _("marked the guest as a key account") if is_key else _("took the key account mark away")
    if field in {"sms_consent", "call_consent"}:
        return (_("noted a yes to %(what)s") if after == _("yes") else _("noted a no to %(what)s")) % said
    if not before:
        return _("changed the %(what)s") % said
    if before == _NONE:
        return _("added the %(what)s: %(after)s") % said
    if after == _NONE:
        return _("removed the %(what)s: %(before)s") % said
    return _("changed the %(what)s from %(before)s to %(after)s") % said


def _handed_over(before: str, after: str) -> str:
    if before == _NONE:
        return _("gave the guest to %(after)s")
    if after == _NONE:
        return _("took the guest from %(before)s and gave them to nobody")
    return _("handed the guest over from %(before)s to %(after)s")


def _brief(value: str) -> str:
    """Long notes in a sentence end early; the record itself has them whole."""
    return value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE].rstrip()}…"
