"""Statements live and frozen, and what settles later (S6 S7; contract.md, "Statement")."""

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import InternalError, transaction

from staff import roles
from staff.models import User
from staff.tests.factories import make_user
from targets import plans
from targets.closing import CannotClose, close_month
from targets.models import Adjustment, Charge, MonthClosing, Statement
from targets.statements import NoPlan, statement_of, statements_of
from targets.tests.bills import make_charge, refund, take
from targets.tests.factories import make_plan

pytestmark = [pytest.mark.django_db, pytest.mark.servers]
JUNE, JULY, AUGUST, SEPTEMBER = (dt.date(2025, month, 1) for month in (6, 7, 8, 9))


@pytest.fixture(autouse=True)
def plan(db: None) -> Any:
    with time_machine.travel(dt.datetime(2025, 11, 24, 12, tzinfo=dt.UTC)):
        yield make_plan(code="worked", effective_from="2025-01")


def run(*words: Any) -> str:
    out = io.StringIO()
    call_command(*map(str, words), stdout=out, stderr=io.StringIO())
    return out.getvalue()


def sell(user: User, amount: str, at: str = "2025-06-05T21:00:00", **cells: Any) -> Charge:
    return make_charge(user, amount, paid_at=at, **cells)


def give_back(bill: Charge, amount: str, at: str) -> None:
    assert take(refund(bill.bill_no, f"-{amount}", f"{bill.bill_no}-{at}-{amount}", paid_at=at)).created == 1


def total(month: dt.date, user: User) -> str:
    return str(statement_of(month, user).total)


# --- an open month ---------------------------------------------------------------------------------------------------


def test_a_statement_is_printed_as_the_contract_shows_it(mgr1):
    first = sell(mgr1, "100000.00")
    sell(mgr1, "36000.00", "2025-07-01T00:40:00")
    give_back(first, "5000.00", "2025-06-20T23:00:00")
    sell(mgr1, "20000.00", kind="card")
    assert json.loads(run("commission", "2025-06", "--manager", "mgr1", "--format", "json")) == {
        "month": "2025-06",
        "status": "open",
        "manager": "mgr1",
        "plan": "worked",
        "floor": "50000.00",
        "target": "50000.00",
        "room_total": "131000.00",
        "card_total": "20000.00",
        "completion": "2.62",
        "tiers": [
            {"over": "50000.00", "up_to": "80000.00", "rate": "0.03", "amount": "30000.00", "commission": "900.00"},
            {"over": "80000.00", "up_to": "120000.00", "rate": "0.05", "amount": "40000.00", "commission": "2000.00"},
            {"over": "120000.00", "up_to": None, "rate": "0.08", "amount": "11000.00", "commission": "880.00"},
        ],
        "room_commission": "3780.00",
        "card_commission": "200.00",
        "bonus": "1200.00",
        "adjustments": [],
        "total": "5180.00",
        "gifts_next_month": 30,
    }


def test_the_night_decides_the_month(mgr1):
    sell(mgr1, "100.00", "2025-07-01T11:59:59")
    sell(mgr1, "10.00", "2025-07-01T12:00:00")
    assert [str(statement_of(month, mgr1).earned.totals.rooms) for month in (JUNE, JULY)] == ["100.00", "10.00"]


def test_a_refund_counts_in_its_own_night_and_never_makes_a_debt(mgr1):
    bill, card = sell(mgr1, "60000.00"), sell(mgr1, "5000.00", kind="card")
    give_back(bill, "60000.00", "2025-07-02T21:00:00")
    give_back(card, "5000.00", "2025-07-02T21:00:00")
    july = statement_of(JULY, mgr1).as_json()
    assert (july["room_total"], july["card_total"], july["completion"]) == ("-60000.00", "-5000.00", "-1.2")
    assert (july["room_commission"], july["card_commission"], july["total"]) == ("0.00", "0.00", "0.00")
    assert total(JUNE, mgr1) == "850.00"


