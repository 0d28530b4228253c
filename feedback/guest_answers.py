"""What a guest does by themselves on their own phone: answer, leave their details, ask for no more messages."""

import datetime as dt
from dataclasses import dataclass

import pghistory
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.choices import Origin
from customers.families import who_goes_on
from customers.models import Consent, Customer, PhoneNumber
from customers.services import Agreement, capture_customer
from customers.taken import Taken
from feedback.models import Survey
from feedback.surveys import SurveyRefused, record_survey
from vipdesk import coded
from visits import notices
from visits.models import Party, Room

ANSWERS_A_HEAD = 2  # people are counted roughly, and phones change hands
_CONSENTS = {"sms_consent": Consent.Kind.SMS, "call_consent": Consent.Kind.CALL}


@dataclass(frozen=True, kw_only=True)
class Silenced:
    """The guest who has the number, and which consents were given until now."""

    customer: Customer
    sms: bool
    calls: bool


def answer(*, survey: Survey, party: Party, contact_phone: str = "") -> Survey:
    """An answer (unsaved, of a device) for the party of its link, in the caller's transaction. Raises `SurveyRefused`:
    no more phones may answer than the party has people, twice over."""
    Party.objects.select_for_update(of=("self",)).get(pk=party.pk)  # so that two phones at once count one another
    given = Survey.objects.filter(party=party, channel=Survey.Channel.QR).count()
    if given >= party.people * ANSWERS_A_HEAD:
        raise SurveyRefused("", _("This room has answered often enough tonight. Thank you!"))
    survey.party = party
    return record_survey(survey=survey, contact_phone=contact_phone)


def leave_details(*, customer: Customer, agreement: Agreement, room: Room, party: Party | None) -> Customer | None:
    """A guest entered themselves: onto the night's sheet, nobody's capture, and told to who serves the party there.
    None where the number is on file: who types a number has not shown that it is theirs, so that nothing there changes,
    and nobody learns it by asking."""
    customer.origin, customer.source = Origin.SELF, f"QR {room.number}"
    try:
        with transaction.atomic():
            guest = capture_customer(customer=customer, agreement=agreement, by=None, at=timezone.now())
    except Taken:
        return None
    if party:
        notices.tell_of_self_entry(party=party, customer=guest)
    return guest


@transaction.atomic
def ask_for_silence(*, number: str, calls: bool, now: dt.datetime | None = None) -> Silenced | None:
    """No more messages to whoever has this number (E.164), nor calls where they say so. None where the number is not
    on file, which is nobody's to know."""
    found = PhoneNumber.objects.filter(number=number, released_at=None).values_list("customer", flat=True).first()
    if found is None:
        return None
    guest = Customer.objects.select_for_update(of=("self",)).get(pk=who_goes_on([found])[found])
    wanted = ["sms_consent", *(["call_consent"] if calls else [])]
    taken_back = [field for field in wanted if getattr(guest, field)]
    now = now or timezone.now()
    Consent.objects.bulk_create(
        Consent(
            customer=guest,
            kind=_CONSENTS[field],
            action=Consent.Action.WITHDRAWN,
            channel=Consent.Channel.SELF,
            recorded_at=now,
        )
        for field in wanted
    )
    if taken_back:
        changes = dict.fromkeys(taken_back, False)
        with pghistory.context(reason=coded.write("history.own_wish")):
            Customer.objects.filter(pk=guest.pk).update(updated_at=now, **changes)
    return Silenced(customer=guest, sms="sms_consent" in taken_back, calls="call_consent" in taken_back)
