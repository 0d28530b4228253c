"""My month, statements, the team, closing, targets and plans on screen (S6 S7): who sees what, and that it adds up."""

import csv
import datetime as dt
import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
import time_machine
from django.contrib.auth.models import Group

from staff.models import User
from staff.tests.factories import confirmed, make_user
from targets import my_month, plans
from targets.closing import check_list, close_month
from targets.models import Charge, Claim, CommissionPlan, MonthClosing, Target, TeamBoard
from targets.statements import statement_of
from targets.tests.bills import make_charge, refund, take
from targets.tests.factories import close_by, make_plan
from vipdesk.tests.marks import mark_of
from visits.tests.factories import make_room

pytestmark = pytest.mark.django_db
JUNE, JULY = dt.date(2025, 6, 1), dt.date(2025, 7, 1)
NOW = dt.datetime(2025, 7, 10, 14, tzinfo=dt.UTC)  # 22:00, the tenth night of 31


@pytest.fixture(autouse=True)
def in_july(db: None) -> Any:
    with time_machine.travel(NOW, tick=False):
        CommissionPlan.objects.all().delete()
        yield make_plan()


def sell(user: User, amount: str, at: str = "2025-07-05T21:00:00", **cells: Any) -> Any:
    return make_charge(user, amount, paid_at=at, **cells)


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


# --- my month --------------------------------------------------------------------------------------------------------


def test_a_manager_sees_floor_pace_and_what_the_next_thousand_brings(mgr1, signed_in):
    sell(mgr1, "59000.00")
    answer = signed_in(mgr1).get("/targets/")
    assert answer.context["floor"].pace == Decimal("16129.03"), "ten of 31 nights"
    assert answer.context["floor"].is_reached and answer.context["ahead"].next_step == Decimal("530.00")
    assert "¥59,000<small> / ¥50,000" in words(answer) and "+¥530.00" in words(answer)


def test_whoever_is_behind_is_told_how_much(mgr1, signed_in):
    sell(mgr1, "10000.00")
    page = words(signed_in(mgr1).get("/targets/"))
    assert "¥40,000 to go" in page and "<b>¥6,129.03 behind</b>" in page
    assert "¥40,000 away" in page and "then each ¥1,000 brings +¥30.00" in page, "beyond the floor"


def test_a_target_of_ones_own_stands_beside_the_floor(mgr1, ops, signed_in):
    plans.set_target(manager=mgr1, month=JULY, amount=Decimal("70000.00"), by=ops)
    answer = signed_in(mgr1).get("/targets/")
    assert (answer.context["target"].amount, answer.context["floor"].amount) == (70000, 50000)
    assert "To my target" in words(answer)


def test_nights_and_rooms_add_up_to_the_months_total(mgr1, signed_in):
    sell(mgr1, "100.00", "2025-07-01T00:40:00")
    sell(mgr1, "1000.00")
    sell(mgr1, "500.00", kind="card")
    first = sell(mgr1, "300.00", "2025-07-07T23:00:00")
    assert take(refund(first.bill_no, "-50.00", paid_at="2025-07-08T21:00:00")).created == 1
    it = statement_of(JULY, mgr1)
    nights = my_month.by_night(it)
    assert [(str(part.what), str(part.rooms), str(part.cards), part.bills) for part in nights] == [
        ("2025-07-08", "-50.00", "0.00", 1),
        ("2025-07-07", "300.00", "0.00", 1),
        ("2025-07-05", "1000.00", "500.00", 2),
    ]
    assert sum(part.rooms for part in my_month.by_room(it).shown) == it.earned.totals.rooms == Decimal("1250.00")


def test_the_last_twelve_months_are_frozen_where_they_are_closed(mgr1):
    sell(mgr1, "60000.00", "2025-06-05T21:00:00")
    sell(mgr1, "30000.00")
    close_month(month=JUNE)
    sell(mgr1, "1000.00", "2025-06-05T21:00:00")
    bars = my_month.last_months(mgr1, JULY)
    assert (len(bars), bars[0].month, bars[-1].month) == (12, dt.date(2024, 8, 1), JULY)
    assert [(str(bar.rooms), bar.percent) for bar in bars[-2:]] == [("60000.00", 100), ("30000.00", 50)]


