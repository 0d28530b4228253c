"""Forms that make something: sent twice, they make it once (`vipdesk.submissions`); what several of them offer."""

import uuid
from typing import Any, cast

from django import forms
from django.http import QueryDict

from customers import lookups
from customers.models import Customer
from staff.models import User

# What of a submission counts when two of them are compared: all that a person typed, nothing that the page added.
IGNORED_KEYS = {"csrfmiddlewaretoken", "client_id"}


class OnceForm(forms.Form):
    """A form with a UUID of its own, made by the page or, for a plain form, by us."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client_id"].initial = uuid.uuid4

    def clean_client_id(self) -> uuid.UUID:
        return self.cleaned_data["client_id"] or uuid.uuid4()

    def content(self, **about: Any) -> dict[str, Any]:
        """What was sent, and about what, for comparing two submissions of one UUID."""
        typed = cast(QueryDict, self.data)
        return about | {key: [str(v) for v in typed.getlist(key)] for key in sorted(typed) if key not in IGNORED_KEYS}


def look_up(user: User, number: str) -> Customer | None:
    """Who has the number that was typed, counted as a look. Raises `ValidationError` where this person has asked for
    too many tonight."""
    try:
        return lookups.holder_of(user, number, where="form")
    except lookups.TooManyLookups as too_many:
        raise forms.ValidationError(str(too_many)) from too_many


def party_sizes(capacity: int = 12) -> list[int]:
    """The six largest of the usual sizes of a party that fit, to be chosen by a tap."""
    return [n for n in (2, 3, 4, 5, 6, 8, 10, 12, 15, 20) if n <= capacity][-6:]
