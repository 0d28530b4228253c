"""Everything the guests' app holds about a guest, in words for the guest to read (PIPL: the right to a copy).

Nothing is masked: the copy is the guest's own. Records merged into theirs are part of it.
"""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from customers import birthdays, history, phones
from customers.models import (
    AccessLog,
    CaptureNote,
    CareGrant,
    Consent,
    Customer,
    GuestTag,
    IntakeReview,
    Merge,
    PhoneNumber,
    PossibleDouble,
    Prospect,
    ProspectAttempt,
)
from vipdesk.personal import Person, Section
from vipdesk.templatetags.nights import day, moment, night

_EVERY_CHANGE = 1_000_000
_WORDS = (
    "likes_rooms",
    "likes_drinks",
    "likes_music",
    "dislikes",
    "notes",
    "source",
)

Rows = list[tuple[str, str]]


def facts(person: Person) -> Iterable[Section]:
    """Each record as it stands, the living one first, and how it came to be as it is."""
    records = _records(person)
    for record in records:
        is_first = record.pk == person.keys[0]
        title = _("The record") if is_first else _("Record %(n)d, merged into it") % {"n": record.pk}
        yield Section(title, [row for row in _facts(record) if row[1]])
    yield from _section(_("What was changed"), _changes(records))


def _records(person: Person) -> list[Customer]:
    found = Customer.objects.select_related("owner", "tier", "captured_by").in_bulk(person.keys)
    return [found[key] for key in person.keys]


def _facts(record: Customer) -> Rows:
    born = record.birthday
    at = moment(record.captured_at) if record.captured_time_known else ""
    rows = [
        (_label("name"), record.name),
        (_("Name in pinyin"), record.pinyin or ""),
        (_label("phone"), phones.display(record.phone or "")),
        (_("Birthday"), birthdays.in_words(born) if born else ""),
        (_label("home_address"), record.home_address),
        (_label("work_address"), record.work_address),
        (_label("tier"), str(record.tier or "")),
        (_label("member_no"), record.member_no or ""),
        (_label("member_since"), day(record.member_since)),
        (_label("owner"), str(record.owner or "")),
        *((_label(name), getattr(record, name)) for name in _WORDS),
        (_label("sms_consent"), _yes(record.sms_consent)),
        (_label("call_consent"), _yes(record.call_consent)),
        (_("Only the surname is known"), _yes(True) if record.name_is_partial else ""),
        (_label("is_key_account"), _yes(True) if record.is_key_account else ""),
        (_("Days between contacts"), str(record.contact_every_days or "")),
        (_("Last contact"), night(record.last_contact_night)),
        (_("To be confirmed"), _(", ").join(_to_check(mark) for mark in record.needs_check)),
        (_("Night of capture"), night(record.night)),
        (_("Taken in"), _joined(at, record.captured_by, record.get_origin_display())),
        (_("Last here"), night(record.last_seen_night)),
        (_("State on the night's sheet"), _joined(record.get_intake_status_display(), record.sent_back_because)),
        (_("Key of the form"), str(record.client_id or "")),
    ]
    return [(what, str(value)) for what, value in rows]


def _to_check(mark: str) -> str:
    """A field that was partly understood, by its name; a mark of another kind as it stands."""
    named = {"birthday": _("birthday"), "birthday_year": pgettext("guest", "year of birth")}
    known = {field.name for field in Customer._meta.concrete_fields}
    return named.get(mark) or (str(Customer._meta.get_field(mark).verbose_name) if mark in known else mark)  # type: ignore[union-attr]


def _label(name: str) -> str:
    return capfirst(str(Customer._meta.get_field(name).verbose_name))  # type: ignore[union-attr]


def _yes(value: bool) -> str:
    return _("yes") if value else _("no")


def _changes(records: list[Customer]) -> Rows:
    first, *others = records
    changes = history.changes_of(first, with_contact=True, former=others, longest=_EVERY_CHANGE)
    return [
        (
            moment(change.at),
            _joined(f"{one.label}: {one.before} → {one.after}", change.by or _("the desk"), change.reason),
        )
        for change in changes
        for one in change.differences
    ]


def numbers(person: Person) -> Iterable[Section]:
    held = PhoneNumber.objects.filter(customer__in=person.keys)
    return _section(_("Phone numbers"), [(one.shown, _how_long(one)) for one in held])


def _how_long(number: PhoneNumber) -> str:
    since = _("since %(at)s") % {"at": moment(number.since)}
    return _joined(since, number.released_at and _("until %(at)s") % {"at": moment(number.released_at)})


