"""A guest's name in the texts of every app: each is offered, and what is ticked is struck out."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.erasing import person_behind
from customers.models import Customer, IntakeReview, Merge, ProspectAttempt
from customers.prospects import record_attempt
from customers.tests.dump import dump, where
from customers.tests.factories import change, make_customer, make_late, make_prospect
from feedback.models import Compensation, ComplaintEvent
from feedback.tests.complaint_factories import make_complaint, make_survey
from outreach.models import Call, CallList, CallListEntry, CampaignNote, Contact, SmsBatch, SmsReply
from outreach.tests.sms_factories import make_campaign
from staff.models import Leave, TaskFor, User
from staff.tests.factories import confirmed, make_task
from vipdesk import nights, personal
from vipdesk.mentions import find_mentions
from visits.models import BottleWithdrawal, MissedVisit, Promise, RoomVisit, SecondSale
from visits.tests.factories import make_bottle, make_party, make_reservation, make_room

pytestmark = pytest.mark.django_db
NAME = "欧阳青檀"
SAID = f"跟着{NAME}来的"


@pytest.fixture
def guest(mgr1: User) -> Customer:
    return make_customer(name=NAME, phone="+8613816552203", owner=mgr1)


@pytest.fixture
def texts(mgr1: User, desk_user: User) -> None:
    """The name once in each table where somebody may have typed it about another."""
    now = timezone.now()
    told = {"manager": mgr1, "night": nights.tonight(), "client_id": uuid.uuid4()}
    other = make_customer(owner=mgr1)
    change(other, mgr1, notes=SAID)
    _at_the_desk(other, mgr1, desk_user)
    _in_the_house(other, mgr1, now)
    _complained(other, mgr1)
    call_list = CallList.objects.create(night=nights.tonight(), built_at=now)
    entry = CallListEntry.objects.create(call_list=call_list, customer=other, manager=mgr1, place=1)
    Call.objects.create(entry=entry, customer=other, outcome="thinking", note=SAID, **told)
    made = {"night": nights.tonight(), "by": mgr1, "client_id": uuid.uuid4()}
    Contact.objects.create(customer=other, channel="wechat", text=SAID, **made)
    campaign = make_campaign(managers_do=SAID)
    CampaignNote.objects.create(campaign=campaign, text=SAID, **told)
    SmsBatch.objects.create(night=nights.tonight(), campaign=campaign, text_zh=SAID, text_en="", segment_price="0.045")
    SmsReply.objects.create(number="+8613900001111", text=SAID, customer=other, dedup="1")


def _at_the_desk(other: Customer, mgr1: User, desk_user: User) -> None:
    IntakeReview.objects.create(customer=other, status="returned", reason=SAID, reviewed_by=desk_user)
    make_late(other, by=mgr1, notes=SAID)
    Merge.objects.create(kept=other, merged=make_customer(), reason=SAID, merged_by=desk_user)
    prospect = make_prospect(mgr1, note=SAID)
    tried = ProspectAttempt(
        prospect=prospect, by=mgr1, channel="wechat", outcome="thinking", note=SAID, client_id=uuid.uuid4()
    )
    record_attempt(attempt=tried)
    task = make_task(mgr1, given_by=desk_user, title="座位", detail=SAID)
    TaskFor.objects.filter(task=task).update(answer=SAID)
    tonight = nights.tonight()
    Leave.objects.create(user=mgr1, first_night=tonight, last_night=tonight, note=SAID, planned_by=desk_user)


def _in_the_house(other: Customer, mgr1: User, now: dt.datetime) -> None:
    in_an_hour = now + dt.timedelta(hours=1)
    make_reservation(by=mgr1, room=make_room(), starts_at=in_an_hour, now=now, notes=SAID)
    party = make_party(by=mgr1, room=make_room(), now=now, customer=other)
    visit = RoomVisit.objects.create(party=party, manager=mgr1, night=party.night, opinion=SAID)
    Promise.objects.create(party=party, visit=visit, made_by=mgr1, text=SAID, due_at=in_an_hour)
    MissedVisit.objects.create(party=party, customer=other, night=party.night, reason=SAID, said_by=mgr1)
    SecondSale.objects.create(party=party, manager=mgr1, night=party.night, item=SAID, amount=1, outcome="sold")
    bottle = make_bottle(other, product=SAID)
    taken = {"bottle": bottle, "taken_by": mgr1, "night": party.night}
    first = BottleWithdrawal.objects.create(amount="0.5", left="0.5", **taken)
    BottleWithdrawal.objects.create(amount="-0.5", left=1, corrects=first, reason=SAID, **taken)


def _complained(other: Customer, mgr1: User) -> None:
    complaint = make_complaint(by=mgr1, customer=other, words=SAID)
    ComplaintEvent.objects.create(complaint=complaint, kind="note", end="new", words=SAID, by=mgr1)
    Compensation.objects.create(complaint=complaint, kind="fruit", value=1, reason=SAID, asked_by=mgr1)
    make_survey(customer=other, comment=SAID)


def test_each_table_is_offered_and_what_is_ticked_loses_the_name(
    guest: Customer, texts: None, desk_user: User, signed_in: Any
) -> None:
    desk: Client = confirmed(signed_in(desk_user))
    found = find_mentions(person_behind(guest))
    offered = {text.rows(person_behind(guest)).model._meta.label for part in personal.registry() for text in part.texts}
    assert {mention.key.split(":")[0] for mention in found} == offered

    data = {"identity": "in_person", "is_sure": "on", "looked": "1", "requested_on": nights.tonight().isoformat()}
    answer = desk.post(f"/customers/{guest.pk}/erase/", data | {"strike": [mention.key for mention in found]})

    assert answer.status_code == 302
    assert where(dump(), NAME) == [] and len(where(dump(), "跟着—来的")) >= len(found)


def test_what_is_not_ticked_stays_word_for_word(guest: Customer, texts: None, desk_user: User, signed_in: Any) -> None:
    before = len(find_mentions(person_behind(guest)))
    data = {"identity": "in_person", "is_sure": "on", "looked": "1", "requested_on": nights.tonight().isoformat()}
    confirmed(signed_in(desk_user)).post(f"/customers/{guest.pk}/erase/", data)
    assert 0 < before <= len(where(dump(), SAID))