def test_rooms_paid_by_card_are_left_out_everywhere_where_the_plan_says_so(mgr1):
    make_plan(code="without", effective_from="2025-07", card_paid_rooms_count=False)
    sell(mgr1, "100.00", payment="stored_value")
    sell(mgr1, "70.00")
    it = statement_of(JULY, mgr1)
    assert [part.rooms for part in my_month.by_night(it)] == [it.earned.totals.rooms] == [70]
    assert my_month.last_months(mgr1, JULY)[-1].rooms == 70
    found = my_month.so_far(mgr1, JULY)
    assert found and found[2].rooms == 70


def test_without_a_plan_the_screen_says_so(mgr1, ops, signed_in):
    CommissionPlan.objects.all().delete()
    page = signed_in(mgr1).get("/targets/")
    assert page.status_code == 200 and "No commission plan is in force" in words(page)
    assert signed_in(mgr1).get("/targets/statements/2025-07/").status_code == 404
    assert "No commission plan" in words(signed_in(mgr1).get("/targets/month-card/"))
    assert signed_in(ops).get("/targets/statements/2025-07/statements.csv").status_code == 404


def test_operations_come_to_the_team(ops, signed_in):
    assert signed_in(ops).get("/targets/")["Location"] == "/targets/statements/2025-07/"


def test_the_card_on_tonight_is_empty_while_nothing_changed(mgr1, signed_in, django_assert_max_num_queries):
    sell(mgr1, "25000.00")
    client = signed_in(mgr1)
    client.get("/targets/month-card/")
    with django_assert_max_num_queries(5):  # session, user, plan, target, sums
        answer = client.get("/targets/month-card/")
    assert "50 %" in words(answer)
    assert client.get(f"/targets/month-card/?seen={mark_of(answer)}").status_code == 204


# --- statements ------------------------------------------------------------------------------------------------------


def test_a_manager_sees_their_own_statement_only(mgr1, mgr2, ops, desk_user, signed_in):
    sell(mgr1, "59000.00")
    client = signed_in(mgr1)
    assert "¥270.00" in words(client.get("/targets/statements/2025-07/"))
    assert client.get(f"/targets/statements/2025-07/{mgr1.pk}/").status_code == 200
    for theirs in (mgr2, ops, desk_user):
        for rest in ("", "bills/"):
            assert client.get(f"/targets/statements/2025-07/{theirs.pk}/{rest}").status_code == 404
    assert signed_in(ops).get(f"/targets/statements/2025-07/{mgr2.pk}/").status_code == 200
    assert signed_in(ops).get(f"/targets/statements/2025-07/{desk_user.pk}/").status_code == 404


@pytest.mark.parametrize("month", ["2025-08", "2025-13", "0000-01", "２０２５-07", "2025-7"])
def test_a_month_that_has_not_begun_or_is_none_is_not_found(month, mgr1, ops, signed_in):
    for user in (mgr1, ops):
        assert signed_in(user).get(f"/targets/statements/{month}/").status_code == 404
    assert signed_in(ops).get(f"/targets/statements/{month}/statements.csv").status_code == 404


def test_the_bills_behind_each_line_sum_to_it(mgr1, signed_in):
    client = signed_in(mgr1)
    sell(mgr1, "60000.00", "2025-06-05T21:00:00", bill_no="OLD")
    close_month(month=JUNE)
    sell(mgr1, "1000.00", "2025-06-06T21:00:00", bill_no="LATE")
    sell(mgr1, "200.00", bill_no="ROOM")
    sell(mgr1, "50.00", kind="card", bill_no="CARD")

    def shown(month: str, query: str) -> tuple[list[str], str]:
        answer = client.get(f"/targets/statements/{month}/{mgr1.pk}/bills/?{query}")
        return [one.bill_no for one in answer.context["page"]], str(answer.context["sum"])

    assert shown("2025-06", "kind=room") == (["OLD"], "60000.00"), "as it was closed"
    assert shown("2025-07", "kind=room") == (["ROOM"], "200.00")
    assert shown("2025-07", "kind=card") == (["CARD"], "50.00")
    assert shown("2025-07", "late=2025-06") == (["LATE"], "1000.00")
    assert shown("2025-07", "night=2025-07-05") == (["ROOM", "CARD"], "250.00")
    assert shown("2025-07", "night=2025-07-06") == ([], "0.00")
    for nonsense in ("night=x", "late=2025-13", "night=2025-07-32"):
        assert client.get(f"/targets/statements/2025-07/{mgr1.pk}/bills/?{nonsense}").status_code == 404
    assert "+¥30.00" in words(client.get("/targets/statements/2025-07/"))


