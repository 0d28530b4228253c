"""What after-sales decide about a night's records, upon what was on their screen (S1).

Two people may work on one night at once. A decision is about a record as it was seen: one that was decided or changed
since then is left alone and counted, so that the screen can say so.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from django.db import transaction

from customers.choices import IntakeStatus
from customers.models import Customer
from customers.querysets import CustomerQuerySet
from customers.services import accept_records, send_back_records
from customers.sheets import WAITS
from staff.models import User

AT_ONCE = 2000


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How many were decided, and why the rest were not: `already` decided so, `changed` since they were seen,
    `away` at their manager for correction, `nobody` there to send them back to."""

    done: int
    already: int = 0
    changed: int = 0
    away: int = 0
    nobody: int = 0


def token(guest: Customer) -> str:
    """This record as it is on the screen now: its key, where it stands, when it last changed."""
    return f"{guest.pk}.{guest.intake_status}.{round(guest.updated_at.timestamp() * 1_000_000)}"


def key_of(seen: str) -> int:
    """The key in a token; raises ValueError for what is none."""
    key, _status, _changed = seen.split(".")
    return int(key)


@transaction.atomic
def accept_seen(*, seen: Iterable[str], night: dt.date, by: User) -> Outcome:
    """Accept those of the `seen` tokens that wait and still stand as they were seen."""
    tokens = {key_of(one): one for one in seen}
    rows = _locked(tokens, night)
    fresh = [row for row in rows if token(row) == tokens[row.pk]]
    chosen = [row.pk for row in fresh if row.intake_status in WAITS]
    return Outcome(
        done=accept_records(customers=chosen, night=night, by=by),
        already=sum(row.intake_status == IntakeStatus.ACCEPTED for row in rows),
        away=sum(row.intake_status == IntakeStatus.SENT_BACK for row in rows),
        changed=len(tokens) - len(rows) + sum(row.intake_status in WAITS for row in rows if row not in fresh),
    )


@transaction.atomic
def send_back_seen(*, seen: Iterable[str], night: dt.date, reason: str, by: User) -> Outcome:
    """Send back those of the `seen` tokens that still stand as they were seen, accepted ones included."""
    tokens = {key_of(one): one for one in seen}
    rows = _locked(tokens, night)
    fresh = [row for row in rows if token(row) == tokens[row.pk]]
    chosen = [row.pk for row in fresh if row.captured_by_id and row.intake_status != IntakeStatus.SENT_BACK]
    return Outcome(
        done=send_back_records(customers=chosen, night=night, reason=reason, by=by),
        already=sum(row.intake_status == IntakeStatus.ACCEPTED for row in rows if row not in fresh),
        away=sum(row.intake_status == IntakeStatus.SENT_BACK for row in rows),
        nobody=sum(row.captured_by_id is None for row in fresh),
        changed=len(tokens) - len(rows) + sum(row.intake_status in WAITS for row in rows if row not in fresh),
    )


@transaction.atomic
def accept_waiting(*, rows: CustomerQuerySet, night: dt.date, as_of: dt.datetime, by: User) -> Outcome:
    """Accept all of `rows` that wait, but for what came or changed after `as_of`: nobody has looked at that yet."""
    waiting = rows.on_sheet(night).filter(intake_status__in=WAITS).order_by("pk").select_for_update(of=("self",))
    known, unseen = [], 0
    for pk, updated_at, received_at in waiting.values_list("pk", "updated_at", "received_at"):
        if max(updated_at, received_at) <= as_of:
            known.append(pk)
        else:
            unseen += 1
    done = sum(accept_records(customers=chunk, night=night, by=by) for chunk in _chunks(known))
    return Outcome(done=done, changed=unseen)


def _locked(tokens: Mapping[int, str], night: dt.date) -> list[Customer]:
    # In the order of keys, so that two people who pick the same rows wait for each other instead of locking up.
    rows = Customer.objects.on_sheet(night).filter(pk__in=tokens).order_by("pk").select_for_update()
    return list(rows.only("intake_status", "updated_at", "captured_by"))


def _chunks(keys: list[int]) -> Iterator[list[int]]:
    left = iter(keys)
    while chunk := list(islice(left, AT_ONCE)):
        yield chunk
