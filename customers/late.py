"""Captures that came in late: the number was on file by then, so after-sales lay the two side by side and settle it.

A tablet without network cannot ask whose a number is. What it captured is kept as it was typed, beside the guest who
has the number; a person decides what of it goes into their record.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pghistory
from django.db import transaction
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from customers import birthdays, forgetting, names
from customers.merging import BIRTHDAY, FLAGS
from customers.models import CaptureNote, Consent, Customer
from customers.services import Agreement, ChangedMeanwhile, update_customer
from staff.models import User
from vipdesk import nights

WORDS = ("name", "home_address", "work_address", "notes")
CONTENT = ("phone", *WORDS, "source", *BIRTHDAY)
CONSENTS = ("sms_consent", "call_consent")
# What may go into the guest's record, in the order of the screen. How somebody first came to us is no late capture's to
# say, and the number is the guest's already.
OFFERED = ("name", "birthday", "home_address", "work_address", "notes", *CONSENTS)


class SettledAlready(Exception):
    """Somebody else was faster: `note` says who, when and how."""

    def __init__(self, note: CaptureNote) -> None:
        super().__init__("settled already")
        self.note = note


@transaction.atomic
def keep_capture_note(
    *, customer: Customer, facts: Mapping[str, Any], agreement: Agreement, by: User, at: dt.datetime, client_id: UUID
) -> CaptureNote:
    """Keep a capture of `customer`'s number for after-sales; `facts` are the capture form's cleaned values, valid but
    for the number that is taken, `at` the moment of capture by the tablet's corrected clock.

    The same `client_id` again gives the first note back. Locks the guest, so that an erasure under way is waited for,
    and raises `Customer.DoesNotExist` where they are erased: the number is free then, and the capture a new guest's.
    """
    living = Customer.objects.select_for_update(of=("self",)).filter(erased_at=None)
    guest = living.get(pk=customer.goes_on_as.pk)
    content = {name: facts.get(name) for name in CONTENT}
    content |= {"sms_consent": agreement.sms, "call_consent": agreement.call}
    found, _is_new = CaptureNote.objects.get_or_create(
        client_id=client_id,
        defaults={
            "customer": guest,
            "captured_by": by,
            "captured_at": at,
            "night": nights.night_of(at),
            "notice": agreement.notice,
            "content": content,
        },
    )
    return found


@transaction.atomic
def settle_capture_note(
    *, note: int, by: User, take_over: Sequence[str], seen: dt.datetime | None = None
) -> CaptureNote:
    """Settle a note: what `take_over` names (of `OFFERED`) goes into the guest's record as any correction does, nothing
    leaves it as it is. A yes goes into the log at its own time, under the notice shown then and by who heard it.

    Locks the guest, then the note. Raises `SettledAlready`; and `ChangedMeanwhile` where the guest is no longer as they
    were `seen` (their `updated_at`), were merged or erased, or what was named is no longer on offer.
    """
    guest = Customer.objects.select_for_update(of=("self",)).get(pk=CaptureNote.objects.get(pk=note).guest.pk)
    locked = CaptureNote.objects.select_for_update(of=("self",)).select_related("settled_by", "captured_by", "notice")
    kept = locked.get(pk=note)
    if kept.settled_at:
        raise SettledAlready(kept)
    is_as_seen = seen is None or seen == guest.updated_at
    if not (is_as_seen and guest.is_living and set(take_over) <= set(on_offer(kept, guest))):
        raise ChangedMeanwhile(guest.updated_at)
    _take_over(kept, guest, take_over, by)
    kept.settled_at, kept.settled_by = timezone.now(), by
    kept.how = CaptureNote.How.TAKEN_OVER if take_over else CaptureNote.How.LEFT
    kept.taken_over = [name for name in OFFERED if name in take_over]
    kept.save(update_fields=["settled_at", "settled_by", "how", "taken_over"])
    return kept


def _take_over(note: CaptureNote, guest: Customer, chosen: Sequence[str], by: User) -> None:
    reason = _("from a late capture of %(who)s") % {"who": note.captured_by}
    columns = [column for name in chosen if name not in CONSENTS for column in _write(note, guest, name)]
    if columns:
        update_customer(customer=guest, changed=columns, seen=guest.updated_at, by=by, reason=reason)
    agreed = [name for name in chosen if name in CONSENTS]
    if agreed:
        _agree(note, guest, agreed, by, reason)


def _write(note: CaptureNote, guest: Customer, name: str) -> list[str]:
    """Put what was captured on the guest; the columns that differ now, the mark of a guess among them."""
    if name == "birthday":
        columns = list(BIRTHDAY)
        for column in BIRTHDAY:
            setattr(guest, column, note.content[column])
    elif name == "notes":
        columns = ["notes"]
        guest.notes = "\n".join(filter(None, (guest.notes, note.content["notes"])))
    else:
        columns = [name]
        setattr(guest, name, note.content[name])
    if name == "name":
        guest.name_is_partial = names.read_name(guest.name).is_partial
        columns.append("name_is_partial")
    sure = [mark for mark in guest.needs_check if mark != name and mark not in columns]
    if sure != guest.needs_check:
        guest.needs_check = sure
        columns.append("needs_check")
    return columns


def _agree(note: CaptureNote, guest: Customer, flags: Sequence[str], by: User, reason: str) -> None:
    for flag in flags:
        setattr(guest, flag, True)
    guest.updated_at = timezone.now()
    with pghistory.context(user=by.pk, reason=reason):
        guest.save(update_fields=[*flags, "updated_at"])
    Consent.objects.bulk_create(
        Consent(
            customer=guest,
            kind=kind,
            action=Consent.Action.GRANTED,
            notice=note.notice,
            channel=Consent.Channel.TABLET,
            recorded_by=note.captured_by,
            recorded_at=note.captured_at,
        )
        for kind, flag in FLAGS.items()
        if flag in flags
    )
    if "sms_consent" in flags and guest.phone:
        forgetting.lift(guest.phone)


# --- side by side --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One fact on both sides; `name` where it is on offer, `is_blank` where the guest has nothing there yet."""

    label: str
    on_file: str
    captured: str
    name: str = ""
    is_blank: bool = False
    why_not: str = ""


