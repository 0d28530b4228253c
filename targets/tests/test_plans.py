"""Plans as written and as kept: what is refused and named, what a closed month keeps, targets (S6 S7)."""

import copy
import datetime as dt
import json
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, transaction

from staff.models import User
from staff.tests.factories import make_user
from targets import months, plans
from targets.models import CommissionPlan, MonthClosing, Target
from targets.plan_files import BadPlan, PlanFile, as_written, plan_from, read_plan
from targets.tests.factories import SAMPLE, close_by, make_plan, written
from vipdesk.tests import furnishing

pytestmark = pytest.mark.django_db
MAY = dt.date(2025, 5, 1)


def changed(path: str, value: Any) -> dict[str, Any]:
    """The sample with something else at "tiers.1.rate"; `...` takes the key out."""
    plan: Any = copy.deepcopy(SAMPLE)
    *way, last = path.split(".")
    place = plan
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    if value is ...:
        del place[last]
    else:
        place[int(last) if last.isdigit() else last] = value
    return plan


def run(*words: Any) -> str:
    out = StringIO()
    call_command(*map(str, words), stdout=out, stderr=StringIO())
    return out.getvalue()


def a_file(tmp_path: Path, plan: Any, name: str = "plan.json") -> Path:
    path = tmp_path / name
    path.write_bytes(plan if isinstance(plan, bytes) else json.dumps(plan).encode())
    return path


# --- as written ------------------------------------------------------------------------------------------------------

WRONG = [
    ("floor", ..., "floor: is missing"),
    ("gifts", ..., "gifts: is missing"),
    ("tiers.1.rate", ..., "tiers.1.rate: is missing"),
    ("gifts.min_party_spend", ..., "gifts.min_party_spend: is missing"),
    ("flor", "1.00", "flor: is no key"),
    ("floor", 50000.0, "floor: must be a string"),
    ("tiers.0.rate", 0.03, "tiers.0.rate: must be a string"),
    ("floor", "0.00", "floor: must lie between"),
    ("floor", "-1.00", "floor: must lie between"),
    ("floor", "50000.001", "floor: has more than 2"),
    ("floor", "５００００", "floor: is not a number"),
    ("floor", "5e4", "floor: is not a number"),
    ("floor", True, "floor: is not a number"),
    ("floor", None, "floor: is not a number"),
    ("floor", "80000.00", "tiers.0.over: the first tier begins below"),
    ("tiers", [], "tiers: there is no tier"),
    ("tiers", {}, "tiers: must be a list"),
    ("tiers.1.over", "50000.00", "tiers.1.over: must be more"),
    ("tiers.2.over", "70000.00", "tiers.2.over: must be more"),
    ("tiers.1.rate", "1.01", "tiers.1.rate: must lie between"),
    ("tiers.1.rate", "-0.01", "tiers.1.rate: must lie between"),
    ("card_rate", "0.00001", "card_rate: has more than 4"),
    ("card_paid_rooms_count", "true", "card_paid_rooms_count: must be true or false"),
    ("bonus.1.completion", "1.20", "bonus.1.completion: must be more"),
    ("bonus.1.amount", "499.99", "bonus.1.amount: must not be less"),
    ("bonus.0.amount", "-1.00", "bonus.0.amount: must lie between"),
    ("gifts.bands.1.plates", 9, "gifts.bands.1.plates: must not be less"),
    ("gifts.bands.1.plates", 1.5, "gifts.bands.1.plates: must be a string"),
    ("gifts.bands.0.completion", "1.00", "gifts.bands.1.completion: must be more"),
    ("effective_from", "2026-13", "effective_from: must be a month"),
    ("effective_from", "2026-1", "effective_from: must be a month"),
    ("effective_from", 2026, "effective_from: must be a month"),
    ("code", "", "code: must be"),
    ("code", "a\nb", "code: must be"),
    ("code", 7, "code: must be"),
]


@pytest.mark.parametrize(("path", "value", "said"), WRONG)
def test_a_plan_that_cannot_stand_is_refused_by_its_place(path, value, said):
    with pytest.raises(BadPlan) as refused:
        plan_from(changed(path, value))
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"code": "a", "code": "b"}',
        b'{"floor": NaN}',
        b'{"a": 1' + b"0" * 9999,
    ],
)
def test_what_is_no_plan_is_refused_in_one_line(data):
    with pytest.raises(BadPlan) as refused:
        read_plan(data)
    assert str(refused.value) and "\n" not in str(refused.value)


