"""Correcting a guest's record: the facts of capture, and what only those who know the guest can add (D7)."""

import datetime as dt
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from customers import phones
from customers.forms.guest import GuestForm
from customers.models import MembershipTier
from customers.models.customer import WRONG_NUMBER
from customers.vips import is_unproven_raise
from vipdesk.sheets.identifiers import RewrittenNumber, read_identifier

CONTACT_EVERY = 30  # days, for a key account marked without saying


class VersionedForm(forms.ModelForm):  # type: ignore[type-arg]
    """A guest's record, or a part of it, that several people may have open. `version` is the state it was opened in: a
    save over somebody else's change is refused once, with what was typed still there."""

    version = forms.DateTimeField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.updated_at.isoformat()

    def accept_version(self, updated_at: dt.datetime) -> None:
        """Say that somebody else was faster; the next save, made with open eyes, goes through."""
        typed = cast(QueryDict, self.data).copy()
        typed["version"] = updated_at.isoformat()
        self.data = typed
        self.add_error(None, _("Somebody changed this guest while you were typing. Look, then save again."))

    def changed_fields(self) -> list[str]:
        """Model fields that differ from what is on file."""
        return [name for name in self.changed_data if name in (self._meta.fields or ())]


class CorrectForm(VersionedForm, GuestForm):
    """All of a guest's record that people write; who is a key account is for those who answer for the guest alone
    (`may_mark`); who becomes a VIP without a member number, for operations (`may_raise`)."""

    needs_birthday = False

    contact_every_days = forms.IntegerField(
        label=_("Days between contacts, at most"),
        min_value=1,
        max_value=365,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "placeholder": CONTACT_EVERY}),
    )
    is_number_right = forms.BooleanField(label=_("The number is right: asked the guest again"), required=False)
    reason = forms.CharField(label=_("Why (optional)"), required=False, max_length=200)

    class Meta(GuestForm.Meta):
        fields = [
            *GuestForm.Meta.fields,
            "tier",
            "member_no",
            "member_since",
            "likes_rooms",
            "likes_drinks",
            "likes_music",
            "dislikes",
            "sms_consent",
            "call_consent",
            "is_key_account",
            "contact_every_days",
        ]
        widgets = {"member_since": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}

    def __init__(self, *args: Any, may_mark: bool, may_raise: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.may_raise = may_raise
        self.initial["phone"] = phones.display(self.instance.phone or "")
        self.fields["phone"].help_text = _(
            "After a change the old number is kept in the history, and may be taken by somebody else."
        )
        self.fields["member_no"].help_text = _("As it stands on the card.")
        self.number_on_file = self.instance.phone
        # Letting the only number go is done on the guest's page, where it is asked for twice.
        self.fields["phone"].required = self.number_on_file is not None
        if not self.instance.has_wrong_number:
            del self.fields["is_number_right"]
        if not may_mark:
            del self.fields["is_key_account"], self.fields["contact_every_days"]

    def clean_phone(self) -> str | None:
        """A number that is on file stays, whatever is taken of others by now."""
        typed = self.cleaned_data["phone"].strip()
        if self.number_on_file and typed in (phones.display(self.number_on_file), self.number_on_file):
            return str(self.number_on_file)
        return super().clean_phone()

    def clean_member_no(self) -> str | None:
        try:
            return read_identifier(None, self.cleaned_data["member_no"] or "").upper() or None
        except RewrittenNumber as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        """A VIP has a member number, unless operations say so (`may_raise`)."""
        facts = super().clean()
        if not self.may_raise and "member_no" in facts and self._is_unproven_raise(facts):
            self.add_error("member_no", _("A VIP tier needs the member number on the card, or operations."))
        if facts.get("is_key_account") and facts.get("contact_every_days", 0) is None:
            facts["contact_every_days"] = CONTACT_EVERY
        return facts

    def _is_unproven_raise(self, facts: dict[str, Any]) -> bool:
        tier = facts.get("tier")
        if tier is None or not tier.is_vip:
            return False
        vips = set(MembershipTier.objects.filter(is_vip=True).values_list("pk", flat=True))
        return is_unproven_raise(old=self.instance.tier_id, new=tier.pk, member_no=facts["member_no"], vip_tiers=vips)

    def changed_fields(self) -> list[str]:
        """Those that differ, with those that follow from them. Saving the form confirms every guess an import made: the
        person has the record before their eyes."""
        changed = super().changed_fields()
        if self.instance.phone == self.number_on_file and "phone" in changed:
            changed.remove("phone")
        if "name" in changed:
            changed.append("name_is_partial")
        if "is_key_account" in changed and "contact_every_days" not in changed:
            changed.append("contact_every_days")
        if self.instance.guesses:
            self.instance.needs_check = [WRONG_NUMBER] if self.instance.has_wrong_number else []
            changed.append("needs_check")
        return changed
