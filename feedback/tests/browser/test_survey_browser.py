"""Surveys in a real browser: a guest on a small phone without scripts, a manager on the tablet, a week in the admin."""

import datetime as dt
import re
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from customers.tests.factories import make_customer
from feedback import guest_links, weeks
from feedback.models import Survey, WeekDecision
from feedback.tests.factories import make_survey
from staff.models import User
from vipdesk import nights
from visits.tests.factories import make_party, make_room

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SMALL = (360, 640)


def test_a_guest_answers_once_on_a_cheap_phone_without_scripts(mgr1: User, open_page: Any, flaws: Any) -> None:
    room = make_room("888")
    party = make_party(by=mgr1, room=room, now=timezone.now())
    code, weights = guest_links.code_of(room), []
    phone: Page = open_page(size=SMALL, java_script_enabled=False)
    phone.on("response", lambda answer: weights.append(len(answer.body())) if answer.ok else None)
    phone.goto(f"/g/{code}/")
    assert re.search(r"/g/[^/]+\.[^/]+/$", phone.url) and sum(weights) < 60_000

    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_role("alert")).to_contain_text("How was it")
    phone.locator("[name=overall][value='1']").check()
    phone.locator("[name=recommend][value='3']").check()
    phone.fill("#id_comment", "<b>没人理</b>")
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_role("status")).to_contain_text("has arrived")
    phone.goto(f"/g/{code}/")
    expect(phone.get_by_role("status")).to_contain_text("came in already")
    survey = Survey.objects.get()
    assert (survey.party, survey.overall, survey.recommend, survey.comment) == (party, 1, 3, "<b>没人理</b>")

    scripted: Page = open_page(size=SMALL)
    for page in ("", "details/", "silence/"):
        scripted.goto(f"/g/{code}/{page}")
        assert flaws(scripted) == []
        assert scripted.evaluate("document.documentElement.scrollWidth") <= SMALL[0]


def test_a_manager_asks_in_the_room_and_finds_the_answer_on_the_partys_page(
    mgr1: User, open_page: Any, flaws: Any
) -> None:
    guest = make_customer(name="赵伟", owner=mgr1)
    party = make_party(by=mgr1, room=make_room("601"), now=timezone.now(), customer=guest)
    tablet: Page = open_page(mgr1)
    tablet.goto("/feedback/surveys/new/")
    tablet.locator("label.chip", has_text="601").click()
    tablet.locator("label.chip", has_text="赵伟").click()
    tablet.get_by_role("button", name="Save").click()
    expect(tablet.locator(".invalid-feedback").first).to_contain_text("How was it")
    assert flaws(tablet) == []
    tablet.locator("[name=overall][value='4']").check()
    tablet.locator("[name=sound][value='2']").check()
    tablet.get_by_role("button", name="Save").click()
    tablet.wait_for_url(f"**/visits/parties/{party.pk}/")
    expect(tablet.get_by_label("4 of 5")).to_be_visible()
    survey = Survey.objects.get()
    assert (survey.customer, survey.sound, survey.manager) == (guest, 2, mgr1)


def test_operations_look_at_a_week_and_decide(mgr1: User, ops: User, open_page: Any, flaws: Any) -> None:
    monday = nights.tonight() - dt.timedelta(days=nights.tonight().weekday() + 7)
    at = nights.moment_in(monday, dt.time(22))
    for score in (5, 4, 4, 2, 1):
        make_survey(score, manager=mgr1, submitted_at=at, comment="音响 太吵" if score < 3 else "")
    summary = weeks.draft_week(monday)
    page: Page = open_page(ops, size=(1280, 900))
    page.goto(f"/admin/feedback/weeklysummary/week/{summary.week}/")
    expect(page.get_by_role("img", name=re.compile("Mean of each week"))).to_be_visible()
    page.get_by_role("button", name="Submit and lock now").click()
    expect(page.locator(".week-tag", has_text="submitted")).to_be_visible()
    assert flaws(page) == []
    page.fill("#id_point", "音响")
    page.fill("#id_title", "检修音响")
    page.select_option("#id_to", label="林静")
    page.get_by_role("button", name="Make it a task").click()
    expect(page.locator(".week-said", has_text="检修音响")).to_contain_text("not done yet")
    assert WeekDecision.objects.get().task.people.get().user == mgr1
    page.get_by_role("link", name="林静").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(5)
