"""Bills and fruit plates in a real browser: claiming, settling, giving and taking back, in reach and readable."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from staff.models import User
from targets import months
from targets.models import Charge, Claim, Gift
from targets.tests.bills import make_charge, make_claim
from targets.tests.factories import make_plan
from vipdesk import nights
from visits.models import PartySpend
from visits.tests.factories import make_party, make_room
from visits.visiting import note_spend

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_manager_claims_a_bill(open_page: Callable[..., Any], flaws: Callable[[Any], list[str]], mgr1: User):
    make_room("888")
    page = open_page(mgr1, size=(390, 844))
    page.goto("/targets/charges/new/?room=888")
    page.get_by_label("Bill number").fill("20261124-0187")
    page.get_by_label("Amount in yuan").fill("1280.50")
    page.get_by_label("Alipay").check()
    assert flaws(page) == []
    page.get_by_role("button", name="Claim").click()
    expect(page.get_by_text("waits for the till")).to_be_visible()
    claim = Claim.objects.get()
    assert (claim.amount, claim.payment, str(claim.room)) == (Decimal("1280.50"), "alipay", "888")


def test_operations_settle_what_waits(
    open_page: Callable[..., Any], flaws: Callable[[Any], list[str]], mgr1: User, ops: User
):
    claim, bill = make_claim(mgr1), make_charge()
    page = open_page(ops)
    page.goto("/targets/bills/")
    assert flaws(page) == []
    page.get_by_role("button", name="Reject").click()
    page.get_by_role("dialog").get_by_label("Why").fill("no such bill")
    page.get_by_role("dialog").get_by_role("button", name="Reject").click()
    expect(page.get_by_text("No claim waits")).to_be_visible()
    assert Claim.objects.get().reason == "no such bill" and claim.pk
    page.get_by_role("link").filter(has_text=bill.bill_no).click()
    assert flaws(page) == []
    page.get_by_label("Whose it is").select_option(label=str(mgr1))
    page.get_by_label("Why").fill("she sat them")
    page.get_by_role("button", name="Give").click()
    expect(page.get_by_text("she sat them").first).to_be_visible()


def test_operations_give_a_rooms_bills_of_a_night_at_once(
    open_page: Callable[..., Any], flaws: Callable[[Any], list[str]], mgr1: User, ops: User
):
    make_room("601")
    for n in range(3):
        make_charge(room="601", paid_at="2026-06-05T21:00:00", bill_no=f"N{n}")
    make_charge(paid_at="2026-06-06T21:00:00", bill_no="OTHER")
    page = open_page(ops, size=(390, 844))
    page.goto("/targets/bills/")
    page.get_by_role("link", name="only these").first.click()
    page.get_by_label("All that are listed by this filter: 3 bills, ¥3,000.00").check()
    page.get_by_label("Give them to").select_option(label=str(mgr1))
    page.get_by_role("textbox", name="Why").fill("she sat them")
    assert flaws(page) == []
    page.get_by_role("button", name="Give them").click()
    expect(page.get_by_text(f"3 bills are given to {mgr1}.")).to_be_visible()
    expect(page.get_by_role("link", name="OTHER")).to_be_visible()
    assert Charge.objects.unassigned().get().bill_no == "OTHER"


def test_manager_gives_a_plate_and_takes_it_back(
    open_page: Callable[..., Any], flaws: Callable[[Any], list[str]], mgr1: User
):
    make_plan()
    before = nights.moment_in(months.preceding(months.current()) + dt.timedelta(days=9), dt.time(22))
    make_charge(mgr1, "50000.00", paid_at=before.isoformat())
    party = make_party(by=mgr1, room=make_room("888"), now=timezone.now())
    note_spend(spend=PartySpend(party=party, amount=Decimal(900), at=timezone.now(), origin=PartySpend.Origin.TILL))
    page = open_page(mgr1, size=(390, 844))
    page.goto(f"/visits/parties/{party.pk}/")
    expect(page.get_by_text("20 left")).to_be_visible()
    page.get_by_role("button", name="Give a plate").click()
    expect(page.get_by_text("19 left")).to_be_visible()
    assert flaws(page) == []
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("20 left")).to_be_visible()
    assert Gift.objects.count() == 2
