"""Taking in an answer (D4 S2): on whose night and in whose room, once per guest and device and party, and what it sets
off: a low score or a wish to be contacted opens a complaint in the same transaction (domain.md, "Surveys")."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.families import with_merged
from customers.models import Customer
from feedback import complaints
from feedback.models import Survey
from vipdesk import nights


class SurveyRefused(Exception):
    """Why not, in words; `field` is the form's field it belongs to."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class AnsweredBefore(SurveyRefused):
    """This guest, or this phone, has answered for this party."""


def record_survey(*, survey: Survey, contact_phone: str = "", by_operations: bool = False) -> Survey:
    """Take in an answer (unsaved, with its facts), in the caller's transaction. It belongs to its party's night and
    room, else to the night of its moment; the number (E.164) that an anonymous one left goes to its complaint. Raises
    `SurveyRefused`, and `AnsweredBefore`."""
    now = timezone.now()
    if not nights.is_recordable(survey.submitted_at, now, by_operations):
        raise SurveyRefused("submitted_at", _("This lies in the future, or too far back."))
    _place(survey)
    _refuse_second(survey)
    _save(survey)
    if survey.needs_somebody:
        complaints.open_from_survey(survey=survey, contact_phone=contact_phone)
    return survey


def _place(survey: Survey) -> None:
    party = survey.party
    if party is None:
        survey.night = nights.night_of(survey.submitted_at)
        return
    if survey.submitted_at < party.seated_at - dt.timedelta(minutes=1):
        raise SurveyRefused("party", _("This party had not been seated yet."))
    survey.night = party.night
    survey.room = survey.room or party.room
    survey.manager = survey.manager or party.attributed_to


def _refuse_second(survey: Survey) -> None:
    """One answer per guest and party, under whatever record the guest answered. Two at once are the constraint's."""
    if not (survey.party and survey.customer):
        return
    theirs = Customer.objects.filter(pk=survey.customer.pk)
    if Survey.objects.filter(customer__in=with_merged(theirs), party=survey.party).exists():
        raise AnsweredBefore("customer", _("This guest has answered for this party already."))


def _save(survey: Survey) -> None:
    try:
        with transaction.atomic():
            survey.save(force_insert=True)
    except IntegrityError as error:
        constraint = error.__cause__.diag.constraint_name or ""  # type: ignore[union-attr]  # psycopg2's own
        if constraint.startswith("one_survey_per_guest"):
            raise AnsweredBefore("customer", _("This guest has answered for this party already.")) from None
        if constraint.startswith("one_survey_per_device"):
            raise AnsweredBefore("", _("An answer was given on this phone already. Thank you!")) from None
        if "client_id" in constraint:
            raise AnsweredBefore("", _("This answer came in before, from a sheet.")) from None
        raise
