"""Forms of the weekly summary: a manager's remark, a decision of operations that becomes a task."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback.weeks import WeekRefused
from staff.models import Task, User
from vipdesk import nights
from visits.forms.once import OnceForm

DUE_CLOCK = dt.time(18)


class RemarkForm(forms.Form):
    """What a manager has to say about the week."""

    text = forms.CharField(label=_("Your remark on the week"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def refuse(self, refused: WeekRefused) -> None:
        self.add_error(refused.field or None, str(refused))


class DecisionForm(OnceForm):
    """What is to be done about a point, by whom, by which night."""

    point = forms.CharField(label=_("Point"), max_length=120)
    title = forms.CharField(label=_("What is to be done"), max_length=120)
    to = forms.ModelMultipleChoiceField(User.objects.none(), label=_("By whom"))
    night = forms.DateField(label=_("By which night"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        to: Any = self.fields["to"]
        to.queryset = User.objects.managers()
        to.widget.attrs["size"] = 4
        self.fields["night"].initial = nights.tonight() + dt.timedelta(days=6)

    def clean_night(self) -> dt.date:
        night: dt.date = self.cleaned_data["night"]
        if nights.moment_in(night, DUE_CLOCK) <= timezone.now():
            raise forms.ValidationError(_("This night has begun already."))
        return night

    def task(self, by: User) -> Task:
        said = self.cleaned_data
        due_at = nights.moment_in(said["night"], DUE_CLOCK)
        return Task(title=said["title"], detail=said["point"], due_at=due_at, given_by=by)

    def refuse(self, refused: WeekRefused) -> None:
        self.add_error(refused.field or None, str(refused))
