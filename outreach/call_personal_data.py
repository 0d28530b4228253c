"""What calls and contacts take out when a guest is erased, and say in the guest's own copy (PIPL).

Lists, calls and contacts stay with the guest's emptied key: they are the managers' work. What was said goes.
"""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outreach.models import Call, CampaignNote, Contact
from vipdesk import coded
from vipdesk.personal import STRUCK, Erased, FreeText, Person, PersonalData, Section, label, strike_out_numbers
from vipdesk.templatetags.nights import moment


def _collect(person: Person) -> Iterable[Section]:
    calls = Call.objects.filter(customer__in=person.keys).select_related("manager")
    contacts = Contact.objects.filter(customer__in=person.keys).select_related("by")
    called = [(moment(one.at), _joined(one.get_outcome_display(), one.note, one.manager)) for one in calls]
    met = [(moment(one.at), _joined(one.get_channel_display(), one.text, one.by)) for one in contacts]
    for title, rows in ((_("Calls"), called), (_("Contacts"), met)):
        if rows:
            yield Section(title, rows)


def _joined(*parts: object) -> str:
    return " · ".join(str(part) for part in parts if part)


def _erase(person: Person) -> Erased:
    calls, contacts = Call.objects.filter(customer__in=person.keys), Contact.objects.filter(customer__in=person.keys)
    kept = {coded.write("proof.calls"): calls.count(), coded.write("proof.contacts"): contacts.count()}
    removed = {
        label(Call): calls.exclude(note="").update(note="") + strike_out_numbers(Call.objects.all(), person, "note"),
        label(CampaignNote): strike_out_numbers(CampaignNote.objects.all(), person, "text"),
        label(Contact): contacts.update(text=STRUCK) + strike_out_numbers(Contact.objects.all(), person, "text"),
    }
    return Erased(removed, {what: str(count) for what, count in kept.items() if count})


def _other_calls(person: Person) -> QuerySet[Call]:
    return Call.objects.exclude(note="").exclude(customer__in=person.keys)


def _other_contacts(person: Person) -> QuerySet[Contact]:
    return Contact.objects.exclude(customer__in=person.keys)


def _campaign_notes(person: Person) -> QuerySet[CampaignNote]:
    return CampaignNote.objects.all()


CALLS = PersonalData(
    name=gettext_lazy("Calls and contacts"),
    collect=_collect,
    erase=_erase,
    texts=(
        FreeText(rows=_other_calls, fields=("note",)),
        FreeText(rows=_other_contacts, fields=("text",)),
        FreeText(rows=_campaign_notes, fields=("text",)),
    ),
)
