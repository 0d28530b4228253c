"""Who gets the guests of somebody who leaves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.handover import NO_TIER, Counts, Deal
from customers.models import Handover, MembershipTier
from staff.models import User

Rule = Handover.Rule
_SEGMENTS = forms.RadioSelect(attrs={"class": "form-check-input"})


class HandoverForm(forms.Form):
    """The rule, and the people it needs; `deal()` is what they come to. Without guests there is nothing to choose."""

    rule = forms.ChoiceField(label=_("How"), choices=Rule, initial=Rule.EVENLY, widget=_SEGMENTS)
    to = forms.TypedChoiceField(label=_("To whom"), coerce=int, empty_value=None, required=False)
    among = forms.TypedMultipleChoiceField(
        label=_("Among whom"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any = None, *, leaver: User, counts: Counts) -> None:
        super().__init__(data)
        self.counts, self.people = counts, {}
        self.tiers: dict[int, Any] = {}
        if not counts:
            self.fields.clear()
            return
        self.people = {person.pk: person for person in User.objects.managers().exclude(pk=leaver.pk)}
        self.tiers = {tier.pk: tier for tier in MembershipTier.objects.order_by("-rank")} | {NO_TIER: _("No tier")}
        for tier in counts:
            field = forms.TypedChoiceField(label=str(self.tiers[tier]), coerce=int, empty_value=None, required=False)
            self.fields[_of_tier(tier)] = field
        several = [(pk, _label(person)) for pk, person in self.people.items()]
        for name in ("to", *map(_of_tier, counts)):
            self.fields[name].choices = [("", _("Choose somebody")), *several]  # type: ignore[attr-defined]
        self.fields["among"].choices = several  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """What the chosen rule needs must be there; what it does not need is not looked at."""
        facts: dict[str, Any] = self.cleaned_data
        of_rule = {Rule.ONE: ["to"], Rule.EVENLY: ["among"], Rule.TIER: list(map(_of_tier, self.counts))}
        needed = of_rule[Rule(facts["rule"])] if "rule" in facts else []
        for name in self.fields:
            if name != "rule" and name not in needed:
                self.errors.pop(name, None)
        words = {"to": _("Choose who gets the guests."), "among": _("Choose who shares the guests.")}
        for name in needed:
            if name not in self.errors and not facts.get(name):
                self.add_error(name, words.get(name, _("Choose who gets these guests.")))
        return facts

    def tier_fields(self) -> list[tuple[int, forms.BoundField]]:
        """For the screen: how many guests, and the field of their tier."""
        return [(count, self[_of_tier(tier)]) for tier, count in self.counts.items()]

    def deal(self) -> Deal:
        """What a valid form asks for. By one person or evenly, it holds for every tier, whatever changes meanwhile."""
        if not self.counts:
            return Deal(rule=Rule.ONE, hands={})
        facts = self.cleaned_data
        rule = Rule(facts["rule"])
        if rule == Rule.TIER:
            return Deal(rule=rule, hands={tier: [facts[_of_tier(tier)]] for tier in self.counts})
        hand = facts["among"] if rule == Rule.EVENLY else [facts["to"]]
        return Deal(rule=rule, hands=dict.fromkeys(self.tiers, hand))


def _label(person: User) -> str:
    return f"{person} · {_('on leave')}" if person.is_on_leave else str(person)


def _of_tier(tier: int) -> str:
    return f"tier_{tier}"
