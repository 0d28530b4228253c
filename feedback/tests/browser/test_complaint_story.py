"""The whole way of a complaint in real browsers: a guest's phone, a manager's tablet, operations' desk."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page, expect

from customers.tests.factories import make_customer
from feedback import guest_links
from feedback.models import Complaint
from staff.models import User
from vipdesk import nights
from visits.tests.factories import make_party, make_room

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_guests_one_becomes_a_complaint_that_escalates_is_compensated_solved_closed_and_counted(
    mgr1: User, ops: User, open_page: Any, flaws: Any
) -> None:
    room = make_room("888")
    make_party(by=mgr1, room=room, now=timezone.now(), customer=make_customer(name="赵伟", owner=mgr1))
    answer_by_phone(open_page(size=(390, 844)), guest_links.code_of(room))
    complaint = Complaint.objects.get()
    assert complaint.survey is not None and complaint.survey.overall == 1

    tablet: Page = open_page(mgr1)
    tablet.goto("/tonight/")
    card = tablet.locator("#complaints-card")
    expect(card).to_contain_text("888Something else")
    expect(card).to_contain_text("Answer by")
    card.get_by_role("link", name="Open complaint").click()
    expect(tablet.locator(".said").first).to_have_text("等了一个小时")
    expect(tablet.get_by_role("button", name="To operations")).to_be_visible()
    assert flaws(tablet) == []

    out = StringIO()
    at = complaint.answer_due_at.isoformat()
    call_command("escalate_complaints", "--at", at, "--format", "json", stdout=out)
    (raised,) = json.loads(out.getvalue())["escalated"]
    assert (raised["complaint"], raised["cause"]) == (complaint.pk, "answer_late")
    tablet.reload()
    expect(tablet.locator("h1")).to_contain_text("escalated")
    ask_for_compensation(tablet)

    office: Page = open_page(ops)
    settle(office, complaint.pk, flaws)
    complaint.refresh_from_db()
    assert (complaint.state, complaint.root_cause) == ("closed", "staffing")
    assert is_counted(nights.week_of(complaint.night))

    tablet.goto("/tonight/")
    expect(tablet.locator("#complaints-card")).to_contain_text("No complaint is open with you")


def answer_by_phone(phone: Page, code: str) -> None:
    """The code on the card leads to the party that sits there; a one, a sentence, sent."""
    phone.goto(f"/g/{code}/")
    phone.get_by_role("group", name="overall").or_(phone.locator("fieldset").first).get_by_label("1").first.check()
    phone.fill("#id_comment", "等了一个小时")
    phone.get_by_role("button", name="Send").click()
    phone.wait_for_url("**/thanks/**")


def ask_for_compensation(tablet: Page) -> None:
    """Above the manager's own limit: it waits for operations."""
    tablet.get_by_text("Ask for compensation").click()
    tablet.fill("[name=value]", "388")
    tablet.fill("[name=reason]", "等了一个小时")
    tablet.get_by_role("button", name="Ask", exact=True).click()
    expect(tablet.locator(".ask .tag")).to_have_text("asked for")


def settle(office: Page, pk: int, flaws: Any) -> None:
    """Found on operations' home and in the admin's list, approved there, solved and closed on its page."""
    office.goto("/admin/")
    expect(office.locator("body")).to_contain_text("1 complaint waits for operations.")
    expect(office.locator("body")).to_contain_text("1 compensation waits for a decision.")
    office.goto("/admin/feedback/complaint/?stands=escalated")
    expect(office.get_by_role("link", name=f"#{pk}")).to_be_visible()
    office.goto("/admin/feedback/compensation/")
    office.locator("[name=_selected_action]").first.check()
    office.locator("select[name=action]").select_option("approve")
    office.get_by_role("button", name="Run", exact=False).first.click()
    expect(office.locator("body")).to_contain_text("1 compensation decided.")

    office.goto(f"/feedback/complaints/{pk}/")
    assert flaws(office) == []
    office.get_by_role("button", name="Given").click()
    expect(office.locator(".ask .tag")).to_have_text("given")
    office.get_by_text("Solve", exact=True).click()
    office.locator("details[open] [name=words]").fill("换了服务员，送了酒")
    office.get_by_role("button", name="Solved").click()
    expect(office.locator("h1")).to_contain_text("solved")
    office.get_by_text("Close", exact=True).first.click()
    office.select_option("[name=root_cause]", "staffing")
    office.locator("details[open]").get_by_role("button", name="Close").click()
    expect(office.locator("h1")).to_contain_text("closed")


def is_counted(week: str) -> bool:
    out = StringIO()
    call_command("weekly_summary", week, "--format", "json", stdout=out)
    summary = json.loads(out.getvalue())
    assert (summary["responses"], summary["low_scores"], summary["overall"]["mean"]) == (1, 1, "1.00")
    assert [(one["room"], one["mean"]) for one in summary["rooms"]] == [("888", "1.00")]
    said = {"opened": 1, "closed": 1, "escalated": 1, "on_time": 1, "timeliness": "1.0000"}
    return bool(summary["complaints"] == said)
