"""Form of operations' decision on the opt-outs of one room and night."""

import datetime as dt
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from feedback.models import GuestOptOut, OptOutReview
from visits.models import Room


class OptOutReviewForm(forms.Form):
    """Which opt-outs, what about them, and why."""

    opt_outs = forms.TypedMultipleChoiceField(
        coerce=int,
        error_messages={
            "required": _("Choose at least one opt-out."),
            "invalid_choice": _("This opt-out was decided on before, or is of another room."),
        },
    )
    decision = forms.ChoiceField(choices=OptOutReview.Decision.choices)
    reason = forms.CharField(
        label=_("Why"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Say why: it stays on record.")},
    )

    def __init__(self, data: QueryDict, *, room: Room, night: dt.date) -> None:
        super().__init__(data)
        rows = GuestOptOut.objects.filter(room=room, night=night, review=None)
        chosen: Any = self.fields["opt_outs"]
        chosen.choices = [(row.pk, str(row)) for row in rows.select_related("room")]
