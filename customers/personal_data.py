"""What the guests' app takes out when a guest is erased, table by table (PIPL; domain.md, "Erasure").

A guest's row stays, emptied: the night, who captured it and when are the managers' count of that night, and with the
row's key go the proofs of what was agreed and who looked. What names the guest goes, history included.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy

from customers import disclosure, forgetting, incoming, prospects
from customers.choices import Calendar
from customers.models import (
    AccessLog,
    CaptureNote,
    CareGrant,
    Consent,
    Customer,
    CustomerImport,
    GuestExport,
    GuestTag,
    IntakeReview,
    Merge,
    PhoneNumber,
    PossibleDouble,
    Prospect,
    ProspectAttempt,
)
from customers.models.customer import TYPED
from staff.models import User
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

Event: Any = Customer.events.rel.related_model

# Everything of a guest's row but what the counts of nights need: night, who captured it, when, how, and its state on
# the sheet, which decides whether it counts. The form's UUID is a random number; a form sent again is known by it.
_EMPTY: dict[str, Any] = {
    "name": STRUCK,
    "name_is_partial": False,
    "pinyin": "",
    "phone": None,
    "birthday_month": None,
    "birthday_day": None,
    "birthday_year": None,
    "birthday_calendar": Calendar.SOLAR,
    "birthday_is_leap": False,
    "home_address": "",
    "work_address": "",
    "tier": None,
    "member_no": None,
    "member_since": None,
    "owner": None,
    "likes_rooms": "",
    "likes_drinks": "",
    "likes_music": "",
    "dislikes": "",
    "notes": "",
    "source": "",
    "sms_consent": False,
    "call_consent": False,
    "needs_check": [],
    "is_key_account": False,
    "contact_every_days": None,
    "last_contact_night": None,
    "intake_reason": "",
}
KEPT_COLUMNS = (
    "id",
    "merged_into",
    "erased_at",
    "captured_by",
    "captured_at",
    "captured_time_known",
    "night",
    "origin",
    "client_id",
    "intake_status",
    "received_at",
    "updated_at",
    "last_seen_night",
)


def _erase_record(person: Person) -> Erased:
    records = Customer.objects.filter(pk__in=person.keys)
    kept = {_captured(who, night): str(count) for who, night, count in _captures(records)}
    events = Event.objects.filter(pgh_obj__in=person.keys)
    formerly = events.count()
    now = timezone.now()
    emptied = records.update(**_EMPTY, erased_at=now, updated_at=now)
    events.delete()  # the one that the emptying itself has just written is among them
    logged = LogEntry.objects.filter(
        content_type__app_label="customers",
        content_type__model="customer",
        object_id__in=[str(key) for key in person.keys],
    ).update(object_repr=STRUCK, change_message="")
    return Erased({label(Customer): emptied, label(Event): formerly, label(LogEntry): logged}, kept)


def _captured(who: User | None, night: dt.date) -> str:
    if who is None:
        return coded.write("proof.captured_by_nobody", night=night)
    return coded.write("proof.captured", who=who, night=night)


def _captures(records: QuerySet[Customer]) -> list[tuple[User | None, dt.date, int]]:
    counts = records.values_list("captured_by", "night").order_by("night").annotate(count=Count("pk"))
    people = User.objects.in_bulk([by for by, _night, _count in counts if by])
    return [(people.get(by), night, count) for by, night, count in counts]


def _erase_numbers(person: Person) -> Erased:
    blocked = forgetting.forget(person.numbers)
    deleted, _tables = PhoneNumber.objects.filter(customer__in=person.keys).delete()
    return Erased({label(PhoneNumber): deleted}, {coded.write("proof.blocked"): str(blocked)})


def _erase_records(person: Person) -> Erased:
    mine = {"customer__in": person.keys}
    reviews, looks = IntakeReview.objects.filter(**mine), AccessLog.objects.filter(**mine)
    merges = Merge.objects.filter(Q(kept__in=person.keys) | Q(merged__in=person.keys))
    doubles = PossibleDouble.objects.filter(Q(first__in=person.keys) | Q(second__in=person.keys))
    kept = {
        coded.write("proof.agreed"): Consent.objects.filter(**mine).count(),
        coded.write("proof.decided"): reviews.count(),
        coded.write("proof.looked"): looks.count(),
        coded.write("proof.merged"): merges.count(),
    }
    removed = {
        label(IntakeReview): reviews.exclude(reason="").update(reason=""),
        label(AccessLog): looks.exclude(detail="").update(detail=""),
        label(Merge): _empty_merges(merges),
        label(PossibleDouble): doubles.delete()[0],
        label(CareGrant): CareGrant.objects.filter(**mine).delete()[0],
        label(GuestTag): GuestTag.objects.filter(**mine).delete()[0],
    }
    return Erased(removed, {what: str(count) for what, count in kept.items() if count})


_MET = ("name", "where", "source", "note")


def _erase_prospects(person: Person) -> Erased:
    """Whom they were before they were a guest, and their number in what was written of other prospects."""
    theirs = _met(person)
    keys, tries = list(theirs.values_list("pk", flat=True)), ProspectAttempt.objects.all()
    taken_out = prospects.take_out(Prospect.objects.filter(pk__in=keys))
    removed = {
        label(Prospect): taken_out + strike_out_numbers(Prospect.objects.all(), person, *_MET),
        label(ProspectAttempt): strike_out_numbers(tries, person, "note"),
    }
    return Erased(removed, {coded.write("proof.met"): str(len(keys))} if keys else {})


def _empty_merges(merges: QuerySet[Merge]) -> int:
    """Which consents a merge wrote down stays, by key: a later merge must not take them for the guest's own word."""
    for merge in merges:
        said = {name: merge.moved[name] for name in ("consents", "unsaid") if name in merge.moved}
        Merge.objects.filter(pk=merge.pk).update(reason="", moved=said)
    return len(merges)


