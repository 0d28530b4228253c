"""Rules about the nights' sheets (S1): who captured how many, who is short or late, what changed since an export.

Everything is read for many nights at once: the number of statements does not grow with nights, managers or guests.
"""

import datetime as dt
import functools
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Q
from django.utils import timezone

from customers.choices import IntakeStatus
from customers.models import Customer, IntakeExport, IntakeSheet
from customers.querysets import counts_toward_goal
from staff import roles
from staff.floor.rota import is_away
from staff.models import User
from vipdesk import nights

GOAL = 10  # new guests per manager and night, S1
WAITS = (IntakeStatus.NEW, IntakeStatus.CORRECTED)  # for after-sales; what was sent back waits for its manager
NIGHTS_A_PAGE = 14
NOBODY = "0"
Key = tuple[dt.date, int | None]  # a night, and who captured (None: nobody is known)


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Counts of records: `counted` are those toward the ten, `incomplete` those of the waiting that lack something."""

    captured: int = 0
    counted: int = 0
    accepted: int = 0
    sent_back: int = 0
    waiting: int = 0
    incomplete: int = 0
    changed: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__})


@dataclass(frozen=True, kw_only=True)
class Part:
    """One manager's part of a night's sheet; `manager` is None for what came from a sheet without a manager's name."""

    night: dt.date
    manager: User | None
    tally: Tally
    handed_in_at: dt.datetime | None
    is_over: bool

    @property
    def key(self) -> str:
        """How an address names this part."""
        return str(self.manager.pk) if self.manager else NOBODY

    @property
    def is_owed(self) -> bool:
        """Whether ten guests and a handed-in sheet are this person's duty."""
        return self.manager is not None and roles.MANAGER in self.manager.roles

    @property
    def is_short(self) -> bool:
        return self.is_owed and self.tally.counted < GOAL

    @property
    def is_late(self) -> bool:
        """Handed in, but after the shift's end (02:00)."""
        return self.handed_in_at is not None and self.handed_in_at > nights.shift_end(self.night)

    @property
    def is_missing(self) -> bool:
        """The shift is over and the sheet was never handed in."""
        return self.is_owed and self.is_over and self.handed_in_at is None


@dataclass(frozen=True, kw_only=True)
class NightSheet:
    """All that was captured on one night, by manager, and the stamp of its last export."""

    night: dt.date
    is_over: bool
    parts: list[Part] = field(default_factory=list)
    last_export: IntakeExport | None = None

    @functools.cached_property
    def total(self) -> Tally:
        return sum((part.tally for part in self.parts), Tally())

    @property
    def short(self) -> list[Part]:
        return [part for part in self.parts if part.is_short]

    @property
    def managers(self) -> list[Part]:
        return [part for part in self.parts if part.manager]

    def is_changed(self, guest: Customer) -> bool:
        """Whether this record came or changed after the last export."""
        return self.last_export is not None and max(guest.updated_at, guest.received_at) > self.last_export.exported_at

    def is_after_hand_in(self, guest: Customer) -> bool:
        """Whether this record came when its manager had handed the sheet in already."""
        handed_in = {part.manager.pk: part.handed_in_at for part in self.managers if part.manager}
        at = handed_in.get(guest.captured_by_id or 0)
        return at is not None and guest.received_at > at


def nights_with_records(*, before: dt.date | None = None) -> list[dt.date]:
    """Nights that have guests or a handed-in sheet, newest first, one more than a page; the first begins tonight."""
    most, newest = NIGHTS_A_PAGE + 1, before or nights.tonight() + dt.timedelta(days=1)
    found: set[dt.date] = set() if before else {nights.tonight()}
    for model in (Customer, IntakeSheet):
        known = model.objects.filter(night__lt=newest).values_list("night", flat=True)
        found |= set(known.distinct().order_by("-night")[:most])
    return sorted(found, reverse=True)[:most]