def test_by_room_has_a_line_for_the_rooms_not_listed_and_adds_up(mgr1, signed_in):
    for n in range(my_month.MOST_ROOMS + 3):
        sell(mgr1, f"{1000 + n}.00", room=make_room().number)
    sell(mgr1, "70.00", kind="card")
    page = words(signed_in(mgr1).get("/targets/"))
    assert "3 other rooms" in page and "3 bills" in page and "¥3,003.00" in page
    parts = my_month.by_room(statement_of(JULY, mgr1))
    rooms = statement_of(JULY, mgr1).earned.totals.rooms
    assert parts.rest and sum((part.rooms for part in parts.shown), parts.rest.rooms) == rooms


def test_the_room_total_leads_to_bills_that_sum_to_it_where_stored_value_does_not_count(mgr1, signed_in):
    make_plan(code="without", effective_from="2025-07", card_paid_rooms_count=False)
    sell(mgr1, "60000.00", bill_no="CASH")
    sell(mgr1, "500.00", bill_no="STORED", payment="stored_value")
    client = signed_in(mgr1)
    statement = words(client.get("/targets/statements/2025-07/"))
    assert "¥60,000.00" in statement and "?kind=stored" in statement

    def shown(query: str) -> tuple[list[str], str]:
        answer = client.get(f"/targets/statements/2025-07/{mgr1.pk}/bills/?{query}")
        return [one.bill_no for one in answer.context["page"].object_list], str(answer.context["sum"])

    assert shown("kind=room") == (["CASH"], "60000.00") and shown("kind=stored") == (["STORED"], "500.00")
    assert shown("night=2025-07-05") == (["CASH", "STORED"], "60000.00")
    page = words(client.get(f"/targets/statements/2025-07/{mgr1.pk}/bills/?night=2025-07-05"))
    assert "besides ¥500.00 of rooms paid with a stored-value card, which do not count" in page


def test_a_sample_is_marked_until_it_is_confirmed_and_on_what_was_closed_before(mgr1, ops, signed_in):
    plan = make_plan(code="shown", effective_from="2025-06", is_sample=True)
    client = signed_in(mgr1)
    for address in ("/targets/", "/targets/statements/2025-07/"):
        assert "Sample plan" in words(client.get(address))
    close_month(month=JUNE)
    assert signed_in(ops).post(f"/targets/plans/{plan.pk}/confirm/").status_code == 302
    assert "Sample plan" not in words(client.get("/targets/statements/2025-07/"))
    assert "Sample plan" in words(client.get("/targets/statements/2025-06/"))


# --- the team --------------------------------------------------------------------------------------------------------


def test_the_leader_board_can_be_switched_off(mgr1, mgr2, ops, signed_in):
    sell(mgr2, "100.00")
    client = signed_in(ops)

    def order() -> list[tuple[int | None, str]]:
        team = client.get("/targets/statements/2025-07/").context["team"]
        return [(line.place, line.it.manager.username) for line in team.lines]

    assert order() == [(1, "mgr2"), (2, "mgr1")]
    client.post("/targets/statements/2025-07/rank/")
    assert order() == [(None, "mgr1"), (None, "mgr2")] and not TeamBoard.objects.get().is_ranked
    client.post("/targets/statements/2025-07/rank/", {"is_ranked": "on"})
    assert order()[0] == (1, "mgr2")


def test_the_teams_sums_are_those_of_its_statements(mgr1, mgr2, ops, signed_in):
    sell(mgr1, "60000.00")
    sell(mgr2, "20000.00", kind="card")
    team = signed_in(ops).get("/targets/statements/2025-07/").context["team"]
    assert (team.rooms, team.cards, team.target, team.total) == (60000, 20000, 100000, 1000)
    assert team.total == team.commission + team.bonus + team.adjusted


