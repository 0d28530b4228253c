"""Everything that happened to a guest, newest first, each as a sentence: taken in, checked, changed, merged, numbers.

Records that were merged into a guest bring their own past along.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Q
from django.utils.translation import gettext as _

from customers import history
from customers.choices import IntakeStatus, Origin
from customers.models import Customer, IntakeReview, Merge, PhoneNumber
from staff.models import User

SHOWN = 20
LONGEST = 500  # rows read of each kind
MOMENT = dt.timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Happening:
    """Somebody (None: the desk itself) did things at one moment; `did` are the rests of sentences that begin with who.

    `tone` is "good", "bad" or neither; `has_clock` is False where only the day is known.
    """

    at: dt.datetime
    by: User | None
    did: list[str]
    reason: str = ""
    tone: str = ""
    has_clock: bool = True


@dataclass(frozen=True)
class Page:
    """A stretch of the time line, and where the next one starts (None at the end)."""

    happenings: list[Happening]
    next_start: int | None


def former_records(customer: Customer) -> list[Customer]:
    """Records that were merged into this guest, however many steps back; two statements."""
    keys = Customer.objects.family(customer.pk)
    return list(Customer.objects.filter(pk__in=keys).exclude(pk=customer.pk).select_related("captured_by"))


def page_of(
    customer: Customer, *, former: list[Customer], numbers: list[PhoneNumber], with_contact: bool, start: int = 0
) -> Page:
    """`SHOWN` happenings from number `start` on; numbers and addresses in them only `with_contact`.

    At most five statements: changes with their people and tiers, merges, decisions.
    """
    rows = [customer, *former]
    changes = history.changes_of(customer, with_contact=with_contact, former=former, longest=LONGEST)
    found = [
        *_changes(changes),
        *_merges(customer, rows),
        *_numbers(numbers, with_contact, _told_numbers(changes) if with_contact else set()),
        *_reviews(rows),
        *map(_captured, rows),
    ]
    found.sort(key=lambda one: one.at, reverse=True)
    told = [_together(list(same)) for _moment, same in groupby(found, key=_same_moment)]
    return Page(told[start : start + SHOWN], start + SHOWN if len(told) > start + SHOWN else None)


def _same_moment(one: Happening) -> tuple[object, ...]:
    """What one person did within a minute for one reason is one happening."""
    return (one.by and one.by.pk, _minute(one.at), one.reason, one.tone, one.has_clock)


def _minute(at: dt.datetime) -> dt.datetime:
    return at.replace(second=0, microsecond=0)


def _together(same: list[Happening]) -> Happening:
    first, did = same[0], [did for one in same for did in one.did]
    return Happening(at=first.at, by=first.by, did=did, reason=first.reason, tone=first.tone, has_clock=first.has_clock)


def _changes(changes: Iterable[history.Change]) -> Iterator[Happening]:
    for change in changes:
        did = [difference.said for difference in change.differences]
        yield Happening(at=change.at, by=change.by, reason=change.reason, did=did)


def _merges(customer: Customer, rows: list[Customer]) -> Iterator[Happening]:
    merges = Merge.objects.filter(Q(kept__in=rows) | Q(merged=customer)).select_related("merged_by", "undone_by")
    for merge in merges[:LONGEST]:
        did = _("merged this record into another") if merge.merged_id == customer.pk else _("merged another record in")
        yield Happening(at=merge.merged_at, by=merge.merged_by, did=[did], reason=merge.reason)
        if merge.undone_at:
            yield Happening(at=merge.undone_at, by=merge.undone_by, did=[_("took the merge apart again")])


def _told_numbers(changes: list[history.Change]) -> set[tuple[str, dt.datetime]]:
    """Main numbers that a change names already, as they are shown, and when they came."""
    return {
        (difference.after, one.at) for one in changes for difference in one.differences if difference.field == "phone"
    }


def _numbers(numbers: list[PhoneNumber], with_contact: bool, told: set[tuple[str, dt.datetime]]) -> Iterator[Happening]:
    """Numbers that somebody added, but for those `told`, and releases. One that came with the guest has no adder."""
    for number in numbers:
        said = {"number": number.shown if with_contact else number.masked}
        is_told = any(shown == number.shown and abs(at - number.since) < MOMENT for shown, at in told)
        if number.added_by is not None and not is_told:
            yield Happening(at=number.since, by=number.added_by, did=[_("added the number %(number)s") % said])
        if number.released_at:
            did = _("released the number %(number)s") % said
            yield Happening(at=number.released_at, by=number.released_by, did=[did])


def _reviews(rows: list[Customer]) -> Iterator[Happening]:
    words = {
        IntakeStatus.ACCEPTED: (_("accepted the record"), "good"),
        IntakeStatus.SENT_BACK: (_("sent the record back"), "bad"),
        IntakeStatus.CORRECTED: (_("corrected what was sent back"), ""),
    }
    for review in IntakeReview.objects.filter(customer__in=rows).select_related("reviewed_by")[:LONGEST]:
        did, tone = words[IntakeStatus(review.status)]
        yield Happening(at=review.reviewed_at, by=review.reviewed_by, did=[did], reason=review.shown_reason, tone=tone)


def _captured(row: Customer) -> Happening:
    if row.captured_by is not None:
        did = _("captured the guest")
    elif row.origin == Origin.SELF:
        did = _("took in what the guest entered")
    else:
        did = _("took the guest in from a sheet")
    return Happening(at=row.captured_at, by=row.captured_by, did=[did], has_clock=row.captured_time_known)
