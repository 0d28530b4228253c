"""From Wednesday's calls to Saturday's visit, in a browser: what was said decides Thursday's list and stands in the
trace (T9)."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Page, expect

from customers.models import Customer
from outreach import jobs
from outreach.tests.factories import make_guest
from staff.models import User
from visits.tests.browser.evening import Clock, Window
from visits.tests.factories import make_room

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WEDNESDAY = dt.date(2026, 11, 25)
THURSDAY, SATURDAY = WEDNESDAY + dt.timedelta(days=1), WEDNESDAY + dt.timedelta(days=3)


def evening_of(clock: Clock, night: dt.date, time: str = "18:00") -> None:
    clock.night = night
    clock.strikes(time)


def next_guest(page: Page) -> Any:
    return page.locator(".call-next .who")


def taps(page: Page, guest: str, outcome: str) -> None:
    expect(next_guest(page)).to_contain_text(guest)
    page.locator(".call-next").get_by_role("button", name=outcome).click()
    expect(next_guest(page).filter(has_text=guest)).to_have_count(0)


def test_wednesdays_calls_make_thursdays_list_and_saturdays_visit_stands_in_the_trace(
    mgr1: User, ops: User, open_page: Any, flaws: Any, settings: Any
) -> None:
    settings.FLOOR_IDLE_MINUTES = settings.OFFICE_IDLE_MINUTES = 12 * 60
    born = {"owner": mgr1, "birthday_month": 11, "captured_at": dt.datetime(2026, 1, 5, tzinfo=dt.UTC)}
    make_guest(name="赵一", phone="+8613816552201", birthday_day=27, **born)
    make_guest(name="钱二", phone="+8613816552202", birthday_day=28, **born)
    make_guest(name="孙三", phone="+8613816552203", birthday_day=29, **born)
    make_guest(name="周四", phone="+8613816552204", birthday_day=30, **born)
    make_room("888")
    with time_machine.travel(dt.datetime(2026, 11, 25, 10, tzinfo=dt.UTC), tick=False) as travelling:
        clock = Clock(travelling, WEDNESDAY)

        evening_of(clock, WEDNESDAY)
        jobs.CALL_LISTS.run(WEDNESDAY)
        page: Page = open_page(mgr1)
        Window(page).look("/tonight/")
        page.locator("#my-calls-card").get_by_role("link", name="赵一").click()
        expect(page.locator(".call-next")).to_contain_text("birthday on Fri 27 Nov")
        expect(page.locator(".call-next a[href^='tel:']")).to_have_attribute("href", "tel:+8613816552201")
        assert flaws(page) == []
        page.locator(".call-next [name=note]").fill("八个人")
        taps(page, "赵一", "Coming")
        taps(page, "钱二", "No answer")
        taps(page, "孙三", "Asked not to be called")
        expect(page.locator("#calls")).not_to_contain_text("138 1655 2203")
        assert not Customer.objects.get(name="孙三").call_consent
        taps(page, "周四", "Thinking about it")
        expect(next_guest(page)).to_contain_text("钱二")
        page.context.close()

        evening_of(clock, THURSDAY)
        jobs.CALL_LISTS.run(THURSDAY)
        page = open_page(mgr1, size=(390, 844))
        page.goto("/outreach/calls/")
        expect(page.locator("article.call")).to_have_count(1)
        expect(next_guest(page)).to_contain_text("钱二")
        expect(next_guest(page)).to_contain_text("from the last list")
        assert flaws(page) == []
        page.get_by_role("button", name="Reserve for 钱二").click()
        expect(page.locator("#id_phone")).to_have_value("138 1655 2202")
        page.context.close()

        evening_of(clock, SATURDAY, "20:30")
        page = open_page(mgr1)
        lin = Window(page)
        lin.seats_walk_in("888", people=8, phone="13816552201")
        lin.notes_spend("2880")
        page.context.close()

        evening_of(clock, SATURDAY, "23:30")
        page = open_page(ops)
        page.goto("/outreach/calls/trace/?nights=14")
        row = page.locator("tbody tr", has_text="林静")
        expect(row.locator("[data-label='Reached']")).to_have_text("2")
        expect(row.locator("[data-label='Visits']")).to_have_text("1")
        expect(row.locator("[data-label='Spent']")).to_have_text("¥2,880.00")
        expect(row).to_contain_text("too few to say")
        assert flaws(page) == []