def test_a_plan_is_read_as_the_contract_writes_it_and_written_so_again():
    plan = read_plan(b"\xef\xbb\xbf" + json.dumps(SAMPLE).encode())
    assert as_written(plan) == SAMPLE
    shorter = {key: value for key, value in SAMPLE.items() if key != "card_paid_rooms_count"}
    assert plan_from(shorter) == plan, "rooms paid by card count unless the plan says otherwise"
    assert plan_from(changed("floor", 50000)) == plan, "a whole number is exact"


def test_a_plan_without_bonus_and_gifts_may_stand():
    plan = plan_from(changed("bonus", []) | {"gifts": {"min_party_spend": "0", "bands": []}})
    assert not plan.terms.bonus and not plan.terms.gifts


# --- as kept ---------------------------------------------------------------------------------------------------------


def test_loading_the_same_plan_again_changes_nothing(tmp_path):
    path = a_file(tmp_path, written(code="house", effective_from="2025-01"))
    assert run("load_plan", path).startswith("house: created")
    assert run("load_plan", path).startswith("house: unchanged")
    plan = CommissionPlan.objects.get(code="house")
    assert as_written(plans.as_file(plan)) == written(code="house", effective_from="2025-01")


def test_a_plan_no_closed_month_used_takes_new_content():
    make_plan(code="house", effective_from="2025-01")
    new = written(code="house", effective_from="2025-02", floor="40000.00", bonus=[])
    assert plans.load_plan(plan=plan_from(new)) == plans.Outcome.UPDATED
    plan = CommissionPlan.objects.get(code="house")
    assert as_written(plans.as_file(plan)) == new


def test_a_plan_a_closed_month_used_is_refused_but_for_its_own_content(ops):
    house = make_plan(code="house", effective_from="2025-01")
    close_by(house, MAY)
    with pytest.raises(plans.CannotPlan, match="2025-05"):
        make_plan(code="house", effective_from="2025-01", card_rate="0.02")
    assert plans.load_plan(plan=plans.as_file(house)) == plans.Outcome.UNCHANGED


def test_one_plan_per_month(tmp_path):
    make_plan(code="house", effective_from="2025-01")
    with pytest.raises(CommandError, match="house already"):
        run("load_plan", a_file(tmp_path, written(code="other", effective_from="2025-01")))
    assert not CommissionPlan.objects.filter(code="other").exists()


def test_the_sample_gives_way_to_the_houses_own_plan_unless_a_month_was_closed_by_it():
    sample = make_plan(code="shown", effective_from="2025-01", is_sample=True)
    own = make_plan(code="own", effective_from="2025-01")
    assert not CommissionPlan.objects.filter(pk=sample.pk).exists() and not own.is_sample
    used = make_plan(code="used", effective_from="2025-02", is_sample=True)
    close_by(used, dt.date(2025, 2, 1))
    with pytest.raises(plans.CannotPlan):
        make_plan(code="late", effective_from="2025-02")


def test_loading_the_samples_own_figures_makes_them_the_houses(tmp_path):
    CommissionPlan.objects.all().delete()
    furnishing.restore_default_rows()
    assert CommissionPlan.objects.get().is_sample and as_written(plans.as_file(CommissionPlan.objects.get())) == SAMPLE
    assert run("load_plan", a_file(tmp_path, SAMPLE)).startswith("sample-2026: unchanged")
    assert not CommissionPlan.objects.get().is_sample
    with pytest.raises(CommandError, match="sample-2026 already"):
        run("load_plan", a_file(tmp_path, written(code="other")))


def test_the_newest_plan_is_in_force_and_a_closed_month_keeps_its_own():
    old = make_plan(code="old", effective_from="2025-01")
    assert (
        plans.plan_in_force(dt.date(2024, 12, 1)) is None
        or not CommissionPlan.objects.filter(effective_from__lte=dt.date(2024, 12, 1)).exists()
    )
    close_by(old, MAY)
    new = make_plan(code="new", effective_from="2025-04")
    forces = [plans.plan_in_force(dt.date(2025, month, 1)) for month in (3, 4, 5, 6)]
    assert forces == [old, new, old, new]


