"""A plan that begins in the past: what it changes is shown before it is kept, and it can be withdrawn."""

import datetime as dt
import io
import json
import re
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.db.utils import IntegrityError

from staff.models import User
from targets import months, plan_changes, plans
from targets.closing import close_month
from targets.models import CommissionPlan
from targets.plan_files import plan_from
from targets.statements import statement_of
from targets.tests.bills import make_charge
from targets.tests.factories import make_plan, written
from targets.tests.test_month_screens import typed, words

pytestmark = pytest.mark.django_db
MAY, JUNE, JULY = dt.date(2025, 5, 1), dt.date(2025, 6, 1), dt.date(2025, 7, 1)
NOW = dt.datetime(2025, 7, 10, 14, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def house(db: None) -> Any:
    with time_machine.travel(NOW, tick=False):
        CommissionPlan.objects.all().delete()
        yield make_plan()


@pytest.fixture
def sold(mgr1: User, mgr2: User) -> None:
    for month in (5, 6, 7):
        make_charge(mgr1, "60000.00", paid_at=f"2025-{month:02}-05T21:00:00")
        make_charge(mgr2, "1000.00", paid_at=f"2025-{month:02}-05T22:00:00")


def token(answer: Any) -> str:
    return str(re.findall(r'name="sure"\s+value="([^"]+)"', answer.content.decode())[0])


def kept(client: Any, plan: CommissionPlan, **changes: str) -> Any:
    form = typed(client, plan, **changes)
    answer = client.post(f"/targets/plans/{plan.pk}/copy/", form)
    return client.post(f"/targets/plans/{plan.pk}/copy/", form | {"sure": token(answer)})


def test_operations_see_whose_figures_change_from_what_to_what_before_it_is_kept(house, sold, mgr1, ops, signed_in):
    close_month(month=MAY)
    client = signed_in(ops)
    form = typed(client, house, effective_from="2025-05", tier_rate_0="4")
    answer = client.post(f"/targets/plans/{house.pk}/copy/", form)
    page = words(answer)
    assert answer.status_code == 422 and not CommissionPlan.objects.filter(code="copy").exists()
    changes = answer.context["form"].changes
    assert [(str(one.manager), one.month, one.difference) for one in changes] == [
        ("林静", JULY, Decimal("100.00")),
        ("林静", JUNE, Decimal("100.00")),
    ], "May is closed, and who sold less than the floor earns nothing by either"
    assert "figures of months that are open, of 1 person" in page and "¥800.00" in page and "¥900.00" in page

    other = client.post(f"/targets/plans/{house.pk}/copy/", form | {"tier_rate_0": "5", "sure": token(answer)})
    assert other.status_code == 422, "another plan has to be confirmed by itself"
    assert client.post(f"/targets/plans/{house.pk}/copy/", form | {"sure": token(answer)}).status_code == 302
    assert statement_of(JUNE, mgr1).earned.own == Decimal("900.00")
    assert statement_of(MAY, mgr1).earned.own == Decimal("800.00")


def test_a_coming_plan_and_one_that_changes_nothing_are_kept_at_once(house, sold, ops, signed_in):
    client = signed_in(ops)
    assert client.post(f"/targets/plans/{house.pk}/copy/", typed(client, house, tier_rate_0="4")).status_code == 302
    same = typed(client, house, effective_from="2025-06", code="same")
    assert client.post(f"/targets/plans/{house.pk}/copy/", same).status_code == 302


def test_it_changes_no_month_of_a_later_plan(house, sold, mgr1):
    make_plan(code="july", effective_from="2025-07")
    tiers = [{"over": "50000.00", "rate": "0.04"}]
    changes = plan_changes.changes_by(plan_from(written(code="x", effective_from="2025-06", tiers=tiers)))
    assert {one.month for one in changes} == {JUNE}


def test_operations_withdraw_it_and_its_months_go_by_the_plan_before(house, sold, mgr1, ops, signed_in):
    client = signed_in(ops)
    assert kept(client, house, effective_from="2025-06", tier_rate_0="4").status_code == 302
    made = CommissionPlan.objects.get(code="copy")
    page = words(client.get(f"/targets/plans/{made.pk}/withdraw/"))
    assert "−¥100.00" in page and "林静" in page and "go by plan house again" in page
    assert client.post(f"/targets/plans/{made.pk}/withdraw/").status_code == 302
    assert statement_of(JUNE, mgr1).earned.own == Decimal("800.00")
    shown = words(client.get(f"/targets/plans/{made.pk}/"))
    assert "Withdrawn" in shown and str(ops) in shown and "Withdraw this plan" not in shown
    assert "withdrawn" in words(client.get("/targets/plans/"))
    made.refresh_from_db()
    assert made.withdrawn_by == ops
    again = make_plan(code="june", effective_from="2025-06")
    assert plans.newest_plan(JUNE) == again, "its month is free"


def test_it_stays_once_a_month_it_touched_is_closed(house, sold, ops, signed_in):
    made = make_plan(code="june", effective_from="2025-06")
    client = signed_in(ops)
    assert "Withdraw this plan" in words(client.get(f"/targets/plans/{made.pk}/"))
    close_month(month=JUNE)
    assert "Withdraw this plan" not in words(client.get(f"/targets/plans/{made.pk}/"))
    page = words(client.post(f"/targets/plans/{made.pk}/withdraw/", follow=True))
    assert "it cannot change" in page and plans.newest_plan(JULY) == made
    with pytest.raises(DatabaseError), transaction.atomic():
        CommissionPlan.objects.filter(pk=made.pk).update(withdrawn_at=NOW)


def test_the_first_plan_stays_for_no_other_would_take_its_place(house, ops, signed_in):
    page = words(signed_in(ops).post(f"/targets/plans/{house.pk}/withdraw/", follow=True))
    assert "No earlier plan would take its place" in page and plans.newest_plan(JULY) == house


def test_a_withdrawn_plan_loaded_again_stands_again(house, ops):
    make_plan(code="june", effective_from="2025-06")
    plans.withdraw_plan(plan=CommissionPlan.objects.get(code="june"), by=ops)
    assert plans.newest_plan(JULY) == house
    make_plan(code="june", effective_from="2025-06")
    assert plans.newest_plan(JULY).code == "june"  # type: ignore[union-attr]


def test_two_standing_plans_of_one_month_are_refused_by_the_database(house):
    with pytest.raises(IntegrityError), transaction.atomic():
        CommissionPlan.objects.create(code="x", effective_from=house.effective_from, floor=1, card_rate=0)


def test_the_command_names_the_changes_and_may_only_name_them(house, sold, tmp_path):
    path = tmp_path / "plan.json"
    tiers = [{"over": "50000.00", "rate": "0.04"}]
    path.write_text(json.dumps(written(code="x", effective_from="2025-06", tiers=tiers)))
    errors = io.StringIO()
    call_command("load_plan", str(path), "--dry-run", stderr=errors)
    assert errors.getvalue().splitlines() == ["2025-07 mgr1: 800.00 -> 900.00", "2025-06 mgr1: 800.00 -> 900.00"]
    assert not CommissionPlan.objects.filter(code="x").exists()
    assert months.current() == JULY
