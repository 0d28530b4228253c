"""What rooms and bottles take out when a guest is erased (PIPL; domain.md, "Erasure").

Parties, visits, sales and bottles stay with the guest's emptied key: they are the counts and the pay of the managers.
What was said by the guest, of them or to them goes, and so does the history of their reservations and parties.
"""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy

from vipdesk import coded
from vipdesk.personal import (
    STRUCK,
    Erased,
    FreeText,
    Person,
    PersonalData,
    is_in,
    label,
    strike_out,
    strike_out_numbers,
)
from vipdesk.submissions import SubmissionConflict
from visits import disclosure
from visits.choices import ReservationState
from visits.disclosure import Evenings, evenings_of
from visits.models import (
    BottleWithdrawal,
    MissedVisit,
    Party,
    Promise,
    Reservation,
    RoomHold,
    RoomVisit,
    SecondSale,
    StoredBottle,
)

ReservationEvent: Any = Reservation.events.rel.related_model  # type: ignore[attr-defined]
PartyEvent: Any = Party.events.rel.related_model
BottleEvent: Any = StoredBottle.events.rel.related_model

_TYPED = ("guest_name", "deposit_note", "notes", "reason")


# --- rooms ---------------------------------------------------------------------------------------------------------


def _erase_rooms(person: Person) -> Erased:
    theirs = evenings_of(person)
    forms = _forms(theirs)
    kept = _kept(theirs)
    called_off = _call_off(theirs)
    removed: Counter[str] = Counter()
    for step in (_empty_reservations, _empty_parties, _empty_visits):
        removed.update(step(theirs, person))
    removed.update(_numbers_elsewhere(person))
    removed[label(SubmissionConflict)] = _empty_conflicts(forms, person)
    if called_off:
        kept[coded.write("proof.called_off")] = str(called_off)
    return Erased(dict(removed), kept)


def _kept(theirs: Evenings) -> dict[str, str]:
    sold = SecondSale.objects.filter(party__in=theirs.hosted).aggregate(yuan=Sum("amount"))["yuan"]
    kept = {
        coded.write("proof.reservations"): len(theirs.reservations),
        coded.write("proof.parties"): len(theirs.hosted),
        coded.write("proof.visits"): theirs.visits().count(),
        coded.write("proof.sales"): sold,
    }
    return {what: str(count) for what, count in kept.items() if count}


def _call_off(theirs: Evenings) -> int:
    """Nobody could be asked after or recognised at the door by a reservation that names nobody."""
    waiting = Reservation.objects.filter(pk__in=theirs.reservations, state=ReservationState.BOOKED)
    RoomHold.objects.filter(reservation__in=waiting).delete()
    return waiting.update(state=ReservationState.CANCELLED, updated_at=timezone.now())


def _empty_reservations(theirs: Evenings, person: Person) -> dict[str, int]:
    emptied = Reservation.objects.filter(pk__in=theirs.reservations).update(
        guest_name=STRUCK, guest_phone="", deposit_note="", notes="", reason="", updated_at=timezone.now()
    )
    # What the emptying itself has just written is among them.
    formerly, _tables = ReservationEvent.objects.filter(pgh_obj__in=theirs.reservations).delete()
    return {label(Reservation): emptied, label(ReservationEvent): formerly}


def _empty_parties(theirs: Evenings, person: Person) -> dict[str, int]:
    """A party seated on their reservation has the name from there, even where it is another's on file."""
    named = Party.objects.filter(pk__in=[*theirs.hosted, *theirs.seated])
    emptied = named.exclude(host_name="", host_phone="").update(host_name="", host_phone="", updated_at=timezone.now())
    formerly, _tables = PartyEvent.objects.filter(pgh_obj__in=theirs.hosted).delete()
    PartyEvent.objects.filter(pgh_obj__in=theirs.seated).update(host_name="", host_phone="")
    others = Party.objects.filter(pk__in=theirs.joined)
    struck = strike_out(others, person.pattern, "host_name")
    told = strike_out(PartyEvent.objects.filter(pgh_obj__in=theirs.joined), person.pattern, "host_name", "pgh_context")
    return {label(Party): emptied + struck, label(PartyEvent): formerly + told}