def test_rooms_paid_by_card_count_only_where_the_plan_says_so(mgr1):
    sell(mgr1, "60000.00", payment="stored_value")
    assert statement_of(JUNE, mgr1).as_json()["room_total"] == "60000.00"
    make_plan(code="without", effective_from="2025-06", card_paid_rooms_count=False)
    assert statement_of(JUNE, mgr1).as_json()["room_total"] == "0.00"


def test_all_statements_are_of_active_managers_and_anyone_with_charges(mgr1, mgr2, ops, desk_user):
    leaver = make_user("anna", is_active=False)
    make_user("gone", is_active=False)
    sell(leaver, "100.00")
    sell(mgr2, "50.00")
    said = json.loads(run("commission", "2025-06"))
    assert [one["manager"] for one in said] == ["anna", "mgr1", "mgr2"]
    assert [one["room_total"] for one in said] == ["100.00", "0.00", "50.00"]
    assert [one["manager"] for one in json.loads(run("commission", "2025-07"))] == ["mgr1", "mgr2"]


def test_a_target_of_ones_own_decides_bonus_completion_and_plates(mgr1):
    sell(mgr1, "40000.00")
    plans.set_target(manager=mgr1, month=JUNE, amount=Decimal("30000.00"))
    said = statement_of(JUNE, mgr1).as_json()
    assert (said["target"], said["completion"], said["bonus"]) == ("30000.00", "1.3333", "500.00")
    assert (said["room_commission"], said["gifts_next_month"], said["total"]) == ("0.00", 20, "500.00")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("2025-06", "--manager", "nobody"), "Unknown manager: nobody"),
        (("2025-06", "--manager", "desk"), "Unknown manager: desk"),
        (("2025-06", "--manager", ""), "Unknown manager: "),
        (("2025-13",), "not a month like 2026-11"),
        (("2025-6",), "not a month like 2026-11"),
        (("2025-06-01",), "not a month like 2026-11"),
        (("2024-12", "--manager", "mgr1"), "No commission plan is in force in 2024-12"),
    ],
)
def test_what_cannot_be_said_is_one_line(mgr1, desk_user, words, said):
    with pytest.raises(CommandError, match=said):
        run("commission", *words)


def test_statements_as_csv_are_one_line_each(mgr1, mgr2):
    mgr2.display_name = "=1+1"
    mgr2.save()
    sell(mgr2, "131000.00")
    rows = list(csv.DictReader(io.StringIO(run("commission", "2025-06", "--format", "csv"))))
    assert [(one["manager"], one["total"]) for one in rows] == [("mgr1", "0.00"), ("mgr2", "4980.00")]
    assert rows[1]["name"] == "'=1+1"
    alone = list(csv.DictReader(io.StringIO(run("commission", "2025-06", "--manager", "mgr1", "--format", "csv"))))
    assert [one["manager"] for one in alone] == ["mgr1"]


# --- closing ---------------------------------------------------------------------------------------------------------


def test_a_closed_month_stands_and_what_comes_later_settles_in_the_first_open_month(mgr1):
    bill = sell(mgr1, "131000.00")
    assert run("close_month", "2025-06").strip() == "2025-06 closed: 1 statements"
    give_back(bill, "1000.00", "2025-06-21T23:00:00")
    said = json.loads(run("commission", "2025-06", "--manager", "mgr1"))
    assert (said["status"], said["room_total"], said["total"]) == ("closed", "131000.00", "4980.00")
    july = json.loads(run("commission", "2025-07", "--manager", "mgr1"))
    assert july["adjustments"] == [{"month": "2025-06", "amount": "-80.00"}] and july["total"] == "-80.00"
    assert json.loads(run("commission", "2025-08", "--manager", "mgr1"))["adjustments"] == []