CHANGES = {
    "floor": lambda plan: CommissionPlan.objects.filter(pk=plan.pk).update(floor="1.00"),
    "tier": lambda plan: plan.tiers.first().delete(),
    "another tier": lambda plan: plan.tiers.create(over="999999.00", rate="0.9"),
    "bonus": lambda plan: plan.bonus_bands.update(amount=1),
    "gifts": lambda plan: plan.gift_bands.first().delete(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_database_itself_refuses_to_change_a_used_plan(change):
    plan = make_plan(code="house", effective_from="2025-01")
    close_by(plan, MAY)
    with pytest.raises(InternalError, match="closed month"), transaction.atomic():
        change(plan)


def test_confirming_takes_the_sample_mark_off_a_used_plan_too(ops):
    plan = make_plan(code="house", effective_from="2025-01", is_sample=True)
    close_by(plan, MAY)
    plans.confirm_plan(plan=plan, by=ops)
    plan.refresh_from_db()
    assert (plan.is_sample, plan.confirmed_by) == (False, ops)
    assert MonthClosing.objects.get(month=MAY).was_sample


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\x00", "this is not JSON"), (json.dumps(changed("floor", 1.5)).encode(), "floor: must be a string")],
)
def test_a_bad_file_is_one_clear_line(tmp_path, content, said):
    path = a_file(tmp_path, content)
    with pytest.raises(CommandError, match=rf"^plan\.json: {said}"):
        run("load_plan", path)
    with pytest.raises(CommandError, match=r"^Cannot read .*No such file"):
        run("load_plan", tmp_path / "nothing.json")
    with pytest.raises(CommandError, match=r"^Cannot read .*Is a directory"):
        run("load_plan", tmp_path)


# --- targets ---------------------------------------------------------------------------------------------------------


def test_a_manager_gets_a_target_of_their_own(mgr1: User):
    assert run("set_target", "mgr1", "2025-06", "60000").strip() == "mgr1 2025-06: 60000 (created)"
    assert "unchanged" in run("set_target", "mgr1", "2025-06", "60000.00")
    assert "updated" in run("set_target", "mgr1", "2025-06", "70000.5")
    assert plans.own_targets(dt.date(2025, 6, 1)) == {mgr1.pk: Decimal("70000.50")}
    assert [str(row.amount) for row in Target.events.rel.related_model.objects.all()] == ["60000.00"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nobody", "2025-06", "1"), "Unknown manager: nobody"),
        (("desk", "2025-06", "1"), "Unknown manager: desk"),
        (("mgr1", "2025-06", "0"), "A target is more than 0"),
        (("mgr1", "2025-06", "-5.00"), "A target is more than 0"),
        (("mgr1", "2025-13", "5.00"), "not a month like 2026-11"),
        (("mgr1", "２０２５-06", "5.00"), "not a month like 2026-11"),
        (("mgr1", "2025-06", "5.005"), "not an amount like"),
        (("mgr1", "2025-06", "NaN"), "not an amount like"),
    ],
)
def test_a_target_that_cannot_be_is_named(mgr1, desk_user, words, said):
    with pytest.raises(CommandError, match=said):
        run("set_target", *words)
    assert not Target.objects.exists()


def test_targets_of_a_closed_month_stand(mgr1):
    run("set_target", "mgr1", "2025-05", "60000")
    close_by(make_plan(code="house", effective_from="2025-01"), MAY)
    with pytest.raises(CommandError, match="2025-05 is closed"):
        run("set_target", "mgr1", "2025-05", "1")
    for change in (lambda own: own.update(amount=1), lambda own: own.delete()):
        with pytest.raises(InternalError, match="closed"), transaction.atomic():
            change(Target.objects.filter(manager=mgr1))
    with pytest.raises(InternalError, match="closed"), transaction.atomic():
        Target.objects.create(manager=make_user("late"), month=MAY, amount=1)


# --- months ----------------------------------------------------------------------------------------------------------


def test_a_month_follows_another_and_what_is_no_month_is_refused():
    assert months.following(dt.date(2025, 12, 1)) == dt.date(2026, 1, 1)
    assert months.preceding(dt.date(2026, 1, 1)) == dt.date(2025, 12, 1)
    assert months.following(dt.date(2026, 1, 1)) == dt.date(2026, 2, 1)
    for text in ("2025-00", "2025-13", "2025-6", "25-06", "2025-06-01", "0000-01", "２０２５-06", ""):
        with pytest.raises(ValueError, match="Not a month"):
            months.parse_month(text)


def test_what_comes_for_a_closed_month_is_booked_in_the_first_open_one_after_it():
    plan = make_plan(code="house", effective_from="2025-01")
    for month in (5, 6, 8):
        close_by(plan, dt.date(2025, month, 1))
    wanted = [dt.date(2025, month, 1) for month in (4, 5, 6, 7, 8)]
    with transaction.atomic():
        booked = months.open_months_for(wanted)
    assert [booked[month].month for month in wanted] == [4, 7, 7, 7, 9]


def test_a_plan_file_is_compared_by_value():
    assert isinstance(plan_from(SAMPLE), PlanFile) and plan_from(SAMPLE) == plan_from(changed("floor", "50000"))
