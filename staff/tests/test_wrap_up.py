"""The night's signature (T8) and all managers' nights on one page."""

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.db.utils import InternalError

from staff.floor import assignments, clock, registry, signing
from staff.floor.registry import Cell, Gap
from staff.models import NightSignature, Shift, TabletQueue, User
from staff.offline import queues
from staff.tests.factories import make_task, make_user
from vipdesk.held import HeldSubmission

pytestmark = [pytest.mark.django_db, pytest.mark.venue_zone]
NIGHT = dt.date(2026, 11, 20)
HTMX = {"HTTP_HX_REQUEST": "true"}


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{text}+08:00")


def lacks_something(user: User, night: dt.date) -> list[Gap]:
    return [Gap("goodbye", {"room": "888"}), Gap("of_ten", {"n": 4}, "/customers/new/")]


@registry.sentence("goodbye")
def _goodbye(*, room: str) -> str:
    return f"Nobody said goodbye to room {room}."


@registry.sentence("of_ten")
def _of_ten(*, n: int) -> str:
    return f"{n} of ten."


def columns(night: dt.date) -> dict[int, dict[str, str | Cell]]:
    return {user.pk: {"Songs": "3", "Tips": Cell("0", is_bad=True)} for user in User.objects.managers()}


@pytest.fixture(autouse=True)
def own_facts_only(settings: Any) -> None:
    settings.DUTY_FACTS = ["staff.floor.facts.duty_facts"]
    settings.WRAP_UP = ["staff.floor.facts.wrap_up"]
    settings.NIGHT_COLUMNS = ["staff.floor.facts.night_columns"]


@pytest.fixture(autouse=True)
def evening() -> Any:
    with time_machine.travel(at("2026-11-21T01:20"), tick=False) as travelling:
        yield travelling


def sign(client: Any, night: dt.date | str = NIGHT, note: str = "", **headers: str) -> Any:
    return client.post("/floor/wrap-up/sign/", {"night": str(night), "note": note}, **headers)


def was_here(user: User, came: str, left: str = "") -> None:
    clock.clock_in(user=user, now=at(came))
    if left:
        clock.clock_out(user=user, now=at(left))


# --- signing ---------------------------------------------------------------------------------------------------------


def test_manager_signs_with_what_the_board_said_and_what_was_missing(
    mgr1: User, ops: User, signed_in: Any, settings: Any
) -> None:
    settings.WRAP_UP = [*settings.WRAP_UP, f"{__name__}.lacks_something"]
    was_here(mgr1, "2026-11-20T17:55")
    make_task(mgr1, given_by=ops, due_at=at("2026-11-20T23:00"))
    client = signed_in(mgr1)
    page = client.get("/floor/wrap-up/").content.decode()
    assert "1 task from operations is open." in page and 'href="/customers/new/"' in page
    assert "You did not clock in" not in page

    sign(client, note="包厢 606 的客人落了外套，放在前台。")

    signature = NightSignature.objects.get()
    assert (signature.user, signature.night, signature.signed_at) == (mgr1, NIGHT, at("2026-11-21T01:20"))
    assert signature.note.startswith("包厢 606")
    assert signature.summary == {
        "board": {"At work": "17:55 –", "Tasks": "0 / 1"},
        "missing": [{"code": "tasks", "n": 1}, {"code": "goodbye", "room": "888"}, {"code": "of_ten", "n": 4}],
    }


def test_what_was_missing_is_shown_in_the_readers_language(mgr1: User, ops: User, signed_in: Any) -> None:
    make_task(mgr1, given_by=ops, due_at=at("2026-11-20T23:00"))
    sign(signed_in(mgr1))
    User.objects.update(language="zh-hans")
    for user, url in ((mgr1, "/floor/wrap-up/"), (ops, "/floor/night/"), (ops, "/admin/staff/nightsignature/")):
        page = signed_in(user).get(url).content.decode()
        assert "运营交代的任务还有 1 项没完成。" in page and "from operations" not in page, url


def test_a_task_of_an_older_night_is_not_this_nights_gap(mgr1: User, ops: User) -> None:
    was_here(mgr1, "2026-11-20T18:00")
    make_task(mgr1, given_by=ops, due_at=at("2026-11-19T20:00"))
    assert registry.missing(mgr1, NIGHT) == []


