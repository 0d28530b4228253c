"""Complaints in numbers, against a plain count of random complaints; compensation, whose word is enough and its cost."""

import datetime as dt
import random
from decimal import Decimal

import pytest
import time_machine

from feedback import compensating, complaints, prevention
from feedback.compensating import CannotCompensate
from feedback.complaint_numbers import of_week, share, timeliness
from feedback.models import Compensation, CompensationLimit, Complaint
from feedback.tests.complaint_factories import make_complaint
from vipdesk import nights

pytestmark = pytest.mark.django_db
EVENING = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)  # Friday 20:00 at the venue
MONDAY, SUNDAY = dt.date(2026, 11, 23), dt.date(2026, 11, 29)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def friday():
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


def test_a_week_without_complaints_has_no_timeliness():
    nothing = {"opened": 0, "closed": 0, "escalated": 0, "on_time": 0, "timeliness": None}
    assert of_week(MONDAY, SUNDAY) == nothing


def test_the_week_of_the_contract(mgr1, ops, friday):
    in_time, other, late = (make_complaint(by=mgr1) for _ in range(3))
    for one in (in_time, other):
        complaints.solve(complaint=one, by=mgr1, words="…")
        complaints.close(complaint=one, by=mgr1, root_cause="supply")
    complaints.escalate(complaint=late, by=mgr1)
    assert of_week(MONDAY, SUNDAY) == {
        "opened": 3,
        "closed": 2,
        "escalated": 1,
        "on_time": 2,
        "timeliness": "0.6667",
    }


def test_at_its_limit_it_is_late_and_after_midnight_it_is_still_sundays(mgr1, friday):
    friday.move_to(dt.datetime(2026, 11, 29, 17, tzinfo=dt.UTC))  # Monday 01:00, the night of Sunday
    on_the_dot, just_before = make_complaint(by=mgr1), make_complaint(by=mgr1)
    friday.move_to(just_before.solve_due_at - dt.timedelta(seconds=1))
    complaints.solve(complaint=just_before, by=mgr1, words="…")
    friday.move_to(on_the_dot.solve_due_at)
    complaints.solve(complaint=on_the_dot, by=mgr1, words="…")
    week = of_week(MONDAY, SUNDAY)
    assert (week["opened"], week["on_time"], week["timeliness"]) == (2, 1, "0.5000")


def test_what_was_reopened_is_in_time_only_once_it_is_solved_again(mgr1, ops, friday):
    mine = make_complaint(by=mgr1)
    complaints.solve(complaint=mine, by=mgr1, words="…")
    complaints.reopen(complaint=mine, by=mgr1, words="…")
    assert of_week(MONDAY, SUNDAY)["on_time"] == 0
    friday.move_to(mine.solve_due_at + HOUR)
    complaints.solve(complaint=mine, by=ops, words="…")
    assert of_week(MONDAY, SUNDAY)["on_time"] == 0, "the new clock gives no new promise"


@pytest.mark.parametrize("seed", range(3))
def test_random_weeks_equal_a_count_by_hand(mgr1, mgr2, ops, friday, seed):
    rng = random.Random(seed)
    for _ in range(25):
        friday.move_to(EVENING + dt.timedelta(minutes=rng.randint(-14_400, 14_400)))
        one = make_complaint(by=rng.choice([mgr1, mgr2]), severity=rng.choice(["low", "normal", "high", "critical"]))
        friday.shift(dt.timedelta(minutes=rng.randint(0, 2_000)))
        if rng.random() < 0.2 and one.state == "new":
            complaints.escalate(complaint=one, by=mgr1)
        if rng.random() < 0.7:
            complaints.solve(complaint=one, by=ops, words="…")
            if rng.random() < 0.7:
                friday.shift(dt.timedelta(minutes=rng.randint(0, 5_000)))
                complaints.close(complaint=one, by=ops, root_cause="supply")
    rows = list(Complaint.objects.prefetch_related("escalations"))
    opened = [one for one in rows if MONDAY <= one.night <= SUNDAY]
    on_time = [one for one in opened if one.solved_at and one.solved_at < one.solve_due_at]
    closed = [one for one in rows if one.closed_at and MONDAY <= nights.night_of(one.closed_at) <= SUNDAY]
    up = [one for one in rows if any(MONDAY <= e.night <= SUNDAY for e in one.escalations.all())]
    week = of_week(MONDAY, SUNDAY)
    assert (week["opened"], week["closed"], week["escalated"]) == (len(opened), len(closed), len(up))
    assert week["on_time"] == len(on_time) and week["timeliness"] == share(len(on_time), len(opened))
    months = timeliness(min(one.night for one in rows), max(one.night for one in rows))
    assert sum(one.opened for one in months) == 25
    solved = sum(bool(one.solved_at and one.solved_at < one.solve_due_at) for one in rows)
    answered = sum(bool(one.first_answered_at and one.first_answered_at < one.answer_due_at) for one in rows)
    assert sum(one.solved_in_time for one in months) == solved
    assert sum(one.answered_in_time for one in months) == answered


