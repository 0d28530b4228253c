"""A commission plan as written: the contract's JSON, read strictly and checked as a whole (contract.md).

Pure: no database. Money and shares are strings or whole numbers, never floats, which would not be what was typed.
`PlanFile` is also what the plan's screen fills in, so that both ways in are checked by the same rules.
"""

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from targets.commission import Bonus, Gifts, Terms, Tier, print_money, print_rate
from vipdesk import nights
from vipdesk.json_text import check_value

MOST_YUAN = Decimal("999999999999.99")
MOST_PLATES = 1_000_000
MOST_COMPLETION = Decimal("999.9999")
LONGEST_CODE = 60
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
_WIDE = Context(prec=99)
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


class BadPlan(Exception):
    """The plan cannot stand as written; `where` is the place in it ("tiers.1.rate"), the message one line about it."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.where, self.message = where, message


class BadNumber(BadPlan):
    """A number of the plan is too exact, or out of its limits; `limits` are the numbers in the message `template`."""

    def __init__(self, where: str, template: str, **limits: Decimal | int) -> None:
        super().__init__(where, template % limits)
        self.template, self.limits = template, limits

    @property
    def message_in_percent(self) -> str:
        """The message for a field in which the number is typed in percent."""
        numbers = {name: f"{Decimal(value).scaleb(2).normalize():f}" for name, value in self.limits.items()}
        return self.template % (numbers | {"places": max(int(self.limits.get("places", 2)) - 2, 0)})


@dataclass(frozen=True)
class PlanFile:
    """A plan as its file says; `effective_from` is a month's first day."""

    code: str
    effective_from: dt.date
    terms: Terms


def read_plan(data: bytes) -> PlanFile:
    """The plan in a file's bytes; BadPlan where it is none, or not one that could be in force."""
    return plan_from(_json(data))


def plan_from(found: Any) -> PlanFile:
    """The plan in what JSON holds."""
    plan = _object(found, "", {"code", "effective_from", "floor", "tiers", "card_rate", "bonus", "gifts"}, _OPTIONAL)
    gifts = _object(plan["gifts"], "gifts", {"min_party_spend", "bands"})
    terms = Terms(
        floor=_money(plan["floor"], "floor", least=Decimal("0.01")),
        tiers=tuple(_tier(one, where) for one, where in _listed(plan["tiers"], "tiers")),
        card_rate=_share(plan["card_rate"], "card_rate"),
        card_paid_rooms_count=_switch(plan.get("card_paid_rooms_count", True), "card_paid_rooms_count"),
        bonus=tuple(_bonus(one, where) for one, where in _listed(plan["bonus"], "bonus")),
        min_party_spend=_money(gifts["min_party_spend"], "gifts.min_party_spend"),
        gifts=tuple(_gifts(one, where) for one, where in _listed(gifts["bands"], "gifts.bands")),
    )
    check_terms(terms)
    return PlanFile(_code(plan["code"]), _month(plan["effective_from"]), terms)


_OPTIONAL = frozenset({"card_paid_rooms_count"})


def as_written(plan: PlanFile) -> dict[str, Any]:
    """The plan as the contract's JSON holds it."""
    terms = plan.terms
    return {
        "code": plan.code,
        "effective_from": nights.month_of(plan.effective_from),
        "floor": print_money(terms.floor),
        "tiers": [{"over": print_money(one.over), "rate": print_rate(one.rate)} for one in terms.tiers],
        "card_rate": print_rate(terms.card_rate),
        "card_paid_rooms_count": terms.card_paid_rooms_count,
        "bonus": [{"completion": print_rate(one.completion), "amount": print_money(one.amount)} for one in terms.bonus],
        "gifts": {
            "min_party_spend": print_money(terms.min_party_spend),
            "bands": [{"completion": print_rate(one.completion), "plates": one.plates} for one in terms.gifts],
        },
    }


# --- what must hold between the parts --------------------------------------------------------------------------------


def check_terms(terms: Terms) -> None:
    """Tiers rise strictly, from the floor on; bands rise, and a higher one never brings less."""
    if not terms.tiers:
        raise BadPlan("tiers", _("there is no tier"))
    if terms.tiers[0].over < terms.floor:
        raise BadPlan("tiers.0.over", _("the first tier begins below the floor"))
    _rise([tier.over for tier in terms.tiers], "tiers", "over")
    _rise([band.completion for band in terms.bonus], "bonus", "completion")
    _never_fall([band.amount for band in terms.bonus], "bonus", "amount")
    _rise([band.completion for band in terms.gifts], "gifts.bands", "completion")
    _never_fall([Decimal(band.plates) for band in terms.gifts], "gifts.bands", "plates")


