"""Operations send text messages, in a browser: a campaign written and approved, its batch looked at, tried on oneself,
approved, followed, paused, stopped; and what nobody knows is decided by a person (T10 D5)."""

import time
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from outreach import gateways, sms_results, sms_sending
from outreach.gateways import Said
from outreach.models import Campaign, SmsBatch
from outreach.tests.sms_factories import FakeGateway, make_campaign, make_reader, make_sms_batch, never_quiet, say
from staff.models import User
from vipdesk import nights

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = (390, 844)


class Few(sms_sending.Tally):
    """Tells its sender to stop after so many, as a worker that is shut down does."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def count(self, what: str, n: int = 1) -> None:
        super().count(what, n)
        self.is_told = sum(self.sent.values()) >= self.most


@pytest.fixture(autouse=True)
def one_call_at_a_time(settings: Any) -> None:
    """So that a run can end after so many messages."""
    settings.SMS_IN_FLIGHT = 1


def sends(batch: SmsBatch, most: int = 1000) -> dict[str, int]:
    """A sender's run over the batch, as the sweep starts one."""
    tally = Few(most)
    if found := sms_results.sendable(timezone.now()).filter(pk=batch.pk).first():
        sms_sending.Sender(found, tally).run(time.monotonic() + 30)
    return tally.sent


def writes_campaign(page: Page, **fields: str) -> None:
    page.goto("/admin/outreach/campaign/add/")
    for name, value in fields.items():
        page.fill(f"#id_{name}", value)
    page.locator("button[name=_save], input[name=_save]").first.click()
    page.wait_for_load_state()


def approves_campaign(page: Page, name: str) -> None:
    page.goto("/admin/outreach/campaign/")
    page.locator("tr", has_text=name).locator("[name=_selected_action]").check()
    page.locator("select[name=action]").select_option("approve")
    page.get_by_role("button", name="Run").first.click()
    expect(page.locator("#main")).to_contain_text(f"{name} is approved.")


def fact(page: Page, name: str) -> Any:
    return page.locator(f"#sms-progress dt:text-is('{name}') + dd")


def test_operations_write_approve_look_try_send_pause_and_follow_a_batch(
    ops: User, open_page: Any, flaws: Any, capsys: Any
) -> None:
    never_quiet()
    for _n in range(6):
        make_reader()
    say(make_reader(name="何娜"), "withdrawn")
    make_reader(name="李总", phone="+8676912345678")
    lately = make_reader(name="周总")
    make_sms_batch(night=nights.tonight(), code="lately", name="上周活动", is_approved=True)
    near = SmsBatch.objects.get()
    near.messages.exclude(customer=lately).delete()
    assert sends(near) == {"accepted": 1}
    page: Page = open_page(ops)

    wording = "周五房费八折，欢迎光临。" * 6
    fields = {"code": "friday", "name": "周五欢唱", "signature": "【星海会所】", "message_zh": wording, "opt_out": " "}
    writes_campaign(page, **fields)
    expect(page.locator("#main")).to_contain_text("The signature stands without its brackets")
    expect(page.locator("#main")).to_contain_text("This field is required")
    assert not Campaign.objects.filter(code="friday").exists()
    writes_campaign(page, **(fields | {"signature": "星海会所", "opt_out": "拒收请回复R"}))
    approves_campaign(page, "周五欢唱")

    page.goto("/outreach/sms/")
    assert flaws(page) == []
    page.get_by_role("link", name="New batch").click()
    page.locator("#id_campaign").select_option("friday")
    page.fill("#id_night", nights.tonight().isoformat())
    page.check("#id_is_forced")
    assert flaws(page) == []
    page.get_by_role("button", name="Build").click()
    page.wait_for_url("**/outreach/sms/*/")
    batch = SmsBatch.objects.get(campaign__code="friday")

    expect(fact(page, "To send")).to_have_text("6")
    expect(fact(page, "Cost")).to_have_text("¥0.54 (12 parts)")
    expect(fact(page, "Left out")).to_contain_text("opted out 1")
    expect(fact(page, "Left out")).to_contain_text("no usable number 1")
    expect(fact(page, "Left out")).to_contain_text("written to lately 1")
    expect(page.locator(".sms-bubble")).to_contain_text("【星海会所】周五房费八折")
    expect(page.locator(".sms-bubble")).to_contain_text("拒收请回复R")
    expect(page.get_by_text("2 parts", exact=True)).to_be_visible()
    assert flaws(page) == []

    page.fill("#id_number", "138 1655 2203")
    page.get_by_role("button", name="Send the test").click()
    expect(page.locator("#toasts")).to_contain_text("The test message was handed to the gateway console.")
    assert "138****2203: 【星海会所】周五房费八折" in capsys.readouterr().err
    assert set(batch.messages.values_list("state", flat=True)) == {"queued", "skipped"}

    page.locator("summary", has_text="Approve").click()
    expect(page.locator(".sms-approve")).to_contain_text("6 messages through console, for ¥0.54.")
    assert flaws(page) == []
    page.get_by_role("button", name="Approve and send to 6 guests").click()
    expect(page.locator("#sms-progress .n")).to_have_text("0 / 6")
    assert sends(batch, 2) == {"accepted": 2}
    expect(page.locator("#sms-progress .n")).to_have_text("2 / 6")  # by itself: the page follows
    expect(fact(page, "Waiting")).to_have_text("4")
    assert flaws(page) == []

    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#sms-progress h2")).to_have_text("Paused")
    assert sends(batch) == {}
    assert flaws(page) == []
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    assert sends(batch) == {"accepted": 4}
    expect(page.locator("#sms-progress .n")).to_have_text("6 / 6")
    expect(page.locator("#sms-progress h2")).to_have_text("Sent")
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    assert flaws(page) == []
    page.goto("/outreach/sms/")
    expect(page.locator("li", has_text="周五欢唱").last).to_contain_text("sent")