def neighbours(night: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """The nights with records next to this one, earlier and later; later ones end with tonight."""
    known = Customer.objects.values_list("night", flat=True)
    before = known.filter(night__lt=night).order_by("-night")[:1]
    after = known.filter(night__gt=night, night__lt=nights.tonight()).order_by("night")[:1]
    both = sorted(before.union(after, all=True))
    later = both[-1] if both and both[-1] > night else None
    return (
        both[0] if both and both[0] < night else None,
        later or (nights.tonight() if night < nights.tonight() else None),
    )


def sheet_of(night: dt.date) -> NightSheet:
    return sheets_of([night])[0]


def sheets_of(wanted: Sequence[dt.date]) -> list[NightSheet]:
    """The sheets of these nights, in their order."""
    exports = _last_exports(wanted)
    tallies = _tallies(wanted, exports.values())
    handed_in = _handed_in(wanted)
    people = _people({key for _night, key in (*tallies, *handed_in) if key})
    now = timezone.now()
    found = []
    for night in wanted:
        is_over = now >= nights.shift_end(night)
        parts = [
            Part(
                night=night,
                manager=person,
                tally=tallies.get((night, _key(person)), Tally()),
                handed_in_at=handed_in.get((night, _key(person))),
                is_over=is_over,
            )
            for person in (*people, None)
            if (night, _key(person)) in tallies or (night, _key(person)) in handed_in or _was_on_duty(person, night)
        ]
        found.append(NightSheet(night=night, is_over=is_over, parts=parts, last_export=exports.get(night)))
    return found


def _key(person: User | None) -> int | None:
    return person.pk if person else None


def _handed_in(wanted: Sequence[dt.date]) -> dict[Key, dt.datetime]:
    sheets = IntakeSheet.objects.filter(night__in=wanted).values_list("night", "manager", "handed_in_at")
    return {(night, manager): at for night, manager, at in sheets}


def _last_exports(wanted: Sequence[dt.date]) -> dict[dt.date, IntakeExport]:
    newest = IntakeExport.objects.filter(night__in=wanted).order_by("night", "-exported_at", "-pk").distinct("night")
    return {export.night: export for export in newest.select_related("exported_by")}


def _tallies(wanted: Sequence[dt.date], exports: Iterable[IntakeExport]) -> dict[Key, Tally]:
    waits = Q(intake_status__in=WAITS)
    grouped = Customer.objects.filter(night__in=wanted).values("night", "captured_by").order_by()
    counts = grouped.annotate(
        captured=Count("pk"),
        counted=Count("pk", filter=counts_toward_goal()),
        accepted=Count("pk", filter=Q(intake_status=IntakeStatus.ACCEPTED)),
        sent_back=Count("pk", filter=Q(intake_status=IntakeStatus.SENT_BACK)),
        waiting=Count("pk", filter=waits),
        incomplete=Count("pk", filter=waits & Q(is_incomplete=True)),
        changed=Count("pk", filter=changed_since(exports)),
    )
    names = Tally.__dataclass_fields__
    return {(row["night"], row["captured_by"]): Tally(**{name: row[name] for name in names}) for row in counts}


def changed_since(exports: Iterable[IntakeExport]) -> Q:
    """Records that came or changed after the export of their own night."""
    after = [
        Q(night=export.night) & (Q(updated_at__gt=export.exported_at) | Q(received_at__gt=export.exported_at))
        for export in exports
    ]
    return functools.reduce(operator.or_, after, Q(pk__in=[]))


def _people(captured: set[int]) -> list[User]:
    """Who stands on these sheets: every manager at work, and whoever else captured or handed in, by login name."""
    at_work = Q(is_active=True, is_on_leave=False, groups__name=roles.MANAGER)
    found = User.objects.with_roles().with_leaves().filter(at_work | Q(pk__in=captured))
    return list(found.distinct().order_by("username"))


def _was_on_duty(person: User | None, night: dt.date) -> bool:
    """Where no roster is planned, every manager is on duty; who joined after that night was not here."""
    if person is None or not person.is_active or is_away(person, night) or roles.MANAGER not in person.roles:
        return False
    return nights.night_of(person.date_joined) <= night