def test_closing_refunding_and_closing_again_pays_nothing_twice(mgr1):
    bill = sell(mgr1, "131000.00")
    close_month(month=JUNE)
    give_back(bill, "1000.00", "2025-06-21T23:00:00")
    close_month(month=JULY)
    assert statement_of(AUGUST, mgr1).adjustments == ()
    give_back(bill, "10000.00", "2025-06-22T23:00:00")
    assert [(one.month, str(one.amount)) for one in statement_of(AUGUST, mgr1).adjustments] == [(JUNE, "-800.00")]
    close_month(month=AUGUST)
    assert [total(month, mgr1) for month in (JUNE, JULY, AUGUST, SEPTEMBER)] == ["4980.00", "-80.00", "-800.00", "0.00"]
    assert list(Adjustment.objects.values_list("month", "amount")) == [(JUNE, -80), (JUNE, -800)]


def test_what_cancels_out_is_not_listed(mgr1):
    bill = sell(mgr1, "131000.00")
    close_month(month=JUNE)
    give_back(bill, "1000.00", "2025-06-21T23:00:00")
    sell(mgr1, "1000.00", "2025-06-22T23:00:00")
    assert statement_of(JULY, mgr1).as_json()["adjustments"] == []


def test_months_need_not_be_closed_in_order(mgr1):
    sell(mgr1, "60000.00", "2025-07-05T21:00:00")
    close_month(month=JULY)
    sell(mgr1, "1000.00", "2025-07-06T21:00:00")
    sell(mgr1, "70000.00")
    assert statement_of(JUNE, mgr1).adjustments == (), "only months after the closed one settle it"
    assert [str(one.amount) for one in statement_of(AUGUST, mgr1).adjustments] == ["30.00"]
    close_month(month=JUNE)
    sell(mgr1, "100.00")
    august = statement_of(AUGUST, mgr1)
    assert [(one.month, str(one.amount)) for one in august.adjustments] == [(JUNE, "3.00"), (JULY, "30.00")]


def test_a_newer_plan_changes_nothing_in_a_month_that_was_closed(mgr1):
    sell(mgr1, "60000.00")
    close_month(month=JUNE)
    make_plan(code="newer", effective_from="2025-05", tiers=[{"over": "50000.00", "rate": "0.5"}])
    assert statement_of(JUNE, mgr1).as_json()["plan"] == "worked"
    sell(mgr1, "1000.00")
    assert [str(one.amount) for one in statement_of(JULY, mgr1).adjustments] == ["30.00"], (
        "by the plan it was closed by"
    )
    assert statement_of(JULY, mgr1).plan.code == "newer"


def test_what_settles_later_goes_by_the_target_the_month_was_closed_with(mgr1):
    plans.set_target(manager=mgr1, month=JUNE, amount=Decimal("1000.00"))
    close_month(month=JUNE)
    sell(mgr1, "1500.00")
    assert [str(one.amount) for one in statement_of(JULY, mgr1).adjustments] == ["1200.00"], "the bonus of 150 %"


def test_whoever_had_nothing_in_a_closed_month_is_settled_too(mgr1):
    close_month(month=JUNE)
    late = make_user("late")
    sell(late, "51000.00")
    june = statement_of(JUNE, late).as_json()
    assert (june["status"], june["total"], june["target"]) == ("closed", "0.00", "50000.00")
    assert [one.manager.username for one in statements_of(JUNE)] == ["mgr1"], "payroll's list stands"
    listed = json.loads(run("commission", "2025-06"))
    assert [(one["manager"], one["status"], one["total"]) for one in listed] == [
        ("late", "closed", "0.00"),
        ("mgr1", "closed", "0.00"),
    ]
    assert [str(one.amount) for one in statement_of(JULY, late).adjustments] == ["30.00"]
    assert [one.manager.username for one in statements_of(JULY)] == ["late", "mgr1"]
    User.objects.filter(pk=late.pk).update(is_active=False)
    assert [one.manager.username for one in statements_of(JULY)] == ["late", "mgr1"], "who left is still paid"
    close_month(month=JULY)
    assert Statement.objects.get(manager=late).total == 30