def _rise(values: list[Decimal], where: str, key: str) -> None:
    for n, (lower, higher) in enumerate(pairwise(values), start=1):
        if higher <= lower:
            raise BadPlan(f"{where}.{n}.{key}", _("must be more than the one before it"))


def _never_fall(values: list[Decimal], where: str, key: str) -> None:
    for n, (lower, higher) in enumerate(pairwise(values), start=1):
        if higher < lower:
            raise BadPlan(f"{where}.{n}.{key}", _("must not be less than the one before it"))


# --- reading ---------------------------------------------------------------------------------------------------------


def _json(data: bytes) -> Any:
    try:
        value = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number)
        check_value(value)
    except UnicodeDecodeError:
        raise BadPlan("", _("this is not JSON in UTF-8")) from None
    except json.JSONDecodeError as error:
        wrong = _("this is not JSON: line %(line)s, column %(column)s") % {"line": error.lineno, "column": error.colno}
        raise BadPlan("", wrong) from None
    except (RecursionError, ValueError):  # nested too deep, characters that none has, a number of thousands of digits
        raise BadPlan("", _("this is no plan")) from None
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _value in pairs]
        raise BadPlan(next(key for key in keys if keys.count(key) > 1), _("stands there twice"))
    return found


def _no_number(word: str) -> Any:
    raise BadPlan("", _("%(word)s is no number") % {"word": word})


def _object(found: Any, where: str, keys: Iterable[str], optional: Iterable[str] = ()) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise BadPlan(where, _("must be an object with keys"))
    inside = f"{where}." if where else ""
    keys = set(keys)
    for key in sorted(keys - found.keys()):
        raise BadPlan(f"{inside}{key}", _("is missing"))
    for key in sorted(found.keys() - keys - set(optional)):
        raise BadPlan(f"{inside}{key[:40]}", _("is no key of a plan"))
    return found


def _listed(found: Any, where: str) -> list[tuple[Any, str]]:
    if not isinstance(found, list):
        raise BadPlan(where, _("must be a list"))
    return [(one, f"{where}.{n}") for n, one in enumerate(found)]


def _tier(found: Any, where: str) -> Tier:
    tier = _object(found, where, {"over", "rate"})
    return Tier(_money(tier["over"], f"{where}.over"), _share(tier["rate"], f"{where}.rate"))


def _bonus(found: Any, where: str) -> Bonus:
    band = _object(found, where, {"completion", "amount"})
    return Bonus(_completion(band["completion"], where), _money(band["amount"], f"{where}.amount"))


def _gifts(found: Any, where: str) -> Gifts:
    band = _object(found, where, {"completion", "plates"})
    plates = _number(band["plates"], f"{where}.plates", places=0, most=Decimal(MOST_PLATES))
    return Gifts(_completion(band["completion"], where), int(plates))


def _completion(found: Any, where: str) -> Decimal:
    return _number(found, f"{where}.completion", places=4, most=MOST_COMPLETION)


def _money(found: Any, where: str, least: Decimal = Decimal(0)) -> Decimal:
    return _number(found, where, places=2, least=least, most=MOST_YUAN)


def _share(found: Any, where: str) -> Decimal:
    return _number(found, where, places=4, most=Decimal(1))


def _number(found: Any, where: str, *, places: int, most: Decimal, least: Decimal = Decimal(0)) -> Decimal:
    if isinstance(found, float):
        raise BadPlan(where, _('must be a string like "0.03": a float is not exact'))
    if isinstance(found, bool) or not isinstance(found, str | int) or not _NUMBER.fullmatch(str(found)):
        raise BadPlan(where, _("is not a number"))
    number = Decimal(str(found))
    exact = number.quantize(Decimal(1).scaleb(-places), context=_WIDE)
    if exact != number:
        raise BadNumber(where, _("has more than %(places)s decimals"), places=places)
    if not least <= number <= most:
        raise BadNumber(where, _("must lie between %(least)s and %(most)s"), least=least, most=most)
    return exact


def _switch(found: Any, where: str) -> bool:
    if not isinstance(found, bool):
        raise BadPlan(where, _("must be true or false"))
    return found


def _code(found: Any) -> str:
    if not isinstance(found, str) or not found.strip() or len(found) > LONGEST_CODE or not found.isprintable():
        raise BadPlan("code", _("must be 1 to %(most)s characters") % {"most": LONGEST_CODE})
    return found.strip()


def _month(found: Any) -> dt.date:
    match = _MONTH.fullmatch(found) if isinstance(found, str) else None
    if match is None or match[1] == "0000":
        raise BadPlan("effective_from", _("must be a month like 2026-11"))
    return dt.date(int(match[1]), int(match[2]), 1)
