"""The floor's screens in a real browser: what htmx, the shell and a thumb do with them."""

import datetime as dt
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from staff.models import Attendance, Shift, Task, TaskFor, User
from staff.tests.factories import make_task
from vipdesk import nights

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_operations_plan_by_tapping_and_see_the_count_follow(mgr1: User, mgr2: User, ops: User, open_page: Any) -> None:
    page: Page = open_page(ops)
    page.goto("/floor/rota/")
    night = nights.tonight()
    count = page.locator(f"#on-duty-{night}")
    expect(count).to_have_text("2 on duty")
    cell = page.locator(f"button[value^='{mgr1.pk}:{night}:']")

    for word, on_duty in (("On", 1), ("Off", 1), ("Leave", 1), ("–", 2)):
        cell.click()
        expect(cell).to_have_text(word)
        expect(count).to_have_text(f"{on_duty} on duty")

    assert not Shift.objects.exists()


def test_manager_clocks_in_with_one_tap_and_out_with_two(mgr1: User, open_page: Any) -> None:
    page: Page = open_page(mgr1, size=(390, 844))
    page.goto("/floor/clock/")
    page.get_by_role("button", name="Clock in").click()
    expect(page.locator("#clock-card")).to_contain_text("On duty since")

    if page.locator("details.clock-out").count():
        page.locator("details.clock-out summary").click()
        page.get_by_role("button", name="Yes, I leave").click()
    else:
        page.get_by_role("button", name="Clock out").click()
    expect(page.locator("#clock-card")).to_contain_text("On duty from")
    assert Attendance.objects.get().out_at


def test_an_answer_half_typed_outlives_the_cards_refresh(mgr1: User, ops: User, open_page: Any) -> None:
    soon = make_task(mgr1, given_by=ops, title="第一件")
    page: Page = open_page(mgr1)
    page.clock.install()
    page.goto("/floor/tasks/mine/")
    page.locator(f"#task-done-{soon.pk} summary").click()
    page.locator(f"#answer-{soon.pk}").fill("快好了")

    make_task(mgr1, given_by=ops, title="第二件", due_at=soon.due_at + dt.timedelta(hours=1))
    page.clock.fast_forward(61_000)
    expect(page.locator("#tasks-card")).to_contain_text("第二件")

    expect(page.locator(f"#answer-{soon.pk}")).to_have_value("快好了")
    page.locator(f"#answer-{soon.pk}").press("Enter")
    expect(page.locator("#tasks-card")).not_to_contain_text("第一件")
    assert TaskFor.objects.get(task=soon).answer == "快好了"


def test_operations_give_a_task_and_what_is_wrong_keeps_what_was_typed(mgr1: User, ops: User, open_page: Any) -> None:
    page: Page = open_page(ops)
    page.goto("/floor/tasks/new/")
    page.fill("#id_title", "大厅布置")
    page.get_by_role("button", name="Give the task").click()
    expect(page.locator("#id_clock.is-invalid")).to_be_visible()
    expect(page.locator("#id_title")).to_have_value("大厅布置")

    page.uncheck("#id_everybody")
    page.get_by_label("林静").check()
    page.fill("#id_clock", "11:58")
    page.get_by_role("button", name="Give the task").click()
    page.wait_for_url("**/floor/tasks/")
    expect(page.locator(".task-given")).to_contain_text("林静")
    assert Task.objects.get().due_at == nights.moment_in(nights.tonight(), dt.time(11, 58))
