"""Tasks from leaders (D8): given to some or all, read and done once, withdrawn; what is refused at which field."""

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine

from staff.floor import assignments
from staff.models import Shift, Task, TaskFor, User
from staff.tests.factories import make_task, make_user
from vipdesk.tests.marks import mark_of

pytestmark = [pytest.mark.django_db, pytest.mark.venue_zone]
NIGHT = dt.date(2026, 11, 20)
HTMX = {"HTTP_HX_REQUEST": "true"}


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{text}+08:00")


@pytest.fixture(autouse=True)
def evening() -> Any:
    with time_machine.travel(at("2026-11-20T19:00"), tick=False) as travelling:
        yield travelling


def form(**fields: Any) -> dict[str, Any]:
    usual = {"title": "大厅布置", "detail": "", "night": "2026-11-20", "clock": "22:30", "everybody": "on"}
    return {key: value for key, value in (usual | {"client_id": str(uuid.uuid4())} | fields).items() if value}


# --- giving ----------------------------------------------------------------------------------------------------------


def test_operations_give_a_task_to_everybody_on_duty(mgr1: User, mgr2: User, ops: User, signed_in: Any) -> None:
    Shift.objects.create(user=mgr2, night=NIGHT, plan="off", planned_by=ops)

    answer = signed_in(ops).post("/floor/tasks/new/", form())

    task = Task.objects.get()
    assert answer["Location"] == "/floor/tasks/"
    assert (task.title, task.night, task.due_at, task.given_by) == ("大厅布置", NIGHT, at("2026-11-20T22:30"), ops)
    assert [one.user for one in task.people.all()] == [mgr1]


def test_operations_give_a_task_to_some_by_name(mgr1: User, mgr2: User, ops: User, signed_in: Any) -> None:
    signed_in(ops).post("/floor/tasks/new/", form(everybody="", people=[mgr2.pk]))
    assert TaskFor.objects.get().user == mgr2


def test_a_time_after_midnight_belongs_to_the_nights_morning(mgr1: User, ops: User, signed_in: Any) -> None:
    signed_in(ops).post("/floor/tasks/new/", form(clock="01:15"))
    task = Task.objects.get()
    assert (task.night, task.due_at) == (NIGHT, at("2026-11-21T01:15"))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "   "}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"clock": "18:59"}, "clock"),
        ({"clock": ""}, "clock"),
        ({"clock": "25:00"}, "clock"),
        ({"night": "2026-11-19"}, "night"),
        ({"night": "0001-01-01"}, "night"),
        ({"night": "9999-12-31"}, "night"),
        ({"night": "2026-02-30"}, "night"),
        ({"everybody": ""}, "everybody"),
        ({"everybody": "", "people": ["999999"]}, "people"),
        ({"everybody": "", "people": ["x"]}, "people"),
    ],
)
def test_a_bad_task_is_refused_at_its_field_and_nothing_is_written(
    mgr1: User, ops: User, signed_in: Any, fields: dict[str, Any], field: str
) -> None:
    for headers in ({}, HTMX):
        answer = signed_in(ops).post("/floor/tasks/new/", form(**fields), **headers)
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == [field]
        assert ("<html" in answer.content.decode()) == (not headers)
    assert not Task.objects.exists()


def test_a_task_for_a_night_with_nobody_on_duty_is_refused(mgr1: User, ops: User, signed_in: Any) -> None:
    Shift.objects.create(user=mgr1, night=NIGHT, plan="off", planned_by=ops)
    answer = signed_in(ops).post("/floor/tasks/new/", form())
    assert answer.status_code == 422 and "everybody" in answer.context["form"].errors


def test_a_form_sent_twice_makes_one_task(mgr1: User, ops: User, signed_in: Any) -> None:
    sent = form()
    for headers in ({}, {}, HTMX):
        assert signed_in(ops).post("/floor/tasks/new/", sent, **headers).status_code in (200, 302)
    assert Task.objects.count() == 1 and TaskFor.objects.count() == 1

    assert signed_in(ops).post("/floor/tasks/new/", sent | {"title": "另一件"}).status_code == 409
    assert Task.objects.count() == 1


def test_operations_follow_who_has_read_and_done_what(mgr1: User, mgr2: User, ops: User, signed_in: Any) -> None:
    task = make_task(mgr1, mgr2, given_by=ops)
    assignments.finish(task=task.people.get(user=mgr1), answer="都好了")
    assignments.acknowledge(task=task.people.get(user=mgr2))

    page = signed_in(ops).get("/floor/tasks/").content.decode()

    assert "done 19:00" in page and "都好了" in page and "read 19:00" in page


def test_what_is_still_open_stays_on_the_list_however_old(mgr1: User, ops: User, signed_in: Any, evening: Any) -> None:
    make_task(mgr1, given_by=ops, title="还没做")
    done = make_task(mgr1, given_by=ops, title="做好了")
    assignments.finish(task=done.people.get())
    evening.shift(dt.timedelta(days=30))

    page = signed_in(ops).get("/floor/tasks/").content.decode()

    assert "还没做" in page and "做好了" not in page


