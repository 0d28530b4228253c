"""A plan as operations type it: a copy of another with a new month, shares in percent, empty rows left out.

What is typed becomes the contract's JSON, so that it is read and checked by the same rules as a file
(`targets.plan_files`); what they refuse is said at the field it was typed in.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from targets import months
from targets.commission import print_money
from targets.plan_changes import Change, begins_in_the_past, changes_by
from targets.plan_files import LONGEST_CODE, BadNumber, BadPlan, PlanFile, plan_from
from vipdesk.amounts import plain_amount
from vipdesk.forms import SureForm

SPARE = 2  # empty rows to add tiers and bands in
_PERCENT = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")


@dataclass(frozen=True)
class Rows:
    """One list of a plan: its name in the form and in the file, and the two things in a row."""

    name: str
    where: str
    first: str
    second: str
    labels: tuple[Any, Any]
    percents: frozenset[str]


TIERS = Rows("tier", "tiers", "over", "rate", (_("over, yuan"), _("rate, %")), frozenset({"rate"}))
BONUS = Rows(
    "bonus",
    "bonus",
    "completion",
    "amount",
    (_("from, in percent of the target"), _("yuan")),
    frozenset({"completion"}),
)
GIFTS = Rows(
    "gift",
    "gifts.bands",
    "completion",
    "plates",
    (_("from, in percent of the target"), _("fruit plates")),
    frozenset({"completion"}),
)
ALL_ROWS = (TIERS, BONUS, GIFTS)


def _number(label: Any, required: bool = True) -> forms.CharField:
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return forms.CharField(label=label, max_length=20, required=required, widget=widget)


class PlanForm(SureForm):
    """`plan` is what was typed, once it can stand. One that begins in the past is asked about before it is valid, where
    it changes anything (`asks_changes`): `changes` is what."""

    code = forms.CharField(
        label=_("Code"), max_length=LONGEST_CODE, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    effective_from = forms.CharField(label=_("From the month"), widget=forms.TextInput(attrs={"type": "month"}))
    floor = _number(_("Floor, yuan"))
    card_rate = _number(_("Cards, %"))
    card_paid_rooms_count = forms.BooleanField(
        label=_("Rooms paid with a stored-value card count toward the floor"), required=False
    )
    min_party_spend = _number(_("A party's spend for a fruit plate, yuan"))

    plan: PlanFile

    def __init__(self, *args: Any, copied: PlanFile, asks_changes: bool = True, **kwargs: Any) -> None:
        kwargs["initial"] = _initial(copied)
        super().__init__(*args, **kwargs)
        self.asks_changes = asks_changes
        self.changes: list[Change] = []
        terms = copied.terms
        self.lengths = {
            "tier": len(terms.tiers) + SPARE,
            "bonus": len(terms.bonus) + SPARE,
            "gift": len(terms.gifts) + SPARE,
        }
        for rows in ALL_ROWS:
            for n in range(self.lengths[rows.name]):
                for key, label in zip((rows.first, rows.second), rows.labels, strict=True):
                    self.fields[f"{rows.name}_{key}_{n}"] = _number(label, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        try:
            self.plan = plan_from(self._as_json())
        except BadPlan as error:
            self.add_error(self._field_of(error.where), _in_its_unit(error))
            return cleaned
        if self.asks_changes and begins_in_the_past(self.plan.effective_from):
            self._ask_for_changes()
        return cleaned

    def _ask_for_changes(self) -> None:
        self.changes = changes_by(self.plan)
        if self.changes:
            people = len({change.manager.pk for change in self.changes})
            doubt = ngettext(
                "This changes figures of months that are open, of %(n)d person.",
                "This changes figures of months that are open, of %(n)d people.",
                people,
            )
            self.ask("effective_from", self.plan, doubt % {"n": people}, gettext("Yes, change these figures."))

    def _as_json(self) -> dict[str, Any]:
        typed = self.cleaned_data
        return {
            "code": typed["code"],
            "effective_from": typed["effective_from"],
            "floor": _plain(typed["floor"]),
            "card_rate": _share(typed["card_rate"]),
            "card_paid_rooms_count": typed["card_paid_rooms_count"],
            "tiers": self._rows(TIERS),
            "bonus": self._rows(BONUS),
            "gifts": {"min_party_spend": _plain(typed["min_party_spend"]), "bands": self._rows(GIFTS)},
        }

    def _rows(self, rows: Rows) -> list[dict[str, str]]:
        return [
            {
                key: (_share if key in rows.percents else _plain)(self.cleaned_data[f"{rows.name}_{key}_{n}"])
                for key in (rows.first, rows.second)
            }
            for n in self._filled(rows)
        ]

    def _filled(self, rows: Rows) -> list[int]:
        """Rows with anything in them."""
        typed = self.cleaned_data
        return [
            n
            for n in range(self.lengths[rows.name])
            if typed.get(f"{rows.name}_{rows.first}_{n}") or typed.get(f"{rows.name}_{rows.second}_{n}")
        ]

    def _field_of(self, where: str) -> str | None:
        """The field that a place in the file was typed in; None: the form as a whole."""
        for rows in ALL_ROWS:
            if where.startswith(f"{rows.where}."):
                n, key = where.removeprefix(f"{rows.where}.").split(".")
                return f"{rows.name}_{key}_{self._filled(rows)[int(n)]}"
        name = where.removeprefix("gifts.")
        return name if name in self.fields else None

    @property
    def tier_rows(self) -> Iterator[tuple[BoundField, BoundField]]:
        return self._bound(TIERS)

    @property
    def bonus_rows(self) -> Iterator[tuple[BoundField, BoundField]]:
        return self._bound(BONUS)

    @property
    def gift_rows(self) -> Iterator[tuple[BoundField, BoundField]]:
        return self._bound(GIFTS)

    def _bound(self, rows: Rows) -> Iterator[tuple[BoundField, BoundField]]:
        for n in range(self.lengths[rows.name]):
            yield self[f"{rows.name}_{rows.first}_{n}"], self[f"{rows.name}_{rows.second}_{n}"]


def _initial(plan: PlanFile) -> dict[str, Any]:
    """The copied plan with a new month: the one after the month that is running."""
    terms = plan.terms
    values: dict[str, Any] = {
        "effective_from": months.name_of(months.following(months.current())),
        "floor": print_money(terms.floor),
        "card_rate": _percent(terms.card_rate),
        "card_paid_rooms_count": terms.card_paid_rooms_count,
        "min_party_spend": print_money(terms.min_party_spend),
    }
    for n, tier in enumerate(terms.tiers):
        values |= {f"tier_over_{n}": print_money(tier.over), f"tier_rate_{n}": _percent(tier.rate)}
    for n, bonus in enumerate(terms.bonus):
        values |= {f"bonus_completion_{n}": _percent(bonus.completion), f"bonus_amount_{n}": print_money(bonus.amount)}
    for n, gift in enumerate(terms.gifts):
        values |= {f"gift_completion_{n}": _percent(gift.completion), f"gift_plates_{n}": str(gift.plates)}
    return values


def _in_its_unit(error: BadPlan) -> str:
    """What is wrong, in percent where its field is."""
    key = error.where.rpartition(".")[2]
    is_percent = key == "card_rate" or any(key in rows.percents for rows in ALL_ROWS)
    return error.message_in_percent if is_percent and isinstance(error, BadNumber) else error.message


def _plain(typed: str) -> str:
    """Without the thousands' commas and the sign that people type."""
    return plain_amount(typed.replace(" ", ""))


def _share(typed: str) -> str:
    """Percent as a share; what is no number stays as typed, for the plan's own rules to refuse."""
    plain = _plain(typed).removesuffix("%")
    if not _PERCENT.fullmatch(plain):
        return plain
    try:
        return f"{Decimal(plain).scaleb(-2):f}"
    except InvalidOperation:
        return plain


def _percent(share: Decimal) -> str:
    return f"{share.scaleb(2):f}".rstrip("0").rstrip(".") if share else "0"
