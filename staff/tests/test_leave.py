"""Leave with dates (G18): planned by operations, outweighs the week's plan, called off from tonight on."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.db.utils import IntegrityError

from customers.sheets import sheet_of
from customers.tests.factories import make_customer
from staff.floor import rota
from staff.models import Leave, Shift, User

pytestmark = pytest.mark.django_db
NIGHT = dt.date(2026, 11, 20)  # a Friday, of 2026-W47
A_DAY = dt.timedelta(days=1)
EVENING = dt.datetime.fromisoformat("2026-11-20T19:00+08:00")


@pytest.fixture(autouse=True)
def evening() -> Any:
    with time_machine.travel(EVENING, tick=False) as travelling:
        yield travelling


def give_leave(user: User, by: User, first: dt.date, last: dt.date, **facts: Any) -> Leave:
    return rota.plan_leave(leave=Leave(user=user, planned_by=by, first_night=first, last_night=last, **facts))


def said(user: User, first: dt.date, last: dt.date, **fields: Any) -> dict[str, Any]:
    return {"user": user.pk, "first_night": first, "last_night": last, "kind": "sick", "note": ""} | fields


def test_who_is_on_leave_is_not_on_duty_from_the_first_night_to_the_last(mgr1: User, mgr2: User, ops: User) -> None:
    give_leave(mgr1, ops, NIGHT + A_DAY, NIGHT + 2 * A_DAY)
    assert [rota.on_duty(NIGHT + n * A_DAY) for n in range(4)] == [[mgr1, mgr2], [mgr2], [mgr2], [mgr1, mgr2]]
    assert rota.is_off(mgr1, NIGHT + A_DAY) and not rota.is_off(mgr1, NIGHT) and not rota.is_off(mgr2, NIGHT + A_DAY)
    assert rota.duty_and_leave(NIGHT + A_DAY)[1] == [mgr1] and rota.duty_and_leave(NIGHT)[1] == []


def test_leave_outweighs_the_plan_which_counts_again_when_it_is_called_off(mgr1: User, mgr2: User, ops: User) -> None:
    Shift.objects.create(user=mgr1, night=NIGHT + A_DAY, plan="on", planned_by=ops)
    leave = give_leave(mgr1, ops, NIGHT, NIGHT + 2 * A_DAY)
    assert rota.on_duty(NIGHT + A_DAY) == []
    with pytest.raises(rota.CannotPlan, match="on leave that night"):
        rota.plan_shift(user=mgr1, night=NIGHT + A_DAY, plan="on", by=ops)

    for _ in range(2):
        rota.call_off_leave(leave=leave)
    assert rota.on_duty(NIGHT + A_DAY) == [mgr1] and not Leave.objects.exists()


def test_leave_that_runs_ends_with_the_night_before(mgr1: User, ops: User, evening: Any) -> None:
    leave = give_leave(mgr1, ops, NIGHT, NIGHT + 9 * A_DAY)
    evening.move_to(EVENING + 3 * A_DAY)
    rota.call_off_leave(leave=leave)
    leave.refresh_from_db()
    assert leave.last_night == NIGHT + 2 * A_DAY
    assert [rota.duty_and_leave(NIGHT + n * A_DAY)[1] for n in (2, 3)] == [[mgr1], []]


def test_nobody_has_leave_twice_over_a_night_whatever_writes_it(mgr1: User, mgr2: User, ops: User) -> None:
    give_leave(mgr1, ops, NIGHT, NIGHT + 2 * A_DAY)
    with pytest.raises(rota.CannotPlan, match="already"):
        give_leave(mgr1, ops, NIGHT + 2 * A_DAY, NIGHT + 4 * A_DAY)
    facts = {"planned_by": ops, "first_night": NIGHT + 2 * A_DAY, "last_night": NIGHT + 3 * A_DAY}
    with pytest.raises(IntegrityError), transaction.atomic():
        Leave.objects.create(user=mgr1, **facts)
    give_leave(mgr1, ops, NIGHT + 3 * A_DAY, NIGHT + 4 * A_DAY)
    give_leave(mgr2, ops, NIGHT, NIGHT)


def test_operations_plan_it_on_the_roster_where_everybody_reads_it(
    mgr1: User, mgr2: User, ops: User, signed_in: Any
) -> None:
    answer = signed_in(ops).post("/floor/rota/leave/", said(mgr1, NIGHT, NIGHT + A_DAY, note="家里有事"))

    assert answer["Location"] == "/floor/rota/2026-W47/"
    leave = Leave.objects.get()
    assert (leave.user, leave.kind, leave.note, leave.planned_by) == (mgr1, "sick", "家里有事", ops)
    page = signed_in(ops).get("/floor/rota/").content.decode()
    assert page.count("rota-cell is-leave") == 2 and "家里有事" in page and "sick leave" in page
    # Two nights of three are away; the third, and the other's three, may be planned.
    assert page.count('name="cell"') == 4
    theirs = signed_in(mgr2).get("/floor/rota/").content.decode()
    assert theirs.count("rota-cell is-leave") == 2 and "家里有事" not in theirs and "sick" not in theirs
    mine = signed_in(mgr1).get("/floor/rota/").content.decode()
    assert "家里有事" in mine and "Plan leave" not in mine

    assert "On leave: 林静" in signed_in(ops).get("/floor/night/").content.decode()
    assert "You are planned off tonight" in signed_in(mgr1).get("/floor/clock/").content.decode()
    signed_in(ops).post(f"/floor/rota/leave/{leave.pk}/off/")
    assert not Leave.objects.exists()


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (1, 0, "ends before it begins"),
        (-1, 1, "This night is over"),
        (0, 200, "half a year"),
        (2, 3, "already"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_what_was_typed_stays(
    mgr1: User, ops: User, signed_in: Any, first: int, last: int, words: str
) -> None:
    give_leave(mgr1, ops, NIGHT + 3 * A_DAY, NIGHT + 4 * A_DAY)
    asked = said(mgr1, NIGHT + first * A_DAY, NIGHT + last * A_DAY, note="体检")
    answer = signed_in(ops).post("/floor/rota/leave/", asked)
    page = answer.content.decode()
    assert answer.status_code == 422 and words in page and 'value="体检"' in page and 'leave-new" open' in page
    assert Leave.objects.count() == 1


def test_only_service_managers_have_leave_here(ops: User, desk_user: User, signed_in: Any) -> None:
    assert signed_in(ops).post("/floor/rota/leave/", said(desk_user, NIGHT, NIGHT)).status_code == 422
    with pytest.raises(rota.CannotPlan, match="no service manager"):
        give_leave(desk_user, ops, NIGHT, NIGHT)


def test_a_sheet_is_not_late_of_somebody_on_leave(mgr1: User, mgr2: User, ops: User, evening: Any) -> None:
    User.objects.update(date_joined=EVENING - 30 * A_DAY)
    give_leave(mgr1, ops, NIGHT, NIGHT)
    evening.move_to(EVENING + A_DAY)
    make_customer(owner=mgr2, captured_at=EVENING)
    owed = {part.manager for part in sheet_of(NIGHT).parts if part.is_missing}
    assert mgr2 in owed and mgr1 not in owed