def differing(note: CaptureNote, guest: Customer) -> list[str]:
    """Names (of `OFFERED`) of what the capture says and the guest's record does not; asks the database nothing."""
    found = [name for name in WORDS if note.content.get(name) and not _is_on_file(note, guest, name)]
    if note.birthday and not _is_birthday_on_file(note, guest):
        found.append("birthday")
    found += [flag for flag in CONSENTS if note.content.get(flag) and not getattr(guest, flag)]
    return [name for name in OFFERED if name in found]


def on_offer(note: CaptureNote, guest: Customer) -> list[str]:
    """Of what differs, what may be taken over: a yes only where the guest has said nothing on it since."""
    found = differing(note, guest)
    later = _said_since(note, guest) if set(found) & set(CONSENTS) else set()
    return [name for name in found if name not in later]


def _is_on_file(note: CaptureNote, guest: Customer, name: str) -> bool:
    said, known = note.content[name], getattr(guest, name)
    return bool(said in known if name == "notes" else said == known)


def _is_birthday_on_file(note: CaptureNote, guest: Customer) -> bool:
    """A birthday without its year says nothing against the same day with one."""
    columns = [column for column in BIRTHDAY if column != "birthday_year" or note.content["birthday_year"]]
    return all(note.content[column] == getattr(guest, column) for column in columns)


def _said_since(note: CaptureNote, guest: Customer) -> set[str]:
    said = Consent.objects.filter(
        customer__in=Customer.objects.family(guest.pk), kind__in=FLAGS, recorded_at__gt=note.captured_at
    )
    return {FLAGS[Consent.Kind(kind)] for kind in said.values_list("kind", flat=True)}


def lines(note: CaptureNote, guest: Customer) -> list[Line]:
    """The two sides, what both have blank left out; addresses and notes in full: a look is to be written down."""
    differs, offered = differing(note, guest), on_offer(note, guest)
    words = {True: _("agreed"), False: _("no")}
    said = [flag for flag in CONSENTS if note.content.get(flag)]
    sides: dict[str, tuple[str, str]] = {
        **{name: (getattr(guest, name), note.content.get(name) or "") for name in WORDS},
        "birthday": (_day(guest.birthday), _day(note.birthday)),
        **{flag: (words[getattr(guest, flag)], words[True]) for flag in said},
    }
    found = [
        Line(
            label(name),
            *sides[name],
            name=name if name in offered else "",
            is_blank=not sides[name][0],
            why_not=_("the guest has said otherwise since") if name in differs and name not in offered else "",
        )
        for name in OFFERED
        if name in sides
    ]
    found.append(Line(label("source"), guest.source, note.content.get("source") or ""))
    return [line for line in found if line.on_file or line.captured]


def _day(born: birthdays.Birthday | None) -> str:
    return birthdays.in_words(born) if born else ""


def label(name: str) -> str:
    """What a fact of `OFFERED` is called on screen."""
    if name == "birthday":
        return _("Birthday")
    return capfirst(str(Customer._meta.get_field(name).verbose_name))  # type: ignore[union-attr]  # columns of our own