def test_the_list_costs_few_statements(ops: User, signed_in: Any, django_assert_max_num_queries: Any) -> None:
    people = [make_user(f"m{n}") for n in range(3)]
    for _ in range(5):
        make_task(*people, given_by=ops)
    client = signed_in(ops)
    client.get("/floor/tasks/")
    with django_assert_max_num_queries(2 + 2):
        client.get("/floor/tasks/")


# --- doing -----------------------------------------------------------------------------------------------------------


def test_manager_sees_open_tasks_by_due_time_and_overdue_ones_in_red(
    mgr1: User, mgr2: User, ops: User, signed_in: Any, evening: Any
) -> None:
    make_task(mgr1, given_by=ops, title="后做", due_at=at("2026-11-20T23:00"))
    make_task(mgr1, given_by=ops, title="先做", due_at=at("2026-11-20T19:30"))
    make_task(mgr2, given_by=ops, title="别人的")
    evening.move_to(at("2026-11-20T19:40"))

    card = signed_in(mgr1).get("/floor/tasks/mine/", **HTMX).content.decode()

    assert card.index("先做") < card.index("后做") and "别人的" not in card
    assert card.count("overdue") == 1


def test_got_it_and_done_are_set_once(mgr1: User, ops: User, signed_in: Any, evening: Any) -> None:
    task, client = make_task(mgr1, given_by=ops), signed_in(mgr1)
    for path, data in (("read", {}), ("done", {"answer": "好了"})):
        for minutes in (0, 5):
            evening.shift(dt.timedelta(minutes=minutes))
            client.post(f"/floor/tasks/{task.pk}/{path}/", data | {"again": "1"}, **HTMX)

    mine = TaskFor.objects.get()
    assert (mine.acknowledged_at, mine.done_at) == (at("2026-11-20T19:00"), at("2026-11-20T19:05"))
    assert mine.answer == "好了"


def test_done_without_got_it_counts_as_read(mgr1: User, ops: User, signed_in: Any) -> None:
    task = make_task(mgr1, given_by=ops)
    assert signed_in(mgr1).post(f"/floor/tasks/{task.pk}/done/").status_code == 302
    mine = TaskFor.objects.get()
    assert mine.acknowledged_at == mine.done_at == at("2026-11-20T19:00")


def test_an_answer_too_long_is_refused_at_its_field_and_keeps_what_was_typed(
    mgr1: User, ops: User, signed_in: Any
) -> None:
    task = make_task(mgr1, given_by=ops)

    answer = signed_in(mgr1).post(f"/floor/tasks/{task.pk}/done/", {"answer": "好" * 201}, **HTMX)

    card = answer.content.decode()
    assert answer.status_code == 422 and "is-invalid" in card and "好" * 201 in card and "hx-preserve" not in card
    assert TaskFor.objects.get().done_at is None


def test_a_withdrawn_task_leaves_the_card_and_is_done_by_nobody(
    mgr1: User, ops: User, signed_in: Any, evening: Any
) -> None:
    task = make_task(mgr1, given_by=ops)
    for _ in range(2):
        signed_in(ops).post(f"/floor/tasks/{task.pk}/withdraw/")
        evening.shift(dt.timedelta(minutes=1))
    task.refresh_from_db()
    assert task.withdrawn_at == at("2026-11-20T19:00")

    assert "大厅布置" not in signed_in(mgr1).get("/floor/tasks/mine/").content.decode()
    signed_in(mgr1).post(f"/floor/tasks/{task.pk}/done/", {"answer": "好了"})
    mine = TaskFor.objects.get()
    assert (mine.acknowledged_at, mine.done_at, mine.answer) == (None, None, "")


def test_nobody_answers_for_another(mgr1: User, mgr2: User, ops: User, signed_in: Any) -> None:
    task = make_task(mgr1, given_by=ops)
    for path in ("read", "done"):
        assert signed_in(mgr2).post(f"/floor/tasks/{task.pk}/{path}/").status_code == 404
    assert signed_in(mgr1).post(f"/floor/tasks/{task.pk}/withdraw/").status_code == 403


def test_the_cards_refresh_is_empty_while_nothing_changed_and_keeps_what_is_typed(
    mgr1: User, ops: User, signed_in: Any, evening: Any
) -> None:
    make_task(mgr1, given_by=ops)
    client = signed_in(mgr1)
    card = client.get("/floor/tasks/mine/", **HTMX)
    refresh = f"/floor/tasks/mine/?seen={mark_of(card)}"
    assert "hx-preserve" not in card.content.decode()

    assert client.get(refresh, **HTMX).status_code == 204

    evening.shift(dt.timedelta(hours=2))
    later = signed_in(mgr1).get(refresh, **HTMX, HTTP_X_BACKGROUND="1").content.decode()
    assert "overdue" in later and "hx-preserve" in later


def test_the_card_costs_few_statements(
    mgr1: User, ops: User, signed_in: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(6):
        make_task(mgr1, given_by=ops)
    client = signed_in(mgr1)
    client.get("/floor/tasks/mine/", **HTMX)
    with django_assert_max_num_queries(2 + 1):
        client.get("/floor/tasks/mine/", **HTMX)
