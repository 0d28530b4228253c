"""Forms of the floor: a task from a leader, an answer to it, the note under a night."""

import datetime as dt
import uuid
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from staff.floor import rota
from staff.models import Leave, NightSignature, Task, TaskFor, User
from vipdesk import nights

AHEAD = dt.timedelta(days=62)
# What the page adds and nobody typed; it does not count when two submissions are compared.
IGNORED_KEYS = {"csrfmiddlewaretoken", "client_id"}


class TaskForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """A task: what, by when, for whom. `night` and `clock` together are a moment of that night, past midnight too."""

    night = forms.DateField(label=_("Night"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    clock = forms.TimeField(
        label=_("Due at"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("Up to 11:59 is the morning after."),
    )
    everybody = forms.BooleanField(label=_("Everybody on duty that night"), required=False)
    people = forms.ModelMultipleChoiceField(
        User.objects.none(), label=_("Or these"), required=False, widget=forms.CheckboxSelectMultiple
    )
    client_id = forms.UUIDField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Task
        fields = ["title", "detail"]
        widgets = {"detail": forms.Textarea(attrs={"rows": 3})}
        labels = {"title": _("What is to be done"), "detail": _("More about it")}
        error_messages = {"title": {"required": _("Say in a few words what is to be done.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tonight = nights.tonight()
        self.fields["people"].queryset = User.objects.with_roles().managers()  # type: ignore[attr-defined]
        self.fields["night"].initial = tonight
        self.fields["night"].widget.attrs["min"] = tonight.isoformat()
        self.fields["client_id"].initial = uuid.uuid4
        self.fields["everybody"].initial = True

    def clean_client_id(self) -> uuid.UUID:
        return self.cleaned_data["client_id"] or uuid.uuid4()

    def clean_night(self) -> dt.date:
        night: dt.date = self.cleaned_data["night"]
        if night < nights.tonight():
            raise forms.ValidationError(_("This night is over."))
        if night > nights.tonight() + AHEAD:
            raise forms.ValidationError(_("This is more than two months ahead."))
        return night

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "night" in cleaned and "clock" in cleaned:
            self.instance.due_at = nights.moment_in(cleaned["night"], cleaned["clock"])
            if self.instance.due_at <= timezone.now():
                self.add_error("clock", _("This time has passed."))
        self._check_people(cleaned)
        return cleaned

    def _check_people(self, cleaned: dict[str, Any]) -> None:
        if cleaned.get("everybody"):
            if "night" in cleaned and not rota.on_duty(cleaned["night"]):
                self.add_error("everybody", _("Nobody is on duty that night."))
        elif not cleaned.get("people") and "people" not in self.errors:
            self.add_error("everybody", _("Say for whom: everybody on duty, or some by name."))

    def to(self) -> list[User]:
        """For whom; of a valid form."""
        chosen = self.cleaned_data
        return rota.on_duty(chosen["night"]) if chosen["everybody"] else list(chosen["people"])

    def content(self) -> dict[str, list[str]]:
        """What was typed: two submissions with the same are the same."""
        sent = cast(QueryDict, self.data)
        return {key: sent.getlist(key) for key in sent if key not in IGNORED_KEYS}


class LeaveForm(forms.Form):
    """Leave: whose, from which night to which, of which kind."""

    user = forms.ModelChoiceField(User.objects.none(), label=_("Who"), empty_label="—")
    kind = forms.ChoiceField(label=_("Kind"), choices=Leave.Kind)
    first_night = forms.DateField(
        label=_("First night"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last_night = forms.DateField(
        label=_("Last night"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    note = forms.CharField(label=_("Note (if any)"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = User.objects.with_roles().managers()  # type: ignore[attr-defined]
        for name in ("first_night", "last_night"):
            self.fields[name].widget.attrs["min"] = nights.tonight().isoformat()

    def leave(self, by: User) -> Leave:
        """What was typed, unsaved; of a valid form."""
        return Leave(planned_by=by, **self.cleaned_data)


class AnswerForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = TaskFor
        fields = ["answer"]
        labels = {"answer": _("Answer (if any)")}


class NoteForm(forms.ModelForm):  # type: ignore[type-arg]
    """What stays to be said about the night, and which night."""

    class Meta:
        model = NightSignature
        fields = ["note"]
        widgets = {"note": forms.Textarea(attrs={"rows": 2, "maxlength": 300})}
        labels = {"note": _("Note (if any)")}
