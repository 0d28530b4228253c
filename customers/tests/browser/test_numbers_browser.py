"""In a browser: a guest's numbers on their page, and two records made one and two again."""

from typing import Any

import pytest
from playwright.sync_api import expect

from customers.doubles import find_doubles
from customers.models import Customer
from customers.tests.factories import make_customer
from staff import roles
from staff.models import User
from staff.tests.factories import make_user
from vipdesk import nights

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("size", [(1024, 768), (390, 844)])
def test_manager_adds_a_number_makes_it_main_and_releases_the_old_one(
    open_page: Any, flaws: Any, mgr1: User, size: tuple[int, int]
) -> None:
    guest = make_customer(name="赵伟", phone="+8613816552203", owner=mgr1)
    page = open_page(mgr1, size=size)
    page.goto(f"/customers/{guest.pk}/")
    card = page.locator("#numbers")

    card.get_by_text("Add a number").click()
    card.locator("[name=phone]").fill("1381655")
    card.get_by_role("button", name="Add", exact=True).click()
    expect(card).to_contain_text("11 digits")
    assert flaws(page) == []
    card.locator("[name=phone]").fill("139 1655 2204")
    card.get_by_role("button", name="Add", exact=True).click()
    expect(card).to_contain_text("139 1655 2204")

    card.get_by_role("button", name="Make main").click()
    expect(page.locator(".facts")).to_contain_text("139 1655 2204")
    card.locator("li", has_text="138 1655 2203").get_by_role("button", name="Release").click()
    expect(card).to_contain_text("Formerly")
    card.get_by_role("button", name="Release").click()
    expect(card).to_contain_text("the only number")
    assert flaws(page) == []
    guest.refresh_from_db()
    assert guest.phone == "+8613916552204"


@pytest.mark.parametrize("size", [(1024, 768), (390, 844)])
def test_desk_makes_two_records_one_and_two_again(open_page: Any, flaws: Any, size: tuple[int, int]) -> None:
    desk = make_user("desk", roles.AFTERSALES)
    make_customer(name="赵伟", phone="+8613816552203")
    make_customer(name="赵伟", phone="+8613816552204", home_address="", work_address="南京路2号")
    find_doubles(nights.tonight())
    page = open_page(desk, size=size)

    page.goto("/customers/doubles/")
    assert flaws(page) == []
    page.get_by_role("link", name="赵伟").click()
    expect(page.locator(".fills:visible")).to_have_count(1)
    assert flaws(page) == []
    page.get_by_role("button", name="Make them one").click()
    expect(page.get_by_text("Nobody stands here twice")).to_be_visible()
    assert Customer.objects.living().count() == 1

    page.get_by_role("link", name="Merged", exact=True).click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Make them one")).to_be_visible()
    assert Customer.objects.living().count() == 2