def _erase_sheets(person: Person) -> Erased:
    """What the house kept of sheets that came in and lists that went out; sheets that wait to come in are looked
    through before (`customers.erasing`)."""
    quotes = incoming.strike_out_quotes(person.keys)
    imports = max(quotes, strike_out(CustomerImport.objects.all(), person.pattern, "filename", "preview", "report"))
    exports = strike_out(GuestExport.objects.all(), person.pattern, "reason", "filters")
    return Erased({label(CustomerImport): imports, label(GuestExport): exports})


def _erase_late(person: Person) -> Erased:
    """Whether such a note was settled, and by whom, stays with its row: the form's receipt names it."""
    emptied = CaptureNote.objects.filter(customer__in=person.keys).exclude(content={}).update(content={})
    return Erased({label(CaptureNote): emptied})


def _erase_elsewhere(person: Person) -> Erased:
    """The number in what was typed about others. Names stay there: they are other people's words, and other people's
    names as often as not."""
    others = Customer.objects.exclude(pk__in=person.keys)
    struck = {
        label(Customer): strike_out_numbers(others, person, *TYPED, "intake_reason"),
        # After the rows themselves: striking them out writes history, too.
        label(Event): strike_out_numbers(Event.objects.all(), person, *TYPED, "pgh_context"),
        label(IntakeReview): strike_out_numbers(IntakeReview.objects.all(), person, "reason"),
        label(CaptureNote): strike_out_numbers(
            CaptureNote.objects.exclude(customer__in=person.keys), person, "content"
        ),
        label(Merge): strike_out_numbers(Merge.objects.all(), person, "reason"),
        label(LogEntry): strike_out_numbers(LogEntry.objects.all(), person, "object_repr", "change_message"),
    }
    return Erased(struck)


def _others(model: Any, *links: str) -> Callable[[Person], QuerySet[Any]]:
    """Rows of the model that belong to none of the person's records."""

    def rows(person: Person) -> QuerySet[Any]:
        found: QuerySet[Any] = model.objects.all()
        for link in links:
            found = found.exclude(**{f"{link}__in": person.keys})
        return found

    return rows


def _others_met(person: Person) -> QuerySet[Prospect]:
    return Prospect.objects.exclude(pk__in=_met(person).values("pk"))


def _tries_with_others(person: Person) -> QuerySet[ProspectAttempt]:
    return ProspectAttempt.objects.exclude(prospect__in=_met(person).values("pk"))


def _met(person: Person) -> QuerySet[Prospect]:
    return Prospect.objects.filter(Q(customer__in=person.keys) | Q(phone__in=person.numbers))


def _nothing(person: Person) -> list[Section]:
    """Shown by another part, or not the guest's to see: what is typed about others belongs to their record."""
    return []


RECORD = PersonalData(name=gettext_lazy("The record and its history"), collect=disclosure.facts, erase=_erase_record)
NUMBERS = PersonalData(name=gettext_lazy("Phone numbers"), collect=disclosure.numbers, erase=_erase_numbers)
RECORDS = PersonalData(
    name=gettext_lazy("Consents, decisions, looks, merges"), collect=disclosure.records, erase=_erase_records
)
PROSPECTS = PersonalData(
    name=gettext_lazy("Met before they were a guest"), collect=disclosure.prospects, erase=_erase_prospects
)
SHEETS = PersonalData(name=gettext_lazy("Imported and exported lists"), collect=_nothing, erase=_erase_sheets)
LATE = PersonalData(name=gettext_lazy("Late captures"), collect=disclosure.late, erase=_erase_late)
ELSEWHERE = PersonalData(
    name=gettext_lazy("The number in the records of others"),
    collect=_nothing,
    erase=_erase_elsewhere,
    texts=(
        FreeText(rows=_others(Customer, "pk"), fields=(*TYPED, "intake_reason"), history=Event),
        FreeText(rows=_others(IntakeReview, "customer"), fields=("reason",)),
        FreeText(rows=_others(CaptureNote, "customer"), fields=("content",)),
        FreeText(rows=_others(Merge, "kept", "merged"), fields=("reason",)),
        FreeText(rows=_others_met, fields=("where", "source", "note")),
        FreeText(rows=_tries_with_others, fields=("note",)),
    ),
)
