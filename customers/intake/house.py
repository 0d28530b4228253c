"""What a sheet's words may mean in this house: its people by login name or name, its tiers by any of their names."""

import re
from collections import defaultdict
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from customers.intake.cells import narrow
from customers.models import MembershipTier
from staff import roles
from staff.models import User

_TIER_ENDINGS = re.compile(r"(?:会员|客户|贵宾|vip|卡|级|等级|member(?:ship)?|card|level|tier)+$")


class UnknownOwner(ValueError):
    """Nobody here goes by that name; the message says so."""


@dataclass(frozen=True)
class _Person:
    pk: int
    username: str
    is_manager: bool


class House:
    """Loaded once per sheet: two statements."""

    def __init__(self) -> None:
        self.people_names: dict[int, str] = {}
        self.tier_names: dict[int, str] = {}
        self.vip_tiers: set[int] = set()
        self._by_login: dict[str, _Person] = {}
        self._by_name: dict[str, list[_Person]] = defaultdict(list)
        for user in User.objects.with_roles().only("username", "display_name", "is_active"):
            person = _Person(user.pk, user.username, user.has_role(roles.MANAGER))
            self._by_login[_folded(user.username)] = person
            if user.display_name:
                self._by_name[_folded(user.display_name)].append(person)
            self.people_names[user.pk] = str(user)
        self._tiers: dict[str, set[int]] = defaultdict(set)
        is_chinese = (get_language() or "").startswith("zh")
        for tier in MembershipTier.objects.all():
            if tier.is_vip:
                self.vip_tiers.add(tier.pk)
            self.tier_names[tier.pk] = tier.name if is_chinese else tier.name_en
            for name in (tier.code, tier.name, tier.name_en):
                self._tiers[_tier_stem(name)].add(tier.pk)

    def person_called(self, text: str) -> tuple[int, str]:
        """Whom an owner cell names, and a remark where that is not plainly a manager's login. Raises `UnknownOwner`."""
        person = self._by_login.get(_folded(text))
        remark = ""
        if person is None:
            person = self._only_one_called(text)
            remark = _("Taken for %(username)s, by the name.") % {"username": person.username}
        if not person.is_manager:
            remark = _("%(username)s is no service manager, or has left.") % {"username": person.username}
        return person.pk, remark

    def _only_one_called(self, text: str) -> _Person:
        called = self._by_name.get(_folded(text), [])
        said = {"name": text[:40]}
        if len(called) > 1:
            raise UnknownOwner(_("Several people here are called “%(name)s”: use the login name.") % said)
        if not called:
            raise UnknownOwner(_("Nobody here is called “%(name)s”.") % said)
        return called[0]

    def tiers_called(self, text: str) -> frozenset[int]:
        """The tiers a cell may mean: 普卡, 普通会员, Gold card; empty where it is none of ours."""
        stem = _tier_stem(text)
        if not stem:
            return frozenset()
        if stem in self._tiers:
            return frozenset(self._tiers[stem])
        longer = [pks for name, pks in self._tiers.items() if name.startswith(stem)]
        return frozenset(longer[0]) if len(longer) == 1 else frozenset()


def _folded(text: str) -> str:
    return re.sub(r"\s+", "", narrow(text)).casefold()


def _tier_stem(text: str) -> str:
    plain = re.sub(r"^(?:vip|会员)(?=.)", "", _folded(text))
    return _TIER_ENDINGS.sub("", plain) or plain
