"""A campaign's audience by tags: any of those chosen, with all else that is asked, in one statement."""

import random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.merging import merge_customers
from customers.models import Consent, Customer, GuestTag, MembershipTier, Tag
from customers.tags import set_tags
from outreach import sms_planning
from outreach.models import SmsMessage
from outreach.tests.sms_factories import FRIDAY, make_campaign, make_reader, make_sms_batch, say
from staff.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def tags() -> list[Tag]:
    return [Tag.objects.create(name=name) for name in ("爱红酒", "公司宴请", "生日常客")]


def readers(batch: Any) -> set[int]:
    return set(SmsMessage.objects.filter(batch=batch).values_list("customer", flat=True))


def test_any_of_the_tags_is_enough_and_nobody_comes_twice(tags: list[Tag], mgr1: User) -> None:
    both, one, other, none = (make_reader() for _ in range(4))
    set_tags(customer=both, tags=tags[:2], by=mgr1)
    set_tags(customer=one, tags=tags[:1], by=mgr1)
    set_tags(customer=other, tags=tags[2:], by=mgr1)
    campaign = make_campaign()
    campaign.tags.set(tags[:2])
    assert sms_planning.audience(campaign, FRIDAY).to_send == 2
    assert readers(make_sms_batch(campaign=campaign)) == {both.pk, one.pk}
    assert readers(make_sms_batch()) == {both.pk, one.pk, other.pk, none.pk}


def test_the_count_is_that_of_an_independent_computation(tags: list[Tag], mgr1: User, ops: User) -> None:
    """Guests at random, each counted once more in plain Python, row by row."""
    chance, gold = random.Random(7), MembershipTier.objects.get(code="gold")
    for _ in range(60):
        guest = make_reader(
            owner=chance.choice([mgr1, None]), tier=chance.choice([gold, None]), sms_consent=chance.random() < 0.8
        )
        if guest.sms_consent and chance.random() < 0.2:
            say(guest, Consent.Action.WITHDRAWN)
        set_tags(customer=guest, tags=chance.sample(tags, chance.randrange(3)), by=mgr1)
    first, second = Customer.objects.order_by("pk")[:2]
    merge_customers(kept=first.pk, merged=second.pk, by=ops)

    for chosen in ([], tags[:1], tags[1:], tags):
        for tiers in ([], [gold]):
            campaign = make_campaign()
            campaign.tags.set(chosen)
            campaign.tiers.set(tiers)
            wanted = {"to_send": 0, "out": 0}
            for guest in Customer.objects.living():
                has = set(GuestTag.objects.filter(customer=guest).values_list("tag", flat=True))
                if (chosen and not has & {tag.pk for tag in chosen}) or (tiers and guest.tier not in tiers):
                    continue
                said = guest.consents.filter(kind="sms").values_list("action", flat=True)
                if guest.sms_consent:
                    wanted["to_send"] += 1
                elif "withdrawn" in said:
                    wanted["out"] += 1
            found = sms_planning.audience(campaign, FRIDAY)
            assert (found.to_send, sum(found.left_out.values())) == (wanted["to_send"], wanted["out"]), (chosen, tiers)
            assert len(readers(make_sms_batch(campaign=campaign))) == wanted["to_send"] + wanted["out"]


def test_tags_make_no_further_statement_over_guests(tags: list[Tag]) -> None:
    campaign = make_campaign()
    campaign.tags.set(tags)
    with CaptureQueriesContext(connection) as asked:
        sms_planning.build_batch(night=FRIDAY, code=campaign.code)
    assert len([one for one in asked if "customers_customer" in one["sql"]]) == 1


def test_other_tags_have_to_be_approved_anew(tags: list[Tag], ops: User, signed_in: Any) -> None:
    campaign = make_campaign(code="tagged")
    address = f"/admin/outreach/campaign/{campaign.pk}/change/"
    office = signed_in(ops)
    page = office.get(address)
    assert "爱红酒" in page.content.decode()
    form = page.context["adminform"].form
    sent = {name: value for name, value in form.initial.items() if isinstance(value, str | int) and value}
    assert office.post(address, sent | {"tags": [tags[0].pk]}).status_code == 302
    campaign.refresh_from_db()
    assert list(campaign.tags.all()) == [tags[0]] and not campaign.is_approved
