"""What after-sales ask of a night's sheet: which rows to see, and what to do with them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.choices import IntakeStatus
from customers.coded import WORDS
from customers.decisions import key_of
from customers.querysets import CustomerQuerySet
from customers.sheets import NOBODY, WAITS, NightSheet, Tally, changed_since
from vipdesk import coded

REASONS = {name: WORDS[f"sheet.{name}"] for name in ("address", "number", "name", "birthday")}
LONGEST_REASON = 200
_STATES = {
    "waiting": Q(intake_status__in=WAITS),
    "accepted": Q(intake_status=IntakeStatus.ACCEPTED),
    "sent_back": Q(intake_status=IntakeStatus.SENT_BACK),
}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Which rows of a night are on the screen: of one manager, in one state, which page. Nonsense counts as all."""

    manager: str = ""
    status: str = ""
    page: int = 1

    @classmethod
    def asked(cls, data: Mapping[str, Any]) -> "Shown":
        manager, status, page = (str(data.get(name, "")) for name in ("manager", "status", "page"))
        return cls(
            manager=manager if _is_number(manager) else "",
            status=status if status in (*_STATES, "changed") else "",
            page=int(page) if _is_number(page) and int(page) else 1,
        )

    def rows(self, sheet: NightSheet, guests: CustomerQuerySet) -> CustomerQuerySet:
        if self.manager == NOBODY:
            guests = guests.filter(captured_by=None)
        elif self.manager:
            guests = guests.filter(captured_by=int(self.manager))
        if self.status == "changed":
            return guests.filter(changed_since([sheet.last_export] if sheet.last_export else []))
        return guests.filter(_STATES[self.status]) if self.status else guests

    def part_total(self, sheet: NightSheet) -> Tally:
        """The counts of the managers chosen, in whatever state."""
        chosen = [part for part in sheet.parts if self.manager in ("", part.key)]
        return sum((part.tally for part in chosen), Tally())

    def count(self, sheet: NightSheet) -> int:
        """How many rows are chosen, on all pages."""
        return int(getattr(self.part_total(sheet), self.status or "captured"))

    def waiting(self, sheet: NightSheet) -> Tally:
        """What "accept all" would take in from here, on all pages."""
        return self.part_total(sheet) if self.status in ("", "waiting") else Tally()

    def query(self, **other: object) -> str:
        """These choices as a query string, with `other` ones in place of some; the first page goes without saying."""
        asked = {"manager": self.manager, "status": self.status, "page": self.page} | other
        return "?" + urlencode({name: value for name, value in asked.items() if value and (name, value) != ("page", 1)})


class _Picks(forms.Field):
    """The tokens of ticked rows (`customers.decisions.token`)."""

    widget = forms.SelectMultiple

    def clean(self, value: Any) -> list[str]:
        picks = value or []
        try:
            for one in picks:
                key_of(one)
        except ValueError as error:
            raise forms.ValidationError(_("Tick the records first.")) from error
        return list(picks)


class DecideForm(forms.Form):
    """Accept the rows ticked, accept all that wait, or send the ticked back with a reason."""

    ACTIONS = ("accept", "accept_all", "send_back")

    action = forms.ChoiceField(choices=[(action, action) for action in ACTIONS])
    pick = _Picks(required=False)
    as_of = forms.DateTimeField(required=False)
    preset = forms.MultipleChoiceField(choices=list(REASONS.items()), required=False)
    reason = forms.CharField(required=False, max_length=LONGEST_REASON)

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        action = facts.get("action")
        if action in ("accept", "send_back") and not facts.get("pick") and "pick" not in self.errors:
            self.add_error("pick", _("Tick the records first."))
        if action == "send_back" and "reason" not in self.errors:
            facts["why"] = self._why(facts)
        return facts

    def _why(self, facts: dict[str, Any]) -> str:
        said = [*(coded.write(f"sheet.{name}") for name in facts.get("preset", [])), facts.get("reason", "")]
        why = " · ".join(filter(None, said))
        if not why:
            self.add_error("reason", _("Say why, so that the manager knows what to correct."))
        elif max(len(why), len(coded.read(why))) > LONGEST_REASON:
            self.add_error("reason", _("Shorter, please: the manager reads this on a tablet."))
        return why

    def seen_at(self) -> dt.datetime:
        """When the page was made that this was decided on; now where it does not say."""
        return self.cleaned_data.get("as_of") or timezone.now()


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10