def records(person: Person) -> Iterable[Section]:
    """What was agreed, decided, looked at and joined."""
    yield from _section(_("Consents"), _consents(person))
    yield from _section(_("Decisions of after-sales about the record"), _reviews(person))
    yield from _section(_("Who looked at the full number, or took the record out of the house"), _looks(person))
    yield from _section(_("Who cared for the guest on a night"), _care(person))
    yield from _section(_("Records made one"), _merges(person))
    yield from _section(_("Tags"), _tags(person))
    yield from _section(_("Records thought to be the same guest"), _doubles(person))


def late(person: Person) -> Iterable[Section]:
    """What was captured of the guest while their number was on file already, with what became of it."""
    found = CaptureNote.objects.filter(customer__in=person.keys).exclude(content={})
    for note in found.select_related("captured_by", "notice").order_by("captured_at"):
        title = _("Captured once more, %(at)s") % {"at": moment(note.captured_at)}
        yield Section(title, [(what, value) for what, value in _late_facts(note) if value])


def _late_facts(note: CaptureNote) -> Rows:
    said, born = note.content, note.birthday
    return [
        (_label("name"), said["name"] or ""),
        (_label("phone"), phones.display(said["phone"] or "")),
        (_("Birthday"), birthdays.in_words(born) if born else ""),
        *((_label(name), said[name] or "") for name in ("home_address", "work_address", "notes", "source")),
        (_label("sms_consent"), _yes(said["sms_consent"])),
        (_label("call_consent"), _yes(said["call_consent"])),
        (_("Taken in"), _joined(note.captured_by, note.notice)),
        (_("State"), str(note.get_how_display() if note.how else _("to look at"))),
    ]


def _consents(person: Person) -> Rows:
    said = Consent.objects.filter(customer__in=person.keys).select_related("recorded_by", "notice")
    return [
        (
            f"{one.get_kind_display()}: {one.get_action_display()}",
            _joined(moment(one.recorded_at), one.get_channel_display(), one.notice, one.recorded_by),
        )
        for one in said
    ]


def _reviews(person: Person) -> Rows:
    found = IntakeReview.objects.filter(customer__in=person.keys).select_related("reviewed_by")
    return [
        (moment(one.reviewed_at), _joined(one.get_status_display(), one.shown_reason, one.reviewed_by)) for one in found
    ]


def _looks(person: Person) -> Rows:
    found = AccessLog.objects.filter(customer__in=person.keys).select_related("user")
    return [(moment(one.at), _joined(one.get_kind_display(), one.user)) for one in found]


def _care(person: Person) -> Rows:
    found = CareGrant.objects.filter(customer__in=person.keys).select_related("user").order_by("night")
    return [(night(one.night), str(one.user)) for one in found]


def _merges(person: Person) -> Rows:
    found = Merge.objects.filter(Q(kept__in=person.keys) | Q(merged__in=person.keys)).select_related("merged_by")
    return [
        (moment(one.merged_at), _joined(f"{one.merged_id} → {one.kept_id}", one.reason, one.merged_by)) for one in found
    ]


def _doubles(person: Person) -> Rows:
    found = PossibleDouble.objects.filter(Q(first__in=person.keys) | Q(second__in=person.keys)).order_by("pk")
    return [
        (moment(one.found_at), _joined(f"{one.first_id}, {one.second_id}", one.get_state_display())) for one in found
    ]


def _tags(person: Person) -> Rows:
    found = GuestTag.objects.filter(customer__in=person.keys).select_related("tag", "added_by").order_by("pk")
    return [(moment(one.added_at), _joined(one.tag, one.added_by)) for one in found]


def prospects(person: Person) -> Iterable[Section]:
    """Who met them before they were a guest, and what was tried."""
    theirs = Q(customer__in=person.keys) | Q(phone__in=person.numbers)
    met = Prospect.objects.filter(theirs).select_related("found_by", "owner").order_by("found_at")
    tries = ProspectAttempt.objects.filter(prospect__in=met.values("pk")).select_related("by").order_by("at")
    rows = [(moment(one.found_at), _met(one)) for one in met]
    rows += [
        (moment(one.at), _joined(one.get_channel_display(), one.get_outcome_display(), one.note, one.by))
        for one in tries
    ]
    return _section(_("Met before they were a guest"), rows)


def _met(one: Prospect) -> str:
    said = (one.name, phones.display(one.phone or ""), one.get_lead_display(), one.where, one.note)
    return _joined(*said, one.found_by, one.get_state_display())


def _joined(*parts: object) -> str:
    return " · ".join(str(part) for part in parts if part)


def _section(title: str, rows: Rows) -> list[Section]:
    return [Section(title, rows)] if rows else []
