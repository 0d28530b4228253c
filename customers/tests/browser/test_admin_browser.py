"""The admin in a real browser: its policy is kept, nothing fails in the console, and axe finds nothing serious."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from conftest import THEME_RULES
from customers.choices import IntakeStatus
from customers.models import Customer, CustomerImport, IntakeExport, MembershipTier, PrivacyNotice
from customers.services import hand_in_sheet
from customers.tests.factories import make_customer
from customers.tests.test_admin import LISTS
from staff import roles
from staff.models import User
from staff.tests.factories import make_user
from vipdesk import nights
from vipdesk.jobs import ScheduleRun
from vipdesk.outbox import OutboxMessage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WATCH = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) => window.refused.push(event.violatedDirective));
"""
# As unfold's own switch does; which theme the server sends is tried below.
DARKEN = """
document.documentElement.classList.replace("light", "dark");
document.documentElement.dataset.bsTheme = "dark";
"""


@pytest.fixture
def house(furnished: None) -> dict[str, Any]:
    """One row of everything, by the name of its list."""
    mgr1, desk = make_user("mgr1", display_name="林静"), make_user("desk", roles.AFTERSALES, display_name="秦悦")
    guests = [make_customer(owner=mgr1, tier=MembershipTier.objects.get(code="gold")) for _n in range(30)]
    tonight, now = nights.tonight(), timezone.now()
    Customer.objects.filter(pk=guests[0].pk).update(intake_status=IntakeStatus.SENT_BACK)
    due = {"due_at": now, "deadline": now, "next_at": now}
    return {
        "staff_user": mgr1,
        "customers_membershiptier": MembershipTier.objects.get(code="gold"),
        "customers_privacynotice": PrivacyNotice.objects.get(),
        "customers_intakesheet": hand_in_sheet(manager=mgr1, night=tonight),
        "customers_intakereview": guests[0].reviews.create(
            status=IntakeStatus.SENT_BACK, reason="请补全姓名", reviewed_by=desk
        ),
        "customers_intakeexport": IntakeExport.objects.create(
            night=tonight, exported_by=desk, format="xlsx", rows=30, sha256="0" * 64
        ),
        "customers_accesslog": guests[0].access_log.create(user=desk, night=tonight, kind="reveal"),
        "customers_customerimport": CustomerImport.objects.create(
            created_by=desk, filename="sheet.xlsx", content=b"x", content_sha256="0" * 64
        ),
        "vipdesk_schedulerun": ScheduleRun.objects.create(job="housekeeping", night=tonight, **due),
        "vipdesk_outboxmessage": OutboxMessage.objects.create(
            kind="email", target="a@example.org", dedup_key="1", state="failed", attempts=8
        ),
    }


def addresses(house: dict[str, Any]) -> list[str]:
    """Home, each list, each form, and the page that gives a password."""
    forms = [reverse(f"admin:{name}_change", args=[row.pk]) for name, row in house.items()]
    lists = [reverse(f"admin:{name}_changelist") for name in LISTS]
    adding = [
        reverse(f"admin:{name}_add") for name in ("staff_user", "customers_membershiptier", "customers_privacynotice")
    ]
    reset = reverse("admin:staff_user_reset_password", args=[house["staff_user"].pk])
    history = reverse("admin:staff_user_history", args=[house["staff_user"].pk])
    machinery = [reverse("admin:vipdesk_jobs"), reverse("admin:vipdesk_job", args=["housekeeping"])]
    return ["/admin/", *lists, *forms, *adding, reset, history, *machinery]


def test_superuser_walks_through_the_admin_and_nothing_is_refused_or_broken(
    house: dict[str, Any], open_page: Callable[..., Any], flaws: Callable[..., list[str]]
) -> None:
    boss = make_user("admin", None, display_name="系统管理", is_staff=True, is_superuser=True, theme="light")
    page = open_page(boss, size=(1280, 900))
    page.add_init_script(WATCH)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    troubles = {}
    for address in addresses(house):
        answer = page.goto(address, wait_until="load")
        assert answer and answer.status == 200
        page.locator("#main h1").wait_for()
        assert page.evaluate("document.documentElement.dataset.bsTheme") == "light"
        found = [*page.evaluate("window.refused"), *said, *flaws(page)]
        page.evaluate(DARKEN)
        found += [f"in the dark theme: {flaw}" for flaw in flaws(page, rules=THEME_RULES)]
        said.clear()
        if found:
            troubles[address] = found
    assert troubles == {}


def test_operations_open_menu_and_filters_and_change_theme_and_language(
    house: dict[str, Any], open_page: Callable[..., Any], flaws: Callable[[Any], list[str]]
) -> None:
    ops = make_user("ops", roles.OPERATIONS, display_name="周岚")
    page = open_page(ops, size=(1280, 900))
    page.add_init_script(WATCH)
    page.goto("/admin/customers/customer/")
    page.get_by_text("Filters").click()
    page.get_by_role("link", name="Tonight", exact=True).wait_for()
    assert page.evaluate("window.refused") == []
    assert flaws(page) == []

    page.goto("/admin/")
    page.get_by_text("周岚").last.click()
    page.get_by_role("button", name="Dark").click()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    assert User.objects.get(pk=ops.pk).theme == "dark"

    page.get_by_text("周岚").last.click()
    page.get_by_role("button", name="简体中文").click()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.lang") == "zh-hans"
    assert page.evaluate("window.refused") == []


def test_operations_give_a_password_by_hand(house: dict[str, Any], open_page: Callable[..., Any]) -> None:
    page = open_page(make_user("ops", roles.OPERATIONS, display_name="周岚"), size=(1280, 900))
    page.goto(reverse("admin:staff_user_change", args=[house["staff_user"].pk]))
    page.get_by_role("link", name="New password").click()
    page.get_by_role("button", name="Give a new password").click()
    given = page.locator("#new-password").inner_text()

    assert User.objects.get(username="mgr1").check_password(given)
