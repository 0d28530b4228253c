"""Which guests a list or an export is about: the filters beside the search box, as one value.

Made from whatever a form, an address or a saved filter says (nonsense is left aside), applied to guests, and said in
words. Holds keys and choices only, never what was typed in the search box.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Self

from django.db.models import Q
from django.utils.dates import MONTHS
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from customers import birthdays
from customers.choices import Calendar
from customers.models import MembershipTier
from staff.models import User
from vipdesk import nights

if TYPE_CHECKING:
    from customers.querysets import CustomerQuerySet

NONE = "none"  # of no tier, looked after by nobody
VIP = "vip"  # of whatever tier makes a VIP
MONTHS_OF_BIRTH = tuple(f"{calendar}-{month}" for calendar in Calendar.values for month in range(1, 13))
# Nights in which they were seen last; days in which they were not; never at all.
SEEN_WITHIN = {"7": 7, "30": 30}
NOT_SEEN_FOR = {"not90": 90, "not180": 180, "not365": 365}
NEVER = "never"
SEEN = (*SEEN_WITHIN, *NOT_SEEN_FOR, NEVER)
KEY, OVERDUE = "yes", "overdue"
_LONGEST_KEY = 18  # digits that a key of the database can have

Names = Mapping[int, str]


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Each field is "" where nobody chose it; all that are chosen hold together."""

    tier: str = ""  # a key, VIP or NONE
    owner: str = ""  # a key, or NONE
    mine: str = ""  # "1": whose list it is looks after them
    birthday: str = ""  # one of MONTHS_OF_BIRTH, each calendar its own month
    seen: str = ""  # one of SEEN
    no_consent: str = ""  # "1": may neither be written to nor called
    incomplete: str = ""  # "1"
    key: str = ""  # KEY, or OVERDUE: those of them whom somebody should have contacted by now

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """The filters in a form's or an address' data, or in a saved one; what makes no sense counts as not chosen."""
        said = {field.name: str(data.get(field.name) or "") for field in fields(cls)}
        return cls(**{name: text for name, text in said.items() if _makes_sense(name, text)})

    def as_query(self) -> dict[str, str]:
        """What is chosen, for an address, a form or JSON; `from_data` reads it back."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: text for name, text in found.items() if text}

    def without(self, name: str) -> Self:
        """The same but for one field; any other name changes nothing."""
        return replace(self, **{name: ""}) if name in {field.name for field in fields(self)} else self

    def __bool__(self) -> bool:
        return bool(self.as_query())

    @property
    def are_for_few(self) -> bool:
        """Whether they leave so few that the newest of them are best found by looking at all of them."""
        return bool(self.key)

    def apply(self, guests: "CustomerQuerySet", user: User) -> "CustomerQuerySet":
        """Those of `guests` for whom all of it holds; `user` is who "mine" means. Whether they are living, and whom the
        reader may see, is asked beside it."""
        for condition in self._conditions(user):
            guests = guests.filter(condition)
        return guests.to_contact(_back(1)) if self.key == OVERDUE else guests

    def _conditions(self, user: User) -> list[Q]:
        found = {
            "tier": _tier(self.tier),
            "owner": Q(owner=None) if self.owner == NONE else Q(owner=self.owner or None),
            "mine": Q(owner=user),
            "no_consent": Q(sms_consent=False, call_consent=False),
            "incomplete": Q(is_incomplete=True),
            "key": Q(is_key_account=True),
        }
        conditions = [condition for name, condition in found.items() if getattr(self, name)]
        if self.birthday:
            calendar, _dash, month = self.birthday.partition("-")
            conditions.append(Q(birthday_calendar=calendar, birthday_month=int(month)))
        if self.seen:
            conditions.append(_seen(self.seen))
        return conditions

    def in_words(self) -> list[str]:
        """What is chosen, in the language on screen. Looks up the tier's and the person's name."""
        return list(self.said().values())

    def said(self, tiers: Names | None = None, owners: Names | None = None) -> dict[str, str]:
        """Words for each field that is chosen; names by key where the caller has them, else they are looked up."""
        words = {
            "tier": lambda: {NONE: _("no tier"), VIP: "VIP"}.get(self.tier) or _name(MembershipTier, self.tier, tiers),
            "owner": lambda: (
                _("with nobody")
                if self.owner == NONE
                else _("with %(owner)s") % {"owner": _name(User, self.owner, owners)}
            ),
            "mine": lambda: _("Mine"),
            "birthday": lambda: birthday_words(self.birthday),
            "seen": lambda: seen_words(self.seen),
            "no_consent": lambda: _("no consent"),
            "incomplete": lambda: _("incomplete"),
            "key": lambda: _("key account, contact overdue") if self.key == OVERDUE else _("key account"),
        }
        return {name: words[name]() for name in self.as_query()}


def _makes_sense(name: str, text: str) -> bool:
    if name in ("tier", "owner"):
        is_key = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_KEY
        return is_key or text == NONE or (text == VIP and name == "tier")
    choices = {"birthday": MONTHS_OF_BIRTH, "seen": SEEN, "key": (KEY, OVERDUE)}
    return text in choices.get(name, ("1",))


def _tier(choice: str) -> Q:
    if choice == VIP:
        return Q(tier__is_vip=True)
    return Q(tier=None) if choice == NONE else Q(tier=choice or None)


def _seen(choice: str) -> Q:
    """Whom somebody saw in the house lately, or not for long. Who was captured since then was seen by that; who was
    captured before and never came again was not, whether or not anybody wrote down a night."""
    if choice == NEVER:
        return Q(last_seen_night=None)
    if choice in SEEN_WITHIN:
        return Q(last_seen_night__gt=_back(SEEN_WITHIN[choice]))
    last = _back(NOT_SEEN_FOR[choice])
    return Q(Q(last_seen_night__lt=last) | Q(last_seen_night=None), captured_at__lt=nights.night_bounds(last)[0])


def _back(days: int) -> dt.date:
    return nights.tonight() - dt.timedelta(days=days)


def birthday_words(choice: str) -> str:
    """ "birthday in May", "lunar birthday in month 8" for a choice of MONTHS_OF_BIRTH."""
    calendar, _dash, month = choice.partition("-")
    return _("birthday in %(month)s") % {"month": month_words(calendar, int(month))}


def month_words(calendar: str, month: int) -> str:
    """A month as its calendar calls it: May; lunar month 8, in Chinese 农历八月."""
    if calendar == Calendar.SOLAR:
        return str(MONTHS[month])
    is_chinese = (get_language() or "").startswith("zh")
    return _("lunar month %(month)s") % {"month": birthdays.MONTH_WORDS[month] if is_chinese else month}


def seen_words(choice: str) -> str:
    """What a choice of SEEN means."""
    if choice == NEVER:
        return _("never seen since capture")
    if choice in SEEN_WITHIN:
        return _("seen in the last %(count)d nights") % {"count": SEEN_WITHIN[choice]}
    return _("not seen for %(count)d days") % {"count": NOT_SEEN_FOR[choice]}


def _name(model: type[MembershipTier] | type[User], key: str, known: Names | None) -> str:
    """The name by key; a key of nobody any more is shown as it is."""
    if known and int(key) in known:
        return known[int(key)]
    return str(model._default_manager.filter(pk=key).first() or f"#{key}")
