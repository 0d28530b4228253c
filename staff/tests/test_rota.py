"""The roster (G18): who is on duty, a week planned by tapping, and what is refused."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from staff.floor import rota
from staff.models import Shift, User
from staff.tests.factories import make_user

pytestmark = pytest.mark.django_db
NIGHT = dt.date(2026, 11, 20)  # a Friday, of 2026-W47
A_DAY, A_WEEK = dt.timedelta(days=1), dt.timedelta(days=7)


@pytest.fixture(autouse=True)
def evening() -> Any:
    with time_machine.travel(dt.datetime.fromisoformat("2026-11-20T19:00+08:00"), tick=False) as travelling:
        yield travelling


def planned(user: User, plan: str, by: User, night: dt.date = NIGHT) -> None:
    Shift.objects.create(user=user, night=night, plan=plan, planned_by=by)


# --- who is on duty --------------------------------------------------------------------------------------------------


def test_where_nobody_is_planned_every_manager_is_on_duty(mgr1: User, mgr2: User, ops: User, desk_user: User) -> None:
    make_user("left", is_active=False)
    make_user("away", is_on_leave=True)

    assert rota.on_duty(NIGHT) == [mgr1, mgr2]
    assert not rota.is_on_duty(ops, NIGHT)


def test_where_somebody_is_planned_only_who_is_planned_on_is_on_duty(mgr1: User, mgr2: User, ops: User) -> None:
    planned(mgr1, "on", ops)

    assert rota.on_duty(NIGHT) == [mgr1]
    assert rota.is_on_duty(mgr1, NIGHT) and not rota.is_on_duty(mgr2, NIGHT)
    assert rota.on_duty(NIGHT + A_DAY) == [mgr1, mgr2]


@pytest.mark.parametrize("plan", ["off", "leave"])
def test_leave_entered_ahead_does_not_send_the_others_home(mgr1: User, mgr2: User, ops: User, plan: str) -> None:
    planned(mgr1, plan, ops)

    assert rota.on_duty(NIGHT) == [mgr2]
    assert not rota.is_on_duty(mgr1, NIGHT)


def test_somebody_whose_account_is_on_leave_is_not_on_duty_whatever_the_plan(mgr1: User, mgr2: User, ops: User) -> None:
    mgr1.is_on_leave = True
    mgr1.save()
    planned(mgr1, "on", ops)
    planned(mgr2, "on", ops)

    assert rota.on_duty(NIGHT) == [mgr2] and not rota.is_on_duty(mgr1, NIGHT)


def test_on_duty_costs_two_statements(mgr1: User, mgr2: User, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        assert [user.has_role("manager") for user in rota.on_duty(NIGHT)] == [True, True]


# --- planning --------------------------------------------------------------------------------------------------------


def tap(client: Any, user: User, night: dt.date | str, plan: str, **headers: str) -> Any:
    return client.post("/floor/rota/plan/", {"cell": f"{user.pk}:{night}:{plan}"}, **headers)


def test_operations_tap_a_cell_through_on_off_leave_and_back(mgr1: User, ops: User, signed_in: Any) -> None:
    client = signed_in(ops)
    for plan, follows in (("on", "off"), ("off", "leave"), ("leave", ""), ("", "on")):
        cell = tap(client, mgr1, NIGHT, plan, HTTP_HX_REQUEST="true").content.decode()
        assert f'value="{mgr1.pk}:2026-11-20:{follows}"' in cell
        assert list(Shift.objects.values_list("plan", flat=True)) == [plan] * bool(plan)


def test_a_tap_repeated_changes_nothing_and_names_who_planned(mgr1: User, ops: User, signed_in: Any) -> None:
    for _ in range(2):
        answer = tap(signed_in(ops), mgr1, NIGHT, "off")
        assert answer["Location"] == "/floor/rota/2026-W47/"

    shift = Shift.objects.get()
    assert (shift.user, shift.plan, shift.planned_by) == (mgr1, "off", ops)


def test_a_tap_brings_the_nights_new_count_along(mgr1: User, mgr2: User, ops: User, signed_in: Any) -> None:
    cell = tap(signed_in(ops), mgr1, NIGHT, "on", HTTP_HX_REQUEST="true").content.decode()
    assert 'id="on-duty-2026-11-20" hx-swap-oob="true"' in cell and "1 on duty" in cell


@pytest.mark.parametrize(
    ("night", "says"), [(NIGHT - A_DAY, "over"), (dt.date(1, 1, 1), "over"), (dt.date(9999, 12, 31), "half a year")]
)
def test_a_night_that_is_over_or_far_ahead_is_refused(
    mgr1: User, ops: User, signed_in: Any, night: dt.date, says: str
) -> None:
    answer = tap(signed_in(ops), mgr1, night.isoformat(), "on")
    assert answer.status_code == 409 and says in answer.content.decode()
    assert not Shift.objects.exists()


def test_only_service_managers_are_planned(ops: User, desk_user: User, signed_in: Any) -> None:
    for user in (desk_user, make_user("left", is_active=False)):
        assert tap(signed_in(ops), user, NIGHT, "on").status_code == 409
    assert not Shift.objects.exists()


@pytest.mark.parametrize("cell", ["", "x", "1:2026-11-20", "1:2026-13-40:on", "1:2026-11-20:late", "٣:2026-11-20:on", "9" * 30 + ":2026-11-20:on", "99:2026-11-20:on"])  # fmt: skip
def test_a_cell_that_no_screen_of_ours_has_is_not_here(ops: User, signed_in: Any, cell: str) -> None:
    assert signed_in(ops).post("/floor/rota/plan/", {"cell": cell}).status_code == 404


def test_managers_plan_nothing(mgr1: User, signed_in: Any) -> None:
    assert tap(signed_in(mgr1), mgr1, NIGHT, "leave").status_code == 403


# --- the week --------------------------------------------------------------------------------------------------------


def test_manager_reads_the_week_with_their_own_row_first(mgr1: User, mgr2: User, ops: User, signed_in: Any) -> None:
    planned(mgr2, "leave", ops)

    page = signed_in(mgr2).get("/floor/rota/")

    week = page.context["week"]
    assert week.name == "2026-W47" and [row.user for row in week.rows] == [mgr2, mgr1]
    assert [head.on_duty for head in week.heads] == [2, 2, 2, 2, 1, 2, 2]
    assert 'name="cell"' not in page.content.decode()


def test_operations_change_tonight_and_later_but_no_night_that_is_over(mgr1: User, ops: User, signed_in: Any) -> None:
    page = signed_in(ops).get("/floor/rota/2026-W47/").content.decode()
    assert page.count('name="cell"') == 3  # Friday, Saturday, Sunday
    assert signed_in(ops).get("/floor/rota/2026-W46/").content.decode().count('name="cell"') == 0


@pytest.mark.parametrize("week", ["2026-W54", "2026-W00", "2025-W53", "2026-47", "1999-W01", "9999-W52"])
def test_a_week_that_is_none_is_not_here(ops: User, signed_in: Any, week: str) -> None:
    assert signed_in(ops).get(f"/floor/rota/{week}/").status_code == 404


def test_weeks_lead_on_across_the_new_year(mgr1: User, signed_in: Any) -> None:
    week = signed_in(mgr1).get("/floor/rota/2026-W53/").context["week"]
    assert (week.before, week.after) == ("2026-W52", "2027-W01")


def test_the_week_costs_few_statements(ops: User, signed_in: Any, django_assert_max_num_queries: Any) -> None:
    for n in range(8):
        planned(make_user(f"m{n}"), "on", ops)
    client = signed_in(ops)
    client.get("/floor/rota/")
    with django_assert_max_num_queries(2 + 4):  # plans, people; leave, whom to give some
        client.get("/floor/rota/")


# --- copying ---------------------------------------------------------------------------------------------------------


def test_copying_fills_what_is_missing_and_leaves_what_stands(
    mgr1: User, mgr2: User, ops: User, signed_in: Any
) -> None:
    saturday = NIGHT + A_DAY
    for night in (NIGHT - A_DAY, NIGHT, saturday):  # Thursday is over by now
        planned(mgr1, "on", ops, night - A_WEEK)
        planned(mgr2, "off", ops, night - A_WEEK)
    planned(mgr1, "leave", ops, saturday)

    for _ in range(2):
        signed_in(ops).post("/floor/rota/2026-W47/copy/")

    this_week = Shift.objects.filter(night__gt=NIGHT - A_WEEK + A_DAY).order_by("night", "user__username")
    assert [(s.user, s.night, s.plan) for s in this_week] == [
        (mgr1, NIGHT, "on"),
        (mgr2, NIGHT, "off"),
        (mgr1, saturday, "leave"),
        (mgr2, saturday, "off"),
    ]


def test_copying_takes_neither_leave_nor_leavers_along(mgr1: User, ops: User) -> None:
    planned(mgr1, "leave", ops, NIGHT - A_WEEK)
    planned(make_user("left", is_active=False), "on", ops, NIGHT - A_WEEK)
    assert rota.copy_week(week="2026-W47", by=ops) == 0


@pytest.mark.parametrize("week", ["2026-W46", "2028-W01"])
def test_a_week_that_is_over_or_far_ahead_is_not_copied_into(ops: User, signed_in: Any, week: str) -> None:
    assert signed_in(ops).post(f"/floor/rota/{week}/copy/").status_code == 409
