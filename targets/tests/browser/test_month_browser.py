"""My month, the team's and a plan's copy in a real browser: reached by their links, the preview follows what is typed,
nothing is refused by the content security policy, and axe finds nothing."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from staff.models import User
from targets import months
from targets.models import CommissionPlan, MonthClosing
from targets.tests.bills import make_charge
from vipdesk import nights

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sell(manager: User, amount: str) -> None:
    """Last month and this one, so long ago that nothing lies in the future."""
    for night in (nights.tonight().replace(day=1), months.preceding(months.current())):
        make_charge(manager, amount, paid_at=f"{night}T12:00:00")


def watch(page: Page) -> list[str]:
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    return said


def test_a_manager_goes_from_tonight_to_the_bills_of_a_night(mgr1: User, open_page: Any, flaws: Any) -> None:
    sell(mgr1, "59000.00")
    page: Page = open_page(mgr1, size=(390, 844))
    said = watch(page)
    expect(page.locator("#month-card")).to_contain_text("¥59,000")
    page.get_by_role("link", name="My month").click()
    expect(page.locator("main")).to_contain_text("+¥530.00")
    assert flaws(page) == []
    page.locator(".month-names a").nth(10).click()
    expect(page.locator(".sums .is-total")).to_contain_text("¥270.00")
    assert flaws(page) == []
    page.get_by_role("link", name="Room consumption").click()
    expect(page.locator(".table-desk tbody tr")).to_have_count(1)
    assert flaws(page) == [] and said == []


def test_operations_copy_a_plan_and_close_a_month(mgr1: User, ops: User, open_page: Any, flaws: Any) -> None:
    sell(mgr1, "59000.00")
    page: Page = open_page(ops)
    said = watch(page)
    plan = CommissionPlan.objects.get()
    page.goto(f"/targets/plans/{plan.pk}/copy/")
    assert flaws(page) == []
    page.fill("#id_code", "browser")
    page.fill("#id_tier_rate_0", "6")
    expect(page.locator("#preview")).to_contain_text("¥3,000.00")
    page.fill("#id_tier_rate_0", "600")
    expect(page.locator("#preview")).to_contain_text("must lie between")
    page.fill("#id_tier_rate_0", "6")
    page.get_by_role("button", name="Keep the plan").click()
    page.wait_for_url(lambda url: url.endswith("/") and "copy" not in url)
    expect(page.locator("h1")).to_have_text("browser")
    assert flaws(page) == []

    page.goto(f"/targets/statements/{months.name_of(months.preceding(months.current()))}/")
    assert flaws(page) == []
    page.get_by_role("link", name="Close the month").click()
    assert flaws(page) == []
    page.get_by_role("button", name="Close ").click()
    expect(page.locator(".top-sub")).to_contain_text("closed")
    assert MonthClosing.objects.get().closed_by == ops and said == []
