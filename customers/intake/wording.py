"""A guest's values in words of the language that is active, for the remarks and the preview of an import."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from customers import birthdays
from customers.intake.house import House
from customers.intake.identity import birthday_of

LONGEST = 60


def in_words(name: str, row: Mapping[str, Any], house: House) -> str:
    """The value of a group (planning.GROUPS) on one line; "" where there is none."""
    text = _said(name, row, house)
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()}…"


def _said(name: str, row: Mapping[str, Any], house: House) -> str:
    if name == "birthday":
        born = birthday_of(row)
        return birthdays.in_words(born) if born else ""
    if name == "tier":
        return house.tier_names.get(row["tier_id"], "")
    if name == "owner":
        return house.people_names.get(row["owner_id"], "")
    value = row[name]
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return " ".join(str(value or "").split())
