"""Writes the demo venue's guests with COPY, a million in minutes, inside the caller's one transaction."""

import datetime as dt
import io
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from itertools import chain, islice, repeat
from typing import Any

from django.db import connection, models
from django.db.models import Q
from django.utils import timezone

from customers.demo import people, rows
from customers.demo.evenings import Capture, Evening, evenings
from customers.models import (
    AccessLog,
    Consent,
    Customer,
    IntakeExport,
    IntakeReview,
    IntakeSheet,
    MembershipTier,
    PhoneNumber,
    PrivacyNotice,
)
from staff.demo import MANAGERS
from staff.models import User
from vipdesk.nights import tonight

AT_ONCE = 20_000
SHARE_ON_NIGHTS = 0.85  # of few guests: some must be old acquaintances
# Every demo guest's UUID begins alike and ends in their number in the venue: the database lets none in twice.
DEMO_GUESTS = Q(client_id__range=(rows.client_id(0), rows.client_id(people.MOST)))
Out = Callable[[str], None]


def load(*, customers: int, nights: int, seed: int, out: Out) -> None:
    """Bring the venue to `customers` demo guests, some of them on the last `nights` nights; what stands is not touched.

    Locks the guests against other writers: keys are handed out here.
    """
    _execute(f'LOCK TABLE "{Customer._meta.db_table}" IN SHARE ROW EXCLUSIVE MODE')
    present = Customer.objects.filter(DEMO_GUESTS).count()
    if present >= customers:
        out(f"Demo guests: {present} stand already, none added.")
        return
    # Else every key would wait in memory for the commit to have its references checked.
    _execute("SET CONSTRAINTS ALL IMMEDIATE")
    plan = _plan(seed=seed, nights=nights, guests=customers - present)
    _Loading(seed=seed, numbers=range(present, customers), out=out).run(plan)
    on_nights = sum(len(evening.captures) for evening in plan)
    out(f"Demo guests: {customers - present} added, {on_nights} of them on the last nights.")


def _plan(*, seed: int, nights: int, guests: int) -> list[Evening]:
    """Evenings for those of the last nights on which nobody was captured yet."""
    now = timezone.now()
    window = [tonight(now) - dt.timedelta(days=n) for n in range(nights)]
    busy = set(Customer.objects.filter(night__in=window).values_list("night", flat=True).distinct())
    wanted = [night for night in window if night not in busy]
    return evenings(seed=seed, wanted=wanted, guests=int(guests * SHARE_ON_NIGHTS), now=now)


class _Loading:
    """One load: the keys it hands out and the order in which tables are filled."""

    def __init__(self, *, seed: int, numbers: range, out: Out) -> None:
        self.seed, self.numbers, self.out = seed, numbers, out
        real = Customer.objects.exclude(DEMO_GUESTS & Q(client_id__isnull=False))
        self.write = rows.Writer(
            managers=_keys([login.username for login in MANAGERS]),
            desk=_keys(["desk"])[0],
            tiers={tier.code: tier.pk for tier in MembershipTier.objects.all()},
            notice=PrivacyNotice.objects.in_force().pk,
            # Real guests keep their numbers and cards: the invented ones step aside.
            phones=set(
                PhoneNumber.objects.filter(released_at=None, customer__in=real).values_list("number", flat=True)
            ),
            cards=set(real.exclude(member_no=None).values_list("member_no", flat=True)),
            first_key=_reserve_keys(Customer, len(numbers)) - numbers.start,
        )

    def run(self, plan: list[Evening]) -> None:
        drawn = people.people(self.seed, self.numbers.start, self.numbers.stop)
        captures: Iterator[Capture | None] = chain((c for evening in plan for c in evening.captures), repeat(None))
        guests = zip(self.numbers, drawn, captures, strict=False)
        done = 0
        while batch := list(islice(guests, AT_ONCE)):
            self._copy(batch)
            done += len(batch)
            if done % (5 * AT_ONCE) == 0:
                self.out(f"Demo guests: {done} of {len(self.numbers)}")
        for evening in plan:
            self._close(evening)

    def _copy(self, batch: list[tuple[int, people.Person, Capture | None]]) -> None:
        _copy(Customer, rows.GUEST, (self.write.guest(*one) for one in batch))
        _copy(PhoneNumber, rows.NUMBER, chain.from_iterable(self.write.numbers(*one) for one in batch))
        _copy(Consent, rows.CONSENT, chain.from_iterable(self.write.consents(*one) for one in batch))
        decided = (self.write.reviews(number, capture) for number, _, capture in batch if capture)
        _copy(IntakeReview, rows.REVIEW, chain.from_iterable(decided))

    def _close(self, evening: Evening) -> None:
        """The sheets handed in that night, and the stamp of the export that took them away."""
        IntakeSheet.objects.bulk_create(
            [
                IntakeSheet(
                    manager_id=self.write.managers[sheet.manager],
                    night=evening.night,
                    handed_in_at=sheet.handed_in_at,
                    rows=sheet.rows,
                )
                for sheet in evening.sheets
            ]
        )
        if evening.exported_at:
            self._export(evening, evening.exported_at)

    def _export(self, evening: Evening, at: dt.datetime) -> None:
        stamp = IntakeExport.objects.create(
            night=evening.night,
            exported_by_id=self.write.desk,
            exported_at=at,
            format="xlsx",
            rows=len(evening.captures),
            sha256=sha256(f"demo {self.seed} {evening.night}".encode()).hexdigest(),
        )
        AccessLog.objects.create(
            user_id=self.write.desk,
            night=evening.night,
            kind=AccessLog.Kind.EXPORT,
            detail=f"xlsx, {stamp.rows}",
            at=at,
        )


def _keys(usernames: list[str]) -> list[int]:
    found = dict(User.objects.filter(username__in=usernames).values_list("username", "pk"))
    return [found[username] for username in usernames]


def _reserve_keys(model: type[models.Model], count: int) -> int:
    """Take `count` keys in a row from the table's sequence, and return the first."""
    sequence = f"pg_get_serial_sequence('\"{model._meta.db_table}\"', 'id')"
    first: int = _execute(f"SELECT nextval({sequence})")[0]
    _execute(f"SELECT setval({sequence}, %s)", first + count - 1)
    return first


def _execute(sql: str, *values: int) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone() if cursor.description else None


def _copy(model: type[models.Model], columns: str, lines: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        names = ", ".join(columns.split())
        cursor.copy_expert(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN', io.StringIO("".join(lines)))
