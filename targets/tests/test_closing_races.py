"""Closing a month while tablets, tills and files write into it: no row is lost, none comes after (promises.md)."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from staff.models import User
from targets import months, plans
from targets.closing import close_month
from targets.models import Charge, MonthClosing, Statement
from targets.plan_files import plan_from
from targets.statements import statement_of
from targets.tests.factories import make_plan, written
from vipdesk import nights

pytestmark = pytest.mark.django_db(transaction=True)
MAY = dt.date(2025, 5, 1)
NIGHT = dt.date(2025, 5, 31)
WRITERS, ROUNDS = 20, 5


def at_once(*works: Callable[[], Any]) -> list[Any]:
    barrier = Barrier(len(works))

    def go(work: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait()
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(go, works))


def write(manager: User, bill_no: str, of: dt.date, night: dt.date) -> Callable[[], dt.date]:
    facts = {"kind": "card", "payment": "cash", "amount": Decimal("100.00"), "night": night, "bill_no": bill_no}

    def work() -> dt.date:
        with transaction.atomic():
            booked = months.open_month_for(of)
            at = nights.night_bounds(night)[0]
            Charge.objects.create(booked_month=booked, paid_at=at, manager=manager, **facts)
        return booked

    return work


def test_twenty_writers_race_a_closing_and_no_row_is_lost(mgr1):
    make_plan(effective_from="2015-01")
    for n in range(ROUNDS):
        month = dt.date(2015 + n // 6, 1 + n % 6 * 2, 1)
        writers = [write(mgr1, f"R{n}-{of}", month, month.replace(day=9)) for of in range(WRITERS)]
        results = at_once(*writers[:10], partial(close_month, month=month), *writers[10:])
        booked = [one for one in results if isinstance(one, dt.date)]
        frozen = Statement.objects.get(closing__month=month, manager=mgr1)
        assert len(booked) == WRITERS
        assert frozen.card_total == 100 * booked.count(month)
        assert Charge.objects.filter(booked_month=month).count() == booked.count(month)
        late = statement_of(months.following(month), mgr1)
        assert late.adjusted == booked.count(months.following(month)), "1 % of what came too late, each"


def test_a_closing_waits_for_a_writer_who_was_there_before(mgr1):
    make_plan()
    there, go_on = Barrier(2), Barrier(2)

    def slow_writer() -> None:
        with transaction.atomic():
            write(mgr1, "S1", MAY, NIGHT)()
            there.wait()
            go_on.wait(timeout=5)

    def close() -> None:
        try:
            close_month(month=MAY)
        finally:
            connection.close()

    def closing() -> None:
        there.wait()
        with ThreadPoolExecutor(1) as pool:
            closed = pool.submit(close)
            with connection.cursor() as cursor:  # until the closing stands waiting for the month's lock
                waiting = False
                while not waiting:
                    cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
                    waiting = cursor.fetchone()[0] > 0
            assert not MonthClosing.objects.exists()
            go_on.wait(timeout=5)
            closed.result(timeout=5)

    at_once(slow_writer, closing)
    assert Statement.objects.get(manager=mgr1).card_total == 100


def test_two_closings_at_once_are_one(mgr1):
    make_plan()
    results = at_once(*[lambda: close_month(month=MAY)] * 4)
    assert sorted(is_new for _closing, is_new in results) == [False, False, False, True]
    assert Statement.objects.count() == 1


def test_a_plan_and_a_closing_go_one_after_the_other(mgr1):
    make_plan()
    changed = plan_from(written(code="house", effective_from="2025-01", card_rate="0.02"))

    def load() -> Any:
        try:
            return plans.load_plan(plan=changed)
        except plans.CannotPlan:
            return "refused"

    outcome, _closing = at_once(load, lambda: close_month(month=MAY))
    rate = MonthClosing.objects.get().plan.card_rate
    assert (outcome, rate) in {("refused", Decimal("0.0100")), (plans.Outcome.UPDATED, Decimal("0.0200"))}
