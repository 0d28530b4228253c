"""What complaints hold about a guest (PIPL; domain.md, "Erasure").

An erased guest's complaint stays with its kind, its clock and its timeline's moves: they are the house's numbers. What
they said and wished, what was written about it and why they were compensated goes.
"""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.complaint_choices import Happening
from feedback.models import Compensation, Complaint, ComplaintEvent
from vipdesk import coded
from vipdesk.personal import (
    STRUCK,
    Erased,
    FreeText,
    Person,
    PersonalData,
    Section,
    label,
    strike_out,
    strike_out_numbers,
)
from vipdesk.submissions import SubmissionConflict
from vipdesk.templatetags.nights import moment, money
from visits.disclosure import evenings_of

_WORDS = ("words", "wished", "prevention")


def _own(person: Person) -> QuerySet[Complaint]:
    """Theirs by key, nobody's on file from a party of theirs, and where they left their number to be called back."""
    hosted = Q(customer=None, party__in=evenings_of(person).hosted)
    left_number = Q(contact_phone__in=person.numbers) & ~Q(contact_phone="")
    return Complaint.objects.filter(Q(customer__in=person.keys) | hosted | left_number)


def _collect(person: Person) -> Iterable[Section]:
    own = _own(person).select_related("room").order_by("pk")
    rows = [(moment(one.opened_at), _said(one)) for one in own]
    if rows:
        yield Section(_("Complaints"), rows)
    events = ComplaintEvent.objects.filter(complaint__in=own).exclude(words="").select_related("by")
    told = [(moment(one.at), _joined(Happening(one.kind).label, one.words, one.by)) for one in events]
    if told:
        yield Section(_("What was done about the complaints"), told)
    given = Compensation.objects.filter(complaint__in=own)
    paid = [
        (moment(one.asked_at), _joined(one.get_kind_display(), money(one.value), one.get_state_display(), one.reason))
        for one in given
    ]
    if paid:
        yield Section(_("Compensation"), paid)


def _said(one: Complaint) -> str:
    state = one.get_state_display()
    return _joined(
        one.room, one.get_category_display(), one.words, one.wished, one.shown_contact, state, one.prevention
    )


def _joined(*parts: object) -> str:
    return " · ".join(str(part) for part in parts if part)


def _erase(person: Person) -> Erased:
    own = list(_own(person).values_list("pk", flat=True))
    mine = Complaint.objects.filter(pk__in=own)
    forms = [key for key in mine.values_list("client_id", flat=True) if key]
    forms += [key for key in Compensation.objects.filter(complaint__in=own).values_list("client_id", flat=True) if key]
    theirs = evenings_of(person)
    there = Complaint.objects.filter(party__in=[*theirs.hosted, *theirs.joined])
    events = ComplaintEvent.objects.filter(complaint__in=there)
    given = Compensation.objects.filter(complaint__in=there)
    forms += mine.exclude(survey=None).values_list("survey__client_id", flat=True)
    has_words = ~Q(words="") | ~Q(wished="") | ~Q(prevention="") | ~Q(contact_phone="")
    removed = {
        label(Complaint): mine.filter(has_words).update(words=STRUCK, wished="", prevention="", contact_phone="")
        + strike_out(there, person.pattern, *_WORDS)
        + strike_out_numbers(Complaint.objects.all(), person, *_WORDS),
        label(ComplaintEvent): ComplaintEvent.objects.filter(complaint__in=own).exclude(words="").update(words=STRUCK)
        + strike_out(events, person.pattern, "words")
        + strike_out_numbers(ComplaintEvent.objects.exclude(words=""), person, "words"),
        label(Compensation): Compensation.objects.filter(complaint__in=own).update(reason=STRUCK)
        + strike_out(given, person.pattern, "reason")
        + strike_out_numbers(Compensation.objects.all(), person, "reason"),
        label(SubmissionConflict): SubmissionConflict.objects.filter(client_id__in=forms)
        .exclude(content="{}")
        .update(content="{}"),
    }
    return Erased(removed, {coded.write("proof.complaints"): str(len(own))} if own else {})


def _others(person: Person) -> QuerySet[Complaint]:
    """Complaints that are neither theirs nor of an evening they were there."""
    theirs = evenings_of(person)
    of_others = Complaint.objects.exclude(pk__in=_own(person).values("pk"))
    return of_others.exclude(party__in=[*theirs.hosted, *theirs.joined])


def _events_of_others(person: Person) -> QuerySet[ComplaintEvent]:
    return ComplaintEvent.objects.exclude(words="").filter(complaint__in=_others(person).values("pk"))


def _given_to_others(person: Person) -> QuerySet[Compensation]:
    return Compensation.objects.filter(complaint__in=_others(person).values("pk"))


COMPLAINTS = PersonalData(
    name=gettext_lazy("Complaints"),
    collect=_collect,
    erase=_erase,
    texts=(
        FreeText(rows=_others, fields=_WORDS),
        FreeText(rows=_events_of_others, fields=("words",)),
        FreeText(rows=_given_to_others, fields=("reason",)),
    ),
)
