"""What a row changes: a new bottle, or differences to the one that has the number already.

The rules of an update: blank cells erase nothing; a sheet may set product, category, days, level and locker; what was
taken out here since never comes back, an extension that operations gave is never taken away (a sheet made before
knows neither), and what a person corrected stays.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from customers.intake.corrections import Group
from customers.intake.facts import Refused
from vipdesk.sheets.broken_text import is_broken
from visits.bottle_files.rows import Said
from visits.bottles import BottleRefused, Validity, good_until, percent
from visits.choices import BottleCategory

OnFile = Mapping[str, Any]
CHANGEABLE = ("product", "category", "is_opened", "stored_on", "expires_on", "remaining", "locker")
READ = ("id", "bottle_no", "customer_id", *CHANGEABLE, "updated_at")
GROUPS = {name: Group((name,)) for name in CHANGEABLE}


@dataclass(kw_only=True)
class Plan:
    """What one row does. `on_file` is None for a new bottle; `values` are all facts of one, or those that change."""

    said: Said
    on_file: OnFile | None
    values: dict[str, Any] = field(default_factory=dict)
    decided: Callable[[], frozenset[str]] = frozenset  # the columns that a person corrected, asked where one differs


def plan_new(said: Said, customer: int, validity: Validity, tonight: dt.date) -> Plan:
    """A bottle nobody has on file. Raises `Refused` where something is missing that nobody can guess."""
    if not said.product:
        raise Refused("product", _("The name of the product is needed."))
    if not said.category:
        said.remark("category", _("No category: taken as “other”."))
    category = said.category or BottleCategory.OTHER
    remaining = Decimal(1) if said.remaining is None else said.remaining
    is_opened = 0 < remaining < 1 if said.is_opened is None else said.is_opened
    stored_on = said.stored_on
    if stored_on is None:
        if said.expires_on is None:
            raise Refused("stored_on", _("One of the two dates is needed."))
        stored_on = min(tonight, said.expires_on)
        said.remark("stored_on", _("No date: taken as %(day)s.") % {"day": stored_on})
    expires_on = said.expires_on or _until(category, is_opened, stored_on, validity)
    _check_days(stored_on, expires_on)
    values = (said.product, category, is_opened, stored_on, expires_on, remaining, said.locker)
    facts = {"bottle_no": said.bottle_no, "customer_id": customer, **dict(zip(CHANGEABLE, values, strict=True))}
    return Plan(said=said, on_file=None, values=facts)


def _until(category: str, is_opened: bool, stored_on: dt.date, validity: Validity) -> dt.date:
    try:
        return good_until(category, is_opened, stored_on, validity)
    except BottleRefused as refused:
        raise Refused(refused.field, str(refused)) from refused


def plan_update(
    said: Said,
    on_file: OnFile,
    *,
    was_taken_from: bool,
    was_extended: bool,
    decided: Callable[[], frozenset[str]] = frozenset,
) -> Plan:
    """What the row says otherwise than the bottle on file. Raises `Refused`."""
    plan = Plan(said=said, on_file=on_file, decided=decided)
    for name in ("product", "category", "stored_on", "locker"):
        value = getattr(said, name)
        _set(plan, name, None if name == "product" and is_broken(value) else value or None)
    _set(plan, "remaining", _level(said, on_file, was_taken_from))
    _set(plan, "is_opened", _is_opened(plan, on_file, was_taken_from))
    _set(plan, "expires_on", _last_day(said, on_file, was_extended))
    after = {**on_file, **plan.values}
    if plan.values:
        _check_days(after["stored_on"], after["expires_on"])
    return plan


def _set(plan: Plan, name: str, value: Any) -> None:
    if value is None or plan.on_file is None or value == plan.on_file[name]:
        return
    if name in plan.decided():
        words = _("Corrected by hand: “%(kept)s” stays, the sheet says “%(sheet)s”.")
        plan.said.remark(name, words % {"kept": _in_words(name, plan.on_file[name]), "sheet": _in_words(name, value)})
    else:
        plan.values[name] = value


def _in_words(name: str, value: Any) -> str:
    if name == "category":
        return str(BottleCategory(value).label)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return f"{percent(value)} %" if name == "remaining" else str(value)


def _level(said: Said, on_file: OnFile, was_taken_from: bool) -> Decimal | None:
    if said.remaining is not None and said.remaining > on_file["remaining"] and was_taken_from:
        left = {"left": percent(on_file["remaining"])}
        said.remark("remaining", _("Some was taken out here: %(left)s %% is left, and stays.") % left)
        return None
    return said.remaining


def _is_opened(plan: Plan, on_file: OnFile, was_taken_from: bool) -> bool | None:
    """A bottle never closes again; a sheet only takes back what a sheet said."""
    if 0 < {**on_file, **plan.values}["remaining"] < 1:
        return True
    return None if plan.said.is_opened is False and was_taken_from else plan.said.is_opened


def _last_day(said: Said, on_file: OnFile, was_extended: bool) -> dt.date | None:
    if said.expires_on and was_extended and said.expires_on < on_file["expires_on"]:
        day = {"day": on_file["expires_on"]}
        said.remark("expires_on", _("Operations extended it: %(day)s stays.") % day)
        return None
    return said.expires_on


def _check_days(stored_on: dt.date, expires_on: dt.date) -> None:
    if expires_on < stored_on:
        raise Refused("expires_on", _("Good until a day before it was stored."))