def _empty_visits(theirs: Evenings, person: Person) -> dict[str, int]:
    """All that was said where they were host or the only one met; where they were with others, what names them."""
    own = theirs.visits_about_them()
    missed = MissedVisit.objects.filter(customer__in=person.keys)
    there = {"party__in": [*theirs.hosted, *theirs.joined]}
    pattern = person.pattern
    return {
        label(RoomVisit): own.exclude(opinion="").update(opinion="")
        + strike_out(RoomVisit.objects.filter(**there), pattern, "opinion"),
        label(Promise): Promise.objects.filter(party__in=theirs.hosted).update(text=STRUCK)
        + Promise.objects.filter(visit__in=own).exclude(text=STRUCK).update(text=STRUCK)
        + strike_out(Promise.objects.filter(**there), pattern, "text"),
        label(MissedVisit): missed.update(reason=STRUCK)
        + strike_out(MissedVisit.objects.filter(**there), pattern, "reason"),
        label(SecondSale): strike_out(SecondSale.objects.filter(**there), pattern, "item"),
    }


def _numbers_elsewhere(person: Person) -> dict[str, int]:
    """The number in what was typed about others, whose own words stay."""
    return {
        label(Reservation): _no_phone(Reservation.objects.all(), person)
        + strike_out_numbers(Reservation.objects.all(), person, *_TYPED),
        label(Party): _no_phone(Party.objects.all(), person, "host_phone")
        + strike_out_numbers(Party.objects.all(), person, "host_name"),
        label(RoomVisit): strike_out_numbers(RoomVisit.objects.all(), person, "opinion"),
        label(Promise): strike_out_numbers(Promise.objects.all(), person, "text"),
        label(MissedVisit): strike_out_numbers(MissedVisit.objects.all(), person, "reason"),
        label(SecondSale): strike_out_numbers(SecondSale.objects.all(), person, "item"),
        # After the rows themselves: striking them out writes history, too.
        label(ReservationEvent): _no_phone(ReservationEvent.objects.all(), person)
        + strike_out_numbers(ReservationEvent.objects.all(), person, *_TYPED, "pgh_context"),
        label(PartyEvent): _no_phone(PartyEvent.objects.all(), person, "host_phone")
        + strike_out_numbers(PartyEvent.objects.all(), person, "host_name", "pgh_context"),
    }


def _no_phone(rows: QuerySet[Any], person: Person, column: str = "guest_phone") -> int:
    """Reservations and parties of another guest under a number that has become this one's alone."""
    return rows.filter(**{f"{column}__in": person.numbers}).update(**{column: ""})


# --- forms under the same UUID -------------------------------------------------------------------------------------


def _forms(theirs: Evenings) -> set[UUID]:
    """Under which UUIDs their reservations, parties, visits and what they were offered came in."""
    parties = [*theirs.hosted, *theirs.joined]
    rows: Iterable[QuerySet[Any]] = (
        Reservation.objects.filter(pk__in=theirs.reservations),
        Party.objects.filter(pk__in=parties),
        RoomVisit.objects.filter(party__in=parties),
        SecondSale.objects.filter(party__in=parties),
    )
    return {key for found in rows for key in found.values_list("client_id", flat=True) if key}


def _empty_conflicts(forms: set[UUID], person: Person) -> int:
    """A form that contradicted one of these and names the guest; one about somebody else stays to be looked at."""
    kept = SubmissionConflict.objects.filter(client_id__in=forms).exclude(content="{}")
    keys = [one.pk for one in kept if is_in(_as_read(one.content), person.pattern)]
    return SubmissionConflict.objects.filter(pk__in=keys).update(content="{}")


def _as_read(content: str) -> str:
    """Its canonical JSON escapes whatever is not ASCII."""
    return json.dumps(json.loads(content), ensure_ascii=False)


# --- bottles -------------------------------------------------------------------------------------------------------


