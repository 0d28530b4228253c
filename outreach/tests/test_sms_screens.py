"""Operations' screens of the text messages: a batch from preview to approval, test, pause and stop; deciding; campaigns."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from outreach import sms_sending
from outreach.gateways import Said
from outreach.models import Campaign, SmsBatch, SmsMessage
from outreach.tests.sms_factories import make_campaign, make_reader, make_sms_batch, never_quiet
from staff.models import User
from vipdesk import nights
from vipdesk.tests.marks import mark_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(ops: User, signed_in: Callable[[User], Client]) -> Client:
    never_quiet()
    return signed_in(ops)


def test_a_batch_goes_from_preview_to_approval(office: Client, ops: User) -> None:
    make_reader()
    campaign = make_campaign()
    night = str(nights.night_of(timezone.now() + dt.timedelta(hours=1)))
    said = {"campaign": campaign.code, "night": night, "is_forced": "on"}
    built = office.post(reverse("outreach:sms_new"), said, follow=True)
    batch = SmsBatch.objects.get()
    assert built.redirect_chain[-1][0] == reverse("outreach:sms_batch", args=[batch.pk])
    assert "Approve and send to 1 guest" in built.content.decode() and "【星海会所】" in built.content.decode()
    assert batch.state == "waiting"
    assert "1 message through console, for" in built.content.decode()
    move = reverse("outreach:sms_move", args=[batch.pk])
    for unsure in ({}, {"sure": "2"}):
        assert office.post(move, {"verb": "approve", **unsure}).status_code == 409
    batch.refresh_from_db()
    assert batch.state == "waiting", "nobody has seen how many it is"
    office.post(move, {"verb": "approve", "sure": "1"})
    batch.refresh_from_db()
    assert (batch.state, batch.approved_by) == ("sending", ops)
    for verb, state in (("pause", "paused"), ("resume", "sending"), ("stop", "stopped")):
        office.post(reverse("outreach:sms_move", args=[batch.pk]), {"verb": verb})
        batch.refresh_from_db()
        assert batch.state == state
    assert office.post(move, {"verb": "approve", "sure": "1"}).status_code == 409
    for verb in ("pause", "resume", "stop"):
        assert "Nothing was done" in office.post(move, {"verb": verb}, follow=True).content.decode()
    assert SmsMessage.objects.get().state == "expired"


def test_progress_is_empty_while_nothing_changed(office: Client) -> None:
    make_reader()
    batch = make_sms_batch(is_approved=True)
    url = reverse("outreach:sms_progress", args=[batch.pk])
    version = mark_of(office.get(url))
    assert office.get(url, {"seen": version}).status_code == 204
    sms_sending.send_all()
    assert office.get(url, {"seen": version}).status_code == 200
    assert "sent" in office.get(reverse("outreach:sms")).content.decode()


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"night": "2026-11-25"}, "is no SMS night"), ({"campaign": "none"}, "Select a valid choice")],
)
def test_what_cannot_be_built_is_said_at_the_form(office: Client, fields: dict[str, str], said: str) -> None:
    usual = {"campaign": make_campaign().code, "night": "2026-11-27"}
    answer = office.post(reverse("outreach:sms_new"), usual | fields)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert not SmsBatch.objects.exists()


def test_a_test_goes_to_a_number_of_one_s_own_and_is_kept_nowhere(office: Client, capsys: Any) -> None:
    batch = make_sms_batch()
    url = reverse("outreach:sms_test", args=[batch.pk])
    assert office.post(url, {"number": "12"}).status_code == 422
    assert office.post(url, {"number": "138 1655 2203"}).status_code == 302
    assert "138****2203: 【星海会所】" in capsys.readouterr().err
    assert not SmsMessage.objects.exists()


def test_a_person_decides_what_nobody_knows(office: Client, monkeypatch: Any) -> None:
    from outreach import gateways
    from outreach.tests.sms_factories import FakeGateway

    make_reader(name="赵伟")
    make_sms_batch(is_approved=True)
    fake = FakeGateway(Said.UNKNOWN)
    monkeypatch.setattr(gateways, "named", lambda name: fake)
    sms_sending.send_all()
    url, message = reverse("outreach:sms_questions"), SmsMessage.objects.get()
    assert "赵伟" in office.get(url).content.decode()
    assert office.post(url, {"message": message.pk, "word": "nonsense"}).status_code == 409
    office.post(url, {"message": message.pk, "word": "sent"})
    message.refresh_from_db()
    assert message.state == "accepted"
    assert "Nothing to decide" in office.get(url).content.decode()


def test_a_changed_campaign_has_to_be_approved_anew(office: Client) -> None:
    make_reader()
    campaign = make_campaign(approved_at=None)
    changelist = reverse("admin:outreach_campaign_changelist")
    office.post(changelist, {"action": "approve", "_selected_action": [campaign.pk]})
    campaign.refresh_from_db()
    assert campaign.is_approved and campaign.approved_by
    page = reverse("admin:outreach_campaign_change", args=[campaign.pk])
    assert "1 guests, 1 parts" in office.get(page).content.decode()
    usual = {
        "name": "新名", "offer": "", "signature": "星海会所", "message_zh": campaign.message_zh, "opt_out": campaign.opt_out,
        "opt_out_en": campaign.opt_out_en, "template_review": "none",
    }  # fmt: skip
    assert office.post(page, usual).status_code == 302
    assert Campaign.objects.get(name="新名").is_approved, "a name is not what was approved"
    office.post(page, usual | {"message_zh": "周六七折"})
    assert not Campaign.objects.get(message_zh="周六七折").is_approved
    signed = office.post(page, usual | {"message_zh": "【星海】周六七折"})
    assert signed.status_code == 200 and "No 【】 in the body" in signed.content.decode()


@pytest.mark.parametrize("verb", ["pause", "resume", "stop"])
def test_what_did_nothing_says_so(verb: str, office: Client) -> None:
    """A batch that is through, or whose time is over, looks as before: whoever taps is told."""
    make_reader()
    batch = make_sms_batch(is_approved=True)
    url = reverse("outreach:sms_move", args=[batch.pk])
    SmsMessage.objects.update(state="delivered")
    assert "Nothing was done" in office.post(url, {"verb": verb}, follow=True).content.decode()
    batch.refresh_from_db()
    assert batch.state == "sending"
    SmsMessage.objects.update(state="queued")
    SmsBatch.objects.update(state="paused", expires_at=timezone.now() - dt.timedelta(minutes=1))
    assert "Nothing was done" in office.post(url, {"verb": "resume"}, follow=True).content.decode()
    SmsBatch.objects.update(state="expired")
    assert "Nothing was done" in office.post(url, {"verb": verb}, follow=True).content.decode()
    batch.refresh_from_db()
    assert batch.state == "expired"


def test_approving_what_is_approved_says_that_nothing_was_done(office: Client) -> None:
    make_reader()
    batch = make_sms_batch(is_approved=True)
    url = reverse("outreach:sms_move", args=[batch.pk])
    assert "Nothing was done" in office.post(url, {"verb": "approve", "sure": "1"}, follow=True).content.decode()