@pytest.mark.parametrize(
    ("part", "whole", "said"), [(2, 3, "0.6667"), (1, 3, "0.3333"), (1, 1, "1.0000"), (0, 5, "0.0000"), (0, 0, None)]
)
def test_shares_have_four_places_rounded_half_up(part, whole, said):
    assert share(part, whole) == said
    assert share(1, 32) == "0.0313"


# --- compensation ------------------------------------------------------------------------------------------------------


def ask(complaint, by, value):
    wanted = Compensation(complaint=complaint, kind="drinks", value=Decimal(value), reason="等太久")
    return compensating.ask_compensation(compensation=wanted, by=by)


def test_the_limit_counts_all_that_one_complaint_costs(mgr1, ops, friday):
    CompensationLimit.objects.update_or_create(role="manager", defaults={"amount": Decimal(200)})
    mine = make_complaint(by=mgr1)
    assert [ask(mine, mgr1, value).state for value in ("150.00", "50.00", "0.01")] == ["approved", "approved", "asked"]
    compensating.refuse(compensation=Compensation.objects.get(value="0.01"), by=ops)
    assert ask(mine, mgr1, "0.00").state == "approved", "what was refused costs nothing"
    assert ask(make_complaint(by=mgr1), mgr1, "200.00").state == "approved", "each complaint by itself"


def test_without_a_limit_managers_ask_for_everything_and_operations_for_nothing(mgr1, ops, friday):
    CompensationLimit.objects.all().delete()
    mine = make_complaint(by=mgr1)
    assert ask(mine, mgr1, "0.01").state == "asked"
    assert ask(mine, ops, "100000").state == "approved"


def test_above_operations_own_limit_only_the_chief_says_yes(mgr1, ops, friday):
    CompensationLimit.objects.create(role="operations", amount=Decimal(1000))
    asked = ask(make_complaint(by=mgr1), mgr1, "1000.01")
    with pytest.raises(CannotCompensate, match="above"):
        compensating.approve(compensation=asked, by=ops)
    ops.is_superuser = True
    assert compensating.approve(compensation=asked, by=ops).state == "approved"


def test_each_step_is_possible_once_and_stands_in_the_timeline(mgr1, ops, friday):
    asked = ask(make_complaint(by=mgr1), mgr1, "500")
    with pytest.raises(CannotCompensate):
        compensating.give(compensation=asked, by=mgr1)
    with pytest.raises(CannotCompensate):
        compensating.approve(compensation=asked, by=mgr1)
    compensating.approve(compensation=asked, by=ops)
    compensating.give(compensation=asked, by=mgr1)
    for again in (compensating.approve, compensating.refuse, compensating.give):
        with pytest.raises(CannotCompensate):
            again(compensation=asked, by=ops)
    kinds = [event.kind for event in asked.events.all()]
    assert kinds == ["ask", "approve", "give"]


def test_a_closed_complaint_and_an_amount_below_zero_are_refused(mgr1, friday):
    mine = make_complaint(by=mgr1)
    with pytest.raises(CannotCompensate):
        ask(mine, mgr1, "-1")
    complaints.solve(complaint=mine, by=mgr1, words="…")
    complaints.close(complaint=mine, by=mgr1, root_cause="supply")
    with pytest.raises(CannotCompensate, match="closed"):
        ask(mine, mgr1, "1")


def test_cost_is_of_the_night_it_was_given(mgr1, ops, friday):
    mine = make_complaint(by=mgr1)
    given = [ask(mine, ops, value) for value in ("88.50", "11.50", "7")]
    friday.move_to(dt.datetime(2026, 11, 30, 16, 40, tzinfo=dt.UTC))  # 1 December 00:40, the night of 30 November
    for one in given[:2]:
        compensating.give(compensation=one, by=ops)
    friday.shift(24 * HOUR)
    compensating.give(compensation=given[2], by=ops)
    costs = prevention.cost_by_month(dt.date(2026, 11, 1), dt.date(2026, 12, 31))
    assert [(one.month, one.value, one.given) for one in costs] == [
        ("2026-12", Decimal("7.00"), 1),
        ("2026-11", Decimal("100.00"), 2),
    ]


def test_the_last_months_begin_on_a_first(friday):
    assert prevention.last_months(6).first == dt.date(2026, 6, 1)
    friday.move_to(dt.datetime(2027, 1, 5, 12, tzinfo=dt.UTC))
    assert prevention.last_months(1).first == dt.date(2027, 1, 1)
    assert prevention.last_months(6).first == dt.date(2026, 8, 1)