def _erase_bottles(person: Person) -> Erased:
    """The bottles stay on their shelves, with what was taken out: only labels that name the guest change."""
    own = StoredBottle.objects.filter(customer__in=person.keys)
    pattern = _on_a_label(person)
    count = own.count()
    renamed = _rename(own, pattern)
    events = BottleEvent.objects.filter(pgh_obj__in=own.values("pk"))
    corrected = BottleWithdrawal.objects.exclude(reason="")
    removed = {
        label(BottleWithdrawal): strike_out(corrected.filter(bottle__in=own), person.pattern, "reason")
        + strike_out_numbers(corrected, person, "reason"),
        label(StoredBottle): renamed
        + strike_out(own, pattern, "product", "locker")
        + strike_out_numbers(StoredBottle.objects.all(), person, "product", "locker"),
        label(BottleEvent): strike_out(events, pattern, "bottle_no", "product", "locker")
        + strike_out(events, person.pattern, "pgh_context")
        + strike_out_numbers(BottleEvent.objects.all(), person, "product", "locker", "pgh_context"),
    }
    return Erased(removed, {coded.write("proof.bottles"): str(count)} if count else {})


def _on_a_label(person: Person) -> str:
    """Member numbers by themselves alone: locker A1024 is not the guest's because their number is 1024."""
    words = person.words_pattern and rf"(?<!\w)(?:{person.words_pattern})(?!\w)"
    return "|".join(filter(None, (person.numbers_pattern, words, person.names_pattern)))


def _rename(bottles: QuerySet[StoredBottle], pattern: str) -> int:
    """No two bottles may have one number, so that a dash alone would not do."""
    naming = [bottle.pk for bottle in bottles if is_in(bottle.bottle_no, pattern)]
    for pk in naming:
        StoredBottle.objects.filter(pk=pk).update(bottle_no=f"{STRUCK}{pk}", updated_at=timezone.now())
    return len(naming)


# --- names in what was written about others -------------------------------------------------------------------------


def _other_reservations(person: Person) -> QuerySet[Reservation]:
    return Reservation.objects.exclude(pk__in=evenings_of(person).reservations)


def _other_visits(person: Person) -> QuerySet[RoomVisit]:
    theirs = evenings_of(person)
    return RoomVisit.objects.exclude(party__in=_there(theirs)).exclude(pk__in=theirs.visits_about_them().values("pk"))


def _other_promises(person: Person) -> QuerySet[Promise]:
    theirs = evenings_of(person)
    of_others = Promise.objects.exclude(party__in=_there(theirs))
    return of_others.exclude(visit__in=theirs.visits_about_them().values("pk"))


def _other_missed(person: Person) -> QuerySet[MissedVisit]:
    theirs = evenings_of(person)
    return MissedVisit.objects.exclude(customer__in=person.keys).exclude(party__in=_there(theirs))


def _other_sales(person: Person) -> QuerySet[SecondSale]:
    return SecondSale.objects.exclude(party__in=_there(evenings_of(person)))


def _other_bottles(person: Person) -> QuerySet[StoredBottle]:
    return StoredBottle.objects.exclude(customer__in=person.keys)


def _other_withdrawals(person: Person) -> QuerySet[BottleWithdrawal]:
    return BottleWithdrawal.objects.exclude(reason="").exclude(bottle__customer__in=person.keys)


def _there(theirs: Evenings) -> list[int]:
    return [*theirs.hosted, *theirs.joined]


ROOMS = PersonalData(
    name=gettext_lazy("Reservations, parties and visits"),
    collect=disclosure.rooms,
    erase=_erase_rooms,
    texts=(
        FreeText(rows=_other_reservations, fields=("deposit_note", "notes", "reason"), history=ReservationEvent),
        FreeText(rows=_other_visits, fields=("opinion",)),
        FreeText(rows=_other_promises, fields=("text",)),
        FreeText(rows=_other_missed, fields=("reason",)),
        FreeText(rows=_other_sales, fields=("item",)),
    ),
)
BOTTLES = PersonalData(
    name=gettext_lazy("Stored bottles"),
    collect=disclosure.bottles,
    erase=_erase_bottles,
    texts=(
        FreeText(rows=_other_bottles, fields=("product", "locker"), history=BottleEvent),
        FreeText(rows=_other_withdrawals, fields=("reason",)),
    ),
)