def test_closing_twice_changes_nothing(mgr1):
    sell(mgr1, "60000.00")
    first, is_new = close_month(month=JUNE)
    sell(mgr1, "60000.00")
    again, is_new_again = close_month(month=JUNE)
    assert (first, is_new, is_new_again) == (again, True, False)
    assert run("close_month", "2025-06").strip() == "2025-06 was closed already: unchanged"
    assert Statement.objects.get().total == 800


@pytest.mark.venue_zone
def test_a_month_that_is_not_over_cannot_be_closed(mgr1):
    with time_machine.travel(
        dt.datetime(2025, 11, 30, 20, tzinfo=dt.UTC)
    ):  # 04:00 on 1 December, still November's night
        for month in ("2025-11", "2025-12", "2026-01"):
            with pytest.raises(CommandError, match=f"{month} is not over yet"):
                run("close_month", month)
    with time_machine.travel(dt.datetime(2025, 12, 1, 4, tzinfo=dt.UTC)):
        assert "closed" in run("close_month", "2025-11")


def test_a_month_without_a_plan_cannot_be_closed_or_computed(mgr1):
    with pytest.raises(CannotClose, match="2024-12"):
        close_month(month=dt.date(2024, 12, 1))
    with pytest.raises(NoPlan, match="2024-12"):
        statements_of(dt.date(2024, 12, 1))


def test_frozen_rows_cannot_change(mgr1):
    bill = sell(mgr1, "131000.00")
    close_month(month=JUNE)
    give_back(bill, "1000.00", "2025-06-21T23:00:00")
    close_month(month=JULY)
    frozen: list[tuple[Any, dict[str, Any]]] = [
        (Statement, {"total": 1}),
        (Adjustment, {"amount": 1}),
        (MonthClosing, {"month": SEPTEMBER}),
    ]
    for model, change in frozen:
        with pytest.raises(InternalError), transaction.atomic():
            model.objects.update(**change)
        with pytest.raises(InternalError), transaction.atomic():
            model.objects.all()._raw_delete(using="default")


def test_a_frozen_statement_reads_as_it_was_live(mgr1, mgr2):
    sell(mgr1, "131000.01")
    sell(mgr2, "99.99", kind="card")
    before = [one.as_json() | {"status": "closed"} for one in statements_of(JUNE)]
    close_month(month=JUNE)
    assert [one.as_json() for one in statements_of(JUNE)] == before


def test_giving_a_closed_months_bill_to_somebody_else_settles_for_both(mgr1, mgr2, ops):
    bill = sell(mgr1, "60000.00")
    close_month(month=JUNE)
    booked = {"booked_month": JULY, "night": bill.night, "paid_at": bill.paid_at, "kind": "room", "payment": "cash"}
    same = booked | {"bill_no": bill.bill_no, "corrects": bill, "reason": "x", "entered_by": ops}
    Charge.objects.create(entry="reversal", amount=-bill.amount, manager=mgr1, **same)
    Charge.objects.create(entry="moved", amount=bill.amount, manager=mgr2, **same)
    assert [total(JULY, one) for one in (mgr1, mgr2)] == ["-800.00", "800.00"]


def test_who_came_as_operations_is_no_manager_but_a_former_one_is(mgr1, ops):
    mgr1.groups.clear()
    with pytest.raises(CommandError, match="Unknown manager"):
        run("commission", "2025-06", "--manager", "mgr1")
    assert not mgr1.groups.filter(name=roles.MANAGER).exists()
    sell(mgr1, "10.00")
    assert json.loads(run("commission", "2025-06", "--manager", "mgr1"))["room_total"] == "10.00"


def test_rows_of_nobody_are_in_no_statement(mgr1):
    bill = sell(mgr1, "10.00")
    facts = {"kind": "room", "payment": "cash", "paid_at": bill.paid_at, "night": bill.night, "booked_month": JUNE}
    Charge.objects.create(bill_no="X1", amount=100, manager=None, **facts)
    assert [one.as_json()["room_total"] for one in statements_of(JUNE)] == ["10.00"]