def test_a_form_of_an_older_night_is_not_this_nights_gap(mgr1: User) -> None:
    was_here(mgr1, "2026-11-20T18:00")
    for typed in ("2026-11-20T03:00", "2026-11-20T21:00"):
        HeldSubmission.objects.create(
            client_id=uuid.uuid4(), kind="x", fields="[]", author=mgr1, why="unfit", happened_at=at(typed)
        )
        TabletQueue.objects.create(
            pk=uuid.uuid4(),
            waiting=[{"user": "mgr1", "count": 1, "since": at(typed).isoformat(), "keys": []}],
            reported_at=at("2026-11-20T21:00"),
            reported_by=mgr1,
        )
    ours = [gap.kept() for gap in queues.wrap_up(mgr1, NIGHT)]
    assert ours == [{"code": "held", "n": 1}, {"code": "unsent"}]
    assert queues.wrap_up(mgr1, NIGHT - dt.timedelta(days=2)) == []
    HeldSubmission.objects.filter(happened_at__gt=at("2026-11-20T12:00")).delete()
    TabletQueue.objects.filter(waiting__contains=[{"since": at("2026-11-20T21:00").isoformat()}]).delete()
    assert queues.wrap_up(mgr1, NIGHT) == []


def test_signing_again_changes_nothing_and_shows_the_quiet_summary(mgr1: User, signed_in: Any, evening: Any) -> None:
    was_here(mgr1, "2026-11-20T18:00")
    for note in ("eins", "zwei"):
        answer = sign(signed_in(mgr1), note=note)
        assert answer["Location"] == "/floor/wrap-up/"
        evening.shift(dt.timedelta(minutes=5))

    page = signed_in(mgr1).get("/floor/wrap-up/").content.decode()

    assert NightSignature.objects.get().note == "eins"
    assert "This night is signed" in page and "Sign the night" not in page and "eins" in page


def test_a_signature_is_never_changed_nor_taken_away(mgr1: User) -> None:
    signing.sign_night(user=mgr1, night=NIGHT, summary={})
    for act in (NightSignature.objects.all().delete, lambda: NightSignature.objects.update(note="x")):
        with pytest.raises(InternalError), transaction.atomic():
            act()


def test_before_half_past_midnight_the_page_tells_but_does_not_sign(mgr1: User, signed_in: Any, evening: Any) -> None:
    evening.move_to(at("2026-11-21T00:29"))
    page = signed_in(mgr1).get("/floor/wrap-up/").content.decode()
    assert "from 00:30 on" in page and "You did not clock in." in page and "Sign the night" not in page
    assert sign(signed_in(mgr1)).status_code == 404

    evening.move_to(at("2026-11-21T00:30"))
    assert sign(signed_in(mgr1)).status_code == 302
    assert NightSignature.objects.count() == 1


@pytest.mark.parametrize("night", ["2026-11-19", "2026-11-21", "2026-10-01", "0001-01-01", "9999-12-31", "", "x"])
def test_other_nights_are_not_there_to_sign(mgr1: User, signed_in: Any, night: str) -> None:
    assert sign(signed_in(mgr1), night).status_code == 404
    assert not NightSignature.objects.exists()


def test_last_night_unsigned_is_signed_late_by_who_was_there(
    mgr1: User, mgr2: User, signed_in: Any, evening: Any
) -> None:
    was_here(mgr1, "2026-11-20T18:00")
    evening.move_to(at("2026-11-21T18:10"))
    assert "is not signed yet" in signed_in(mgr1).get("/floor/wrap-up/").content.decode()
    assert "is not signed yet" not in signed_in(mgr2).get("/floor/wrap-up/").content.decode()

    sign(signed_in(mgr1))
    assert sign(signed_in(mgr1)).status_code == 302  # a second tap

    assert NightSignature.objects.get().night == NIGHT
    assert sign(signed_in(mgr2)).status_code == 404


def test_a_note_too_long_is_refused_at_its_field(mgr1: User, signed_in: Any) -> None:
    for headers in ({}, HTMX):
        answer = sign(signed_in(mgr1), note="长" * 301, **headers)
        assert answer.status_code == 422 and "is-invalid" in answer.content.decode()
        assert ("<html" in answer.content.decode()) == (not headers)
    assert not NightSignature.objects.exists()