def test_operations_stop_a_batch_for_good_on_a_phone(ops: User, open_page: Any, flaws: Any) -> None:
    never_quiet()
    for _n in range(4):
        make_reader()
    batch = make_sms_batch(night=nights.tonight(), is_approved=True)
    assert sends(batch, 1) == {"accepted": 1}
    page: Page = open_page(ops, size=PHONE)
    page.goto(f"/outreach/sms/{batch.pk}/")
    page.locator("#sms-progress summary").click()
    panel = page.locator("#sms-progress .menu-panel").bounding_box()
    assert panel and panel["x"] >= 0 and panel["x"] + panel["width"] <= PHONE[0], "all of the panel is on the screen"
    assert flaws(page) == []
    page.get_by_role("button", name="Yes, stop it for good").click()
    expect(page.locator("#sms-progress h2")).to_have_text("Stopped")
    expect(fact(page, "Expired")).to_have_text("3")
    assert sends(batch) == {}
    assert flaws(page) == []


def test_a_person_decides_what_nobody_knows(
    ops: User, open_page: Any, flaws: Any, monkeypatch: Any, settings: Any
) -> None:
    never_quiet()
    settings.SMS_QUERY_AFTER = 0
    for name in ("赵一", "钱二", "孙三"):
        make_reader(name=name)
    batch = make_sms_batch(campaign=make_campaign(name="周五欢唱"), night=nights.tonight(), is_approved=True)
    fake = FakeGateway(*[Said.UNKNOWN] * 3)
    monkeypatch.setattr(gateways, "gateway", lambda: fake)
    monkeypatch.setattr(gateways, "named", lambda name: fake)
    assert sends(batch) == {"unknown": 3}
    sms_results.reconcile()
    page: Page = open_page(ops)
    page.goto("/admin/")
    expect(page.locator("[role=alert]", has_text="somebody must decide: 3")).to_be_visible()
    page.goto("/outreach/sms/")
    page.get_by_role("link", name="Decide").click()
    expect(page.locator(".sms-question")).to_have_count(3)
    assert flaws(page) == []
    for guest, word, left in (("赵一", "The guest has it", 2), ("钱二", "Not sent, leave it", 1)):
        page.locator(".sms-question", has_text=guest).get_by_role("button", name=word).click()
        expect(page.locator(".sms-question")).to_have_count(left)
    page.locator(".sms-question").get_by_role("button", name="Not sent, send it").click()
    expect(page.locator(".empty")).to_contain_text("Nothing to decide")
    assert flaws(page) == []
    assert sends(batch) == {"accepted": 1}
    states = batch.messages.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["accepted", "failed", "accepted"]
    assert len(fake.given) == 4
