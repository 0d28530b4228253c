"""A running campaign: managers see it and hand in what guests said; operations approve it where its text is read."""

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine
from django.test import Client

from customers.erasing import person_behind
from customers.tests.factories import make_customer
from outreach.models import Campaign, CampaignNote
from outreach.tests.sms_factories import make_campaign
from staff.models import User
from vipdesk.mentions import find_mentions
from vipdesk.submissions import SubmissionConflict

pytestmark = pytest.mark.django_db(transaction=True)
FIRST, LAST = dt.date(2026, 11, 10), dt.date(2026, 11, 13)
URL = "/outreach/campaigns/"


def at(day: int, hour: int = 22) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2026-11-{day:02d}T{hour:02d}:30+08:00")


@pytest.fixture(autouse=True)
def clock(furnished: None) -> Any:
    with time_machine.travel(at(12), tick=False) as clock:
        yield clock


@pytest.fixture
def campaign() -> Campaign:
    return make_campaign(
        starts_on=FIRST, ends_on=LAST, offer="周五房费八折", managers_do="到店当面送果盘。", name="周五欢唱"
    )


def handed(client: Client, campaign: Campaign, text: str, **facts: Any) -> Any:
    said = {"text": text, "client_id": str(uuid.uuid4())} | facts
    return client.post(f"{URL}{campaign.pk}/notes/", said)


def test_a_manager_sees_offer_and_instructions_of_what_runs_alone(
    campaign: Campaign, mgr1: User, signed_in: Any
) -> None:
    make_campaign(name="未批准", approved_at=None)
    make_campaign(name="下周", starts_on=dt.date(2026, 11, 20))
    make_campaign(name="上月", starts_on=dt.date(2026, 10, 1), ends_on=dt.date(2026, 10, 9), feedback_read_at=at(11))
    client = signed_in(mgr1)
    page = client.get(URL).content.decode()
    for words in ("周五欢唱", "周五房费八折", "到店当面送果盘。", "【星海会所】周五房费八折。", "16 Nov"):
        assert words in page, words
    assert all(words not in page for words in ("未批准", "下周", "上月"))
    tonight = client.get("/tonight/").content.decode()
    assert "周五欢唱" in tonight and f"{URL}#campaign-{campaign.pk}" in tonight


def test_a_manager_hands_in_what_guests_said_once_and_operations_read_it(
    campaign: Campaign, mgr1: User, mgr2: User, ops: User, signed_in: Any
) -> None:
    client, same = signed_in(mgr1), str(uuid.uuid4())
    assert handed(client, campaign, " ").status_code == 422
    for _ in range(2):
        answer = handed(client, campaign, "都说八折好", client_id=same)
        assert answer.status_code == 303 and answer["Desk-Receipt"] == same
    assert handed(client, campaign, "另一句", client_id=same).status_code == 409
    assert CampaignNote.objects.get().text == "都说八折好" and SubmissionConflict.objects.count() == 1
    assert "都说八折好" in client.get(URL).content.decode()
    assert "都说八折好" not in signed_in(mgr2).get(URL).content.decode(), "each hands in their own"

    read = signed_in(ops).get(f"{URL}{campaign.pk}/feedback/").content.decode()
    assert "都说八折好" in read and str(mgr1) in read and "late" not in read
    assert str(mgr2) in read.partition("Nothing yet from")[2]


def test_it_is_owed_once_the_campaign_is_over_and_late_after_the_due_date(
    campaign: Campaign, mgr1: User, ops: User, signed_in: Any, clock: Any
) -> None:
    clock.move_to(at(15))
    client = signed_in(mgr1)
    card = client.get(f"{URL}mine/", HTTP_HX_REQUEST="true").content.decode()
    assert "feedback due" in card and "16 Nov" in card
    clock.move_to(at(17))
    client = signed_in(mgr1)
    assert handed(client, campaign, "没人提起").status_code == 303
    card = client.get(f"{URL}mine/", HTTP_HX_REQUEST="true").content.decode()
    assert "feedback handed in" in card
    assert ">late<" in signed_in(ops).get(f"{URL}{campaign.pk}/feedback/").content.decode()
    signed_in(ops).post(f"{URL}{campaign.pk}/feedback/")
    assert handed(client, campaign, "还有一句").status_code == 404, "operations have read it"


def test_operations_approve_on_the_page_where_the_text_is_read(ops: User, signed_in: Any) -> None:
    campaign = make_campaign(approved_at=None)
    client, url = signed_in(ops), f"/admin/outreach/campaign/{campaign.pk}/change/"
    page = client.get(url).content.decode()
    assert "【星海会所】周五房费八折。" in page and 'name="_approve"' in page
    form = typed(campaign)
    assert client.post(url, form | {"message_zh": "周五房费七折。", "_approve": "1"}).status_code == 302
    campaign.refresh_from_db()
    assert campaign.message_zh == "周五房费七折。" and not campaign.is_approved, "nobody read this text yet"
    page = client.get(url).content.decode()
    assert "Read the text as it arrives, then approve it." in page and "周五房费七折。" in page
    answer = client.post(url, typed(campaign) | {"_approve": "1"})
    assert answer["Location"] == url
    campaign.refresh_from_db()
    assert campaign.approved_by == ops
    page = client.get(url).content.decode()
    assert 'name="_approve"' not in page and f"Approved by {ops}" in page


def typed(campaign: Campaign) -> dict[str, Any]:
    return {
        "name": campaign.name,
        "signature": campaign.signature,
        "message_zh": campaign.message_zh,
        "opt_out": campaign.opt_out,
        "opt_out_en": campaign.opt_out_en,
        "template_review": campaign.template_review,
    }


def test_a_guest_named_in_it_is_found_when_they_are_erased(campaign: Campaign, mgr1: User, signed_in: Any) -> None:
    handed(signed_in(mgr1), campaign, "欧阳子涵说八折好")
    guest = make_customer(name="欧阳子涵")
    assert ["欧阳子涵" in one.name for one in find_mentions(person_behind(guest))] == [True]
