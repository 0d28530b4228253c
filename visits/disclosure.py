"""What a guest reserved, hosted, was told and left with the house, in words for them (PIPL: the right to a copy)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from customers import phones
from vipdesk.personal import Person, Section
from vipdesk.templatetags.nights import clock, day, moment, night
from visits.bottles import percent
from visits.models import (
    BottleWithdrawal,
    MissedVisit,
    Party,
    Promise,
    Reservation,
    RoomVisit,
    SecondSale,
    StoredBottle,
    VisitedGuest,
)

Rows = list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Evenings:
    """Keys of a guest's reservations and parties. `seated`: on a reservation of theirs, under whomever; `joined`: with
    another host, where they were entered, met or missed."""

    keys: tuple[int, ...]
    reservations: list[int]
    hosted: list[int]
    seated: list[int]
    joined: list[int]

    def visits(self) -> QuerySet[RoomVisit]:
        """To their parties, or where they were met."""
        return RoomVisit.objects.filter(Q(party__in=self.hosted) | Q(pk__in=self._met().values("visit")))

    def visits_about_them(self) -> QuerySet[RoomVisit]:
        """To their parties, or where they alone were met."""
        met = self._met().values("visit")
        with_others = VisitedGuest.objects.filter(visit__in=met).exclude(customer__in=self.keys).values("visit")
        alone = Q(pk__in=met) & ~Q(pk__in=with_others)
        return RoomVisit.objects.filter(Q(party__in=self.hosted) | alone)

    def _met(self) -> QuerySet[VisitedGuest]:
        return VisitedGuest.objects.filter(customer__in=self.keys)


def evenings_of(person: Person) -> Evenings:
    """Theirs by key; what is nobody's on file, by number or by who was seated on it."""
    mine, nobodys = Q(customer__in=person.keys), Q(customer=None)
    signs = Q(guest_phone__in=person.numbers) | Q(party__customer__in=person.keys)
    reservations = list(Reservation.objects.filter(mine | nobodys & signs).values_list("pk", flat=True))
    theirs = Q(reservation__in=reservations) | Q(host_phone__in=person.numbers)
    hosted = _keys(Party.objects.filter(mine | nobodys & theirs))
    seated = _keys(Party.objects.filter(reservation__in=reservations))
    was_there = (
        Q(guests__customer__in=person.keys)
        | Q(visits__met__customer__in=person.keys)
        | Q(missed__customer__in=person.keys)
    )
    joined = sorted({*_keys(Party.objects.filter(was_there)), *seated} - {*hosted})
    return Evenings(keys=person.keys, reservations=reservations, hosted=hosted, seated=seated, joined=joined)


def _keys(parties: QuerySet[Party]) -> list[int]:
    return sorted(set(parties.order_by().values_list("pk", flat=True)))


def rooms(person: Person) -> Iterable[Section]:
    """Evenings reserved and spent here, and what was said, sold and promised."""
    theirs = evenings_of(person)
    yield from _section(_("Reservations"), _reservations(theirs))
    yield from _section(_("Evenings in the house"), _parties(theirs))
    yield from _section(_("Visits in the room"), _visits(theirs))
    yield from _section(_("What was offered in the room"), _sales(theirs))
    yield from _section(_("What was promised"), _promises(theirs))
    yield from _section(_("Why nobody visited"), _missed(theirs))


def _reservations(theirs: Evenings) -> Rows:
    found = Reservation.objects.filter(pk__in=theirs.reservations).select_related("room", "booked_by")
    return [
        (
            moment(one.starts_at),
            _joined(
                one.room or one.get_kind_display(),
                one.get_state_display(),
                one.guest_name,
                phones.display(one.guest_phone),
                _people(one.people),
                one.get_source_display(),
                one.deposit_note,
                one.notes,
                one.get_follow_up_display() if one.follow_up else "",
                one.reason,
                one.booked_by,
            ),
        )
        for one in found
    ]


def _parties(theirs: Evenings) -> Rows:
    found = Party.objects.filter(pk__in=[*theirs.hosted, *theirs.joined]).select_related("room", "attributed_to")
    return [(night(one.night), _party(one, is_host=one.pk in theirs.hosted)) for one in found]


def _party(party: Party, *, is_host: bool) -> str:
    """Whose party it was that they were with is not theirs to read."""
    role = _("with another host")
    if is_host:
        role = _joined(_("host"), party.host_name, _number(party), _people(party.people))
    times = f"{clock(party.seated_at)} – {clock(party.closed_at)}".rstrip(" –")
    return _joined(party.room, times, role, party.attributed_to if is_host else "")


def _number(party: Party) -> str:
    return phones.display(party.host_phone) if party.host_phone else ""


def _people(count: int) -> str:
    return _("%(count)d people") % {"count": count}


def _visits(theirs: Evenings) -> Rows:
    """What was said where others were met is theirs as well, and stays out."""
    about_them = set(theirs.visits_about_them().order_by().values_list("pk", flat=True))
    found = theirs.visits().select_related("party__room", "manager")
    return [
        (
            moment(one.at),
            _joined(
                one.party.room, one.manager, *((one.get_mood_display(), one.opinion) if one.pk in about_them else ())
            ),
        )
        for one in found
    ]


def _sales(theirs: Evenings) -> Rows:
    found = SecondSale.objects.filter(party__in=theirs.hosted).select_related("manager")
    return [
        (moment(one.at), _joined(one.item, one.get_outcome_display(), f"¥{one.amount}", one.manager)) for one in found
    ]


def _promises(theirs: Evenings) -> Rows:
    found = Promise.objects.filter(Q(party__in=theirs.hosted) | Q(visit__in=theirs.visits_about_them()))
    return [(moment(one.due_at), _joined(one.text, one.made_by, _kept(one))) for one in found.select_related("made_by")]


def _kept(promise: Promise) -> str:
    return _("kept %(at)s") % {"at": moment(promise.kept_at)} if promise.kept_at else ""


def _missed(theirs: Evenings) -> Rows:
    found = MissedVisit.objects.filter(customer__in=theirs.keys).select_related("said_by").order_by("said_at")
    return [(night(one.night), _joined(one.reason, one.said_by)) for one in found]


def bottles(person: Person) -> Iterable[Section]:
    """Bottles with what was taken out, and how much is left."""
    found = StoredBottle.objects.filter(customer__in=person.keys)
    rows = [(one.bottle_no, _bottle(one)) for one in found]
    yield from _section(_("Stored bottles"), rows)
    taken = BottleWithdrawal.objects.filter(bottle__in=found).select_related("bottle", "party__room", "taken_by")
    yield from _section(_("Taken out of the bottles"), [(moment(one.at), _withdrawal(one)) for one in taken])


def _bottle(bottle: StoredBottle) -> str:
    said = {"stored": day(bottle.stored_on), "until": day(bottle.expires_on), "left": percent(bottle.remaining)}
    words = _("stored %(stored)s, good until %(until)s, %(left)s %% left") % said
    return _joined(bottle.product, bottle.get_category_display(), words, bottle.locker)


def _withdrawal(taken: BottleWithdrawal) -> str:
    amounts = _("%(amount)s %%, %(left)s %% left") % {"amount": percent(taken.amount), "left": percent(taken.left)}
    if taken.corrects_id:
        amounts = _("%(what)s (a mistake put right)") % {"what": amounts}
    return _joined(taken.bottle.bottle_no, amounts, taken.party and taken.party.room, taken.taken_by)


def _joined(*parts: object) -> str:
    return " · ".join(str(part) for part in parts if part)


def _section(title: str, rows: Rows) -> list[Section]:
    return [Section(title, rows)] if rows else []