def test_a_task_done_or_due_another_night_is_not_missing(mgr1: User, ops: User) -> None:
    was_here(mgr1, "2026-11-20T18:00")
    assignments.finish(task=make_task(mgr1, given_by=ops).people.get())
    make_task(mgr1, given_by=ops, due_at=at("2026-11-21T20:00"))
    assert registry.missing(mgr1, NIGHT) == []


def test_nothing_missing_is_said_as_well(mgr1: User, signed_in: Any) -> None:
    was_here(mgr1, "2026-11-20T18:00")
    assert "A whole night" in signed_in(mgr1).get("/floor/wrap-up/").content.decode()


# --- the house -------------------------------------------------------------------------------------------------------


def test_operations_see_all_managers_nights_on_one_page(
    mgr1: User, mgr2: User, ops: User, signed_in: Any, settings: Any, evening: Any
) -> None:
    settings.NIGHT_COLUMNS = [*settings.NIGHT_COLUMNS, f"{__name__}.columns"]
    was_here(mgr1, "2026-11-20T18:12", "2026-11-21T01:10")
    signing.sign_night(user=mgr1, night=NIGHT, summary={"missing": ["3 of 10"]}, note="外套在前台")
    make_task(mgr1, mgr2, given_by=ops, due_at=at("2026-11-20T23:00"))
    evening.move_to(at("2026-11-21T02:00"))

    page = signed_in(ops).get("/floor/night/")

    house = page.context["house"]
    assert house.headings == ["At work", "Tasks", "Songs", "Tips"] and house.signed == 1
    first, second = house.people
    assert [cell for _heading, cell in first.cells] == [
        Cell("18:12 – 01:10, 12 minutes late", is_bad=True),
        Cell("0 / 1", is_bad=True),
        Cell("3"),
        Cell("0", is_bad=True),
    ]
    assert second.cells[0][1] == Cell("not here", is_bad=True) and second.signature is None
    shown = page.content.decode()
    assert "外套在前台" in shown and "3 of 10" in shown and shown.count("not signed") == 1


def test_who_is_off_stands_there_only_where_they_came_all_the_same(mgr1: User, mgr2: User, ops: User) -> None:
    third = make_user("mgr3")
    for user, plan in ((mgr1, "on"), (mgr2, "off"), (third, "leave")):
        Shift.objects.create(user=user, night=NIGHT, plan=plan, planned_by=ops)
    was_here(third, "2026-11-20T19:00")

    people = signing.house(NIGHT).people

    assert [(p.user, p.is_on_duty, p.plan) for p in people] == [(mgr1, True, "on"), (third, False, "leave")]


def test_a_leavers_signed_night_stays_on_its_page(mgr1: User) -> None:
    signing.sign_night(user=mgr1, night=NIGHT, summary={})
    mgr1.is_active = False
    mgr1.save()
    assert [person.user for person in signing.house(NIGHT).people] == [mgr1]


@pytest.mark.parametrize("night", ["2026-11-21", "9999-12-31", "0001-01-01", "2019-12-31", "2026-02-30"])
def test_a_night_to_come_or_out_of_the_calendar_is_not_here(ops: User, signed_in: Any, night: str) -> None:
    assert signed_in(ops).get(f"/floor/night/{night}/").status_code == 404


def test_an_empty_night_says_what_would_stand_there(ops: User, signed_in: Any) -> None:
    assert "Nobody was on duty" in signed_in(ops).get("/floor/night/2026-11-01/").content.decode()


def test_the_house_costs_as_much_for_twelve_as_for_two(
    ops: User, signed_in: Any, django_assert_max_num_queries: Any
) -> None:
    for n in range(12):
        user = make_user(f"m{n}")
        was_here(user, "2026-11-20T18:00")
        signing.sign_night(user=user, night=NIGHT, summary={})
    client = signed_in(ops)
    client.get("/floor/night/")
    with django_assert_max_num_queries(2 + 4 + 5):  # session and user, own columns, the page
        client.get("/floor/night/")