def test_payroll_gets_the_same_figures_as_csv_and_xlsx(mgr1, ops, signed_in):
    mgr1.display_name = "=cmd()"
    mgr1.save()
    sell(mgr1, "131000.00", "2025-06-05T21:00:00")
    close_month(month=JUNE)
    sell(mgr1, "1000.00", "2025-06-06T21:00:00")
    client = signed_in(ops)
    rows = list(
        csv.DictReader(
            io.StringIO(
                confirmed(client).post("/targets/statements/2025-07/statements.csv").content.decode("utf-8-sig")
            )
        )
    )
    assert (rows[0]["adjustments"], rows[0]["adjusted_months"], rows[0]["total"]) == ("80.00", "2025-06 80.00", "80.00")
    assert rows[0]["name"] == "'=cmd()"
    answer = confirmed(client).post("/targets/statements/2025-06/statements.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    header, line = list(book.worksheets[0].values)
    said = dict(zip(header, line, strict=True))
    assert (said["name"], said["total"], said["status"]) == ("=cmd()", 4980, "closed")
    assert book.worksheets[0].cell(2, header.index("name") + 1).data_type == "s"
    assert [row[-1] for row in list(book.worksheets[1].values)[1:]] == [900, 2000, 880]
    july = openpyxl.load_workbook(
        io.BytesIO(confirmed(client).post("/targets/statements/2025-07/statements.xlsx").content)
    )
    assert list(july.worksheets[2].values)[1] == ("2025-07", "mgr1", "2025-06", 80)


# --- closing and targets ---------------------------------------------------------------------------------------------


def test_operations_close_a_month_after_the_check_list(mgr1, ops, signed_in):
    sell(mgr1, "60000.00", "2025-06-05T21:00:00")
    client = signed_in(ops)
    page = client.get("/targets/statements/2025-06/close/")
    assert page.status_code == 200 and not MonthClosing.objects.exists(), "looking closes nothing"
    assert page.context["checks"].is_clear and "¥800.00" in words(page)
    assert client.post("/targets/statements/2025-06/close/")["Location"] == "/targets/statements/2025-06/"
    assert MonthClosing.objects.get().closed_by == ops
    assert client.post("/targets/statements/2025-06/close/").status_code == 302
    assert client.post("/targets/statements/2025-07/close/").status_code == 302
    assert MonthClosing.objects.count() == 1


def test_the_check_list_names_what_is_open(mgr1, ops):
    bill = sell(mgr1, "10.00", "2025-06-05T21:00:00")
    at = {"paid_at": bill.paid_at, "night": bill.night, "kind": "room", "payment": "cash"}
    Charge.objects.create(bill_no="X1", amount=100, manager=None, booked_month=JUNE, **at)
    Claim.objects.create(bill_no="X2", amount=50, manager=mgr1, **at)
    sell(mgr1, "10.00", "2025-05-05T21:00:00")
    checks = check_list(JUNE)
    assert (checks.open_claims, checks.unassigned, str(checks.unassigned_total)) == (1, 1, "100.00")
    assert checks.open_before == [dt.date(2025, 5, 1)] and not checks.is_clear


def test_operations_give_a_target_and_take_it_back(mgr1, ops, desk_user, signed_in):
    client, address = signed_in(ops), f"/targets/statements/2025-07/{mgr1.pk}/target/"
    assert client.post(address, {"amount": "30000"}).status_code == 302
    own = Target.objects.get()
    assert own.amount == 30000 and own.set_by == ops
    for wrong in ("0", "-1", "1.005", "abc", "9" * 20):
        assert client.post(address, {"amount": wrong}).status_code == 422, wrong
    assert client.post(address, {"amount": ""}).status_code == 302 and not Target.objects.exists()
    assert client.get(f"/targets/statements/2025-07/{desk_user.pk}/target/").status_code == 404
    close_by(CommissionPlan.objects.get(), JUNE)
    assert client.get(f"/targets/statements/2025-06/{mgr1.pk}/target/").status_code == 404


# --- plans -----------------------------------------------------------------------------------------------------------


def typed(client: Any, plan: CommissionPlan, **changes: str) -> dict[str, Any]:
    form = client.get(f"/targets/plans/{plan.pk}/copy/").context["form"]
    values = {name: form[name].value() or "" for name in form.fields}
    return {name: value for name, value in (values | {"code": "copy"} | changes).items() if value is not False}


def test_a_plan_is_copied_with_a_new_month_and_the_next_tier(ops, signed_in):
    plan, client = CommissionPlan.objects.get(), signed_in(ops)
    more = {"tier_over_3": "￥200,000".replace("￥", "¥"), "tier_rate_3": "12.5", "bonus_amount_1": "1500"}
    answer = client.post(f"/targets/plans/{plan.pk}/copy/", typed(client, plan, **more))
    made = CommissionPlan.objects.get(code="copy")
    assert answer["Location"] == f"/targets/plans/{made.pk}/" and made.effective_from == dt.date(2025, 8, 1)
    assert made.confirmed_by == ops and made.tiers.last().rate == Decimal("0.1250")
    assert [str(one.amount) for one in made.bonus_bands.all()] == ["500.00", "1500.00"]
    same = plans.terms_of(plan)
    assert plans.terms_of(made).gifts == same.gifts and plans.terms_of(made).card_rate == same.card_rate
    assert client.get(f"/targets/plans/{made.pk}/").status_code == client.get("/targets/plans/").status_code == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tier_over_1": "50000"}, "tier_over_1"),
        ({"tier_rate_2": "101"}, "tier_rate_2"),
        ({"tier_rate_0": ""}, "tier_rate_0"),
        ({"tier_over_1": "", "tier_rate_1": "", "tier_over_2": "40000"}, "tier_over_2"),
        ({"bonus_completion_1": "abc"}, "bonus_completion_1"),
        ({"gift_plates_0": "1.5"}, "gift_plates_0"),
        ({"floor": ""}, "floor"),
        ({"floor": "60000"}, "tier_over_0"),
        ({"effective_from": "2025-13"}, "effective_from"),
        ({"effective_from": "2025-01"}, "effective_from"),
        ({"code": "house"}, "code"),
        ({"min_party_spend": "-1"}, "min_party_spend"),
    ],
)
def test_what_cannot_stand_is_said_at_its_field(changes, field, ops, signed_in):
    plan, client = CommissionPlan.objects.get(), signed_in(ops)
    answer = client.post(f"/targets/plans/{plan.pk}/copy/", typed(client, plan, **changes))
    assert answer.status_code == 422 and list(answer.context["form"].errors) == [field]
    assert CommissionPlan.objects.count() == 1


