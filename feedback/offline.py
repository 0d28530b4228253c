"""An answer that was given on a tablet without a network and comes in later (D4 S2)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from feedback import surveys
from feedback.asking import form_of
from feedback.forms.surveys import SurveyForm
from feedback.surveys import SurveyRefused
from vipdesk.offline import Entry, Kind, Unfit

KIND = "survey"


def _read(entry: Entry) -> SurveyForm:
    data = entry.data
    try:
        return form_of(entry.author, data, data=data)
    except Customer.DoesNotExist:  # held: the form then asks which room
        return form_of(entry.author, {}, data=data)


def _content(form: SurveyForm) -> Mapping[str, Any]:
    return form.content()


def _work(form: SurveyForm, entry: Entry) -> Mapping[str, Any]:
    survey = form.asked_by(entry.author, entry.at)
    try:
        surveys.record_survey(survey=survey, by_operations=entry.by_operations)
    except SurveyRefused:
        raise Unfit from None
    return {"survey": survey.pk, "party": survey.party_id, "complaint": survey.needs_somebody}


SURVEY = Kind(name=KIND, title=_("survey"), mend_url="feedback:survey", read=_read, content=_content, work=_work)