def test_the_preview_follows_what_is_typed_and_keeps_nothing(ops, signed_in):
    plan, client = CommissionPlan.objects.get(), signed_in(ops)
    answer = client.post(f"/targets/plans/{plan.pk}/preview/", typed(client, plan, tier_rate_0="6"))
    by_rooms = {one.rooms: one.earned.own for one in answer.context["worked"]}
    assert by_rooms[Decimal("80000.00")] == Decimal("3000.00"), "30,000 × 6 % and the highest bonus"
    wrong = client.post(f"/targets/plans/{plan.pk}/preview/", typed(client, plan, tier_rate_0="600"))
    assert wrong.status_code == 200 and "must lie between" in words(wrong)
    assert CommissionPlan.objects.count() == 1


def test_somebody_who_is_both_sees_their_own_month_and_the_team(ops, signed_in):
    ops.groups.add(Group.objects.get(name="manager"))
    both = User.objects.get(pk=ops.pk)
    assert signed_in(both).get("/targets/").status_code == 200
    assert "team" in signed_in(both).get("/targets/statements/2025-07/").context
    assert make_user("mgr9").pk != both.pk


# --- the admin -------------------------------------------------------------------------------------------------------


def test_operations_look_through_plans_months_statements_and_targets(mgr1, ops, signed_in):
    plans.set_target(manager=mgr1, month=JUNE, amount=Decimal("70000.00"), by=ops)
    sell(mgr1, "60000.00", "2025-06-05T21:00:00")
    close_month(month=JUNE, by=ops)
    client = signed_in(ops)
    shown = {"commissionplan": "¥50,000.00", "monthclosing": "2025-06", "statement": "¥300.00", "target": "¥70,000.00"}
    for model, what in shown.items():
        answer = client.get(f"/admin/targets/{model}/")
        assert answer.status_code == 200 and what in words(answer), model
    plan = CommissionPlan.objects.get()
    assert client.get(f"/admin/targets/commissionplan/{plan.pk}/change/")["Location"] == f"/targets/plans/{plan.pk}/"
    assert client.get("/admin/").status_code == 200
