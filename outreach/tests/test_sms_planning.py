"""Building a batch: who is in it, who is left out and why, once; campaigns that cannot be sent; the commands around."""

import datetime as dt
import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from customers.models import Consent, Customer, MembershipTier
from outreach import rules, sms_planning
from outreach.models import Campaign, SmsAttempt, SmsBatch, SmsMessage
from outreach.sms_planning import CannotSend
from outreach.tests.factories import make_call
from outreach.tests.sms_factories import FRIDAY, MONDAY, make_campaign, make_reader, make_sms_batch, never_quiet, say
from staff.models import User

pytestmark = pytest.mark.django_db


def command(*arguments: str) -> Any:
    out = StringIO()
    call_command(*arguments, "--format", "json", stdout=out)
    return json.loads(out.getvalue())


def reasons(batch: SmsBatch) -> dict[int, str]:
    return dict(batch.messages.values_list("customer", "reason"))


def test_everybody_who_ever_agreed_is_in_it_and_who_gets_nothing_has_a_reason() -> None:
    fine, never = make_reader(), make_reader(sms_consent=False)
    withdrew, erased = make_reader(), make_reader()
    say(withdrew, Consent.Action.WITHDRAWN)
    numberless, landline = make_reader(phone=None), make_reader(phone="+862158881234")
    Customer.objects.filter(pk=erased.pk).update(erased_at=dt.datetime.now(dt.UTC), phone=None, home_address="")
    batch = make_sms_batch(night=FRIDAY)
    wanted = {fine.pk: "", withdrew.pk: "opted_out", numberless.pk: "bad_number", landline.pk: "bad_number"}
    assert reasons(batch) == wanted and never.pk not in wanted
    assert command("sms_report", str(batch.pk)) == {
        "batch": batch.pk,
        "planned": 4,
        "states": {"queued": 1, "skipped": 3},
        "skipped": {"opted_out": 1, "bad_number": 2},
    }
    everybody = make_sms_batch(night=FRIDAY, counts_unasked=True)
    assert reasons(everybody) == wanted | {never.pk: "no_consent"}


@pytest.mark.parametrize(("nights", "reason"), [(0, "gap"), (2, "gap"), (3, ""), (4, "")])
def test_the_gap_counts_nights(nights: int, reason: str) -> None:
    guest = make_reader()
    first = make_sms_batch(night=MONDAY)
    SmsMessage.objects.filter(batch=first).update(state="accepted")
    assert reasons(make_sms_batch(night=MONDAY + dt.timedelta(days=nights))) == {guest.pk: reason}


def test_what_a_guest_surely_did_not_get_makes_no_gap_and_what_they_may_have_does() -> None:
    guest = make_reader()
    first = make_sms_batch(night=MONDAY)
    for state, reason in [("failed", ""), ("expired", ""), ("unknown", "gap"), ("manual", "gap")]:
        SmsMessage.objects.filter(batch=first).update(state=state)
        assert reasons(make_sms_batch(night=MONDAY)) == {guest.pk: reason}, state


def test_what_a_merged_record_got_keeps_the_distance_too(ops: User) -> None:
    from customers.merging import merge_customers

    former, kept = make_reader(), make_reader()
    first = make_sms_batch(night=MONDAY)
    SmsMessage.objects.filter(batch=first).exclude(customer=former.pk).delete()
    SmsMessage.objects.filter(batch=first).update(state="accepted")
    merge_customers(kept=kept.pk, merged=former.pk, by=ops)
    assert reasons(make_sms_batch(night=MONDAY)) == {kept.pk: "gap"}


def test_a_number_somebody_found_wrong_is_no_number(mgr1: User) -> None:
    from outreach.models import CallList, CallListEntry

    guest = make_reader()
    entry = CallListEntry.objects.create(
        call_list=CallList.objects.create(night=MONDAY), customer=guest, manager=mgr1, place=1
    )
    make_call(entry, "wrong")
    assert reasons(make_sms_batch()) == {guest.pk: "bad_number"}


def test_an_audience_is_who_meets_all_of_it(mgr1: User) -> None:
    gold = MembershipTier.objects.get(code="gold")
    facts: dict[str, Any] = {"tier": gold, "owner": mgr1, "last_seen_night": FRIDAY - dt.timedelta(days=20)}
    born = {"birthday_month": 12, "birthday_day": 3}
    right = make_reader(**facts, **born)
    for change in ({"tier": None}, {"owner": None}, {"last_seen_night": FRIDAY}, {"last_seen_night": None}):
        make_reader(**(facts | born | change))
    make_reader(**facts, birthday_month=5, birthday_day=3)
    # 农历十一月初一 of 2026 falls on 9 December: observed, not as the numbers stand.
    lunar = make_reader(**facts, birthday_month=11, birthday_day=1, birthday_calendar="lunar")
    campaign = make_campaign(seen_within_days=30, not_seen_for_days=10, birthday_month=12)
    campaign.tiers.add(gold)
    campaign.owners.add(mgr1)
    assert set(reasons(make_sms_batch(night=FRIDAY, campaign=campaign))) == {right.pk, lunar.pk}
    Campaign.objects.filter(pk=campaign.pk).update(code="again")
    found = sms_planning.audience(Campaign.objects.get(pk=campaign.pk), FRIDAY)
    assert (found.to_send, found.parts, found.left_out) == (2, 2, {})


def test_numbers_elsewhere_get_english_and_are_counted_so() -> None:
    make_reader(phone="+85291234567"), make_reader(phone="+447400123456")
    batch = make_sms_batch(message_en="x" * 70)
    assert sorted(batch.messages.values_list("customer__phone", "segments")) == [
        ("+447400123456", 2),
        ("+85291234567", 1),
    ]


def test_a_batch_is_built_once_by_a_handful_of_statements() -> None:
    for _ in range(3):
        make_reader()
    campaign = make_campaign()
    with CaptureQueriesContext(connection) as asked:
        first = sms_planning.build_batch(night=FRIDAY, code=campaign.code)
    assert len([one for one in asked if "outreach_smsmessage" in one["sql"] and "INSERT" in one["sql"]]) == 1
    make_reader()
    again = sms_planning.build_batch(night=FRIDAY, code=campaign.code)
    assert (again.batch, again.is_new, first.is_new) == (first.batch, False, True)
    assert first.batch.messages.count() == 3


def test_only_sms_nights_unless_forced(ordinary_evening: Any) -> None:
    campaign, wednesday = make_campaign(), dt.date(2026, 11, 25)
    with pytest.raises(CommandError, match="2026-11-25 is no SMS night"):
        command("build_sms_batch", "2026-11-25", "--campaign", campaign.code)
    made = command("build_sms_batch", "2026-11-25", "--campaign", campaign.code, "--force")
    assert SmsBatch.objects.get(night=wednesday).pk == made["batch"]
    assert (made["state"], made["planned"]) == ("waiting", 0)
    again = command("build_sms_batch", "2026-11-25", "--campaign", campaign.code, "--force", "--approve")
    assert (again["batch"], again["state"]) == (made["batch"], "sending")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"approved_at": None}, "is not approved"),
        ({"ends_on": dt.date(2026, 11, 26)}, "does not run on"),
        ({"starts_on": dt.date(2026, 11, 28)}, "does not run on"),
        ({"message_zh": "字" * 600}, "allowed"),
        ({"opt_out": " "}, "how to opt out"),
        ({"template_code": "SMS_1", "template_review": "submitted"}, "has not approved the template"),
    ],
)
def test_a_campaign_that_cannot_be_sent_is_named_and_nothing_is_built(facts: dict[str, Any], said: str) -> None:
    campaign = make_campaign(**facts)
    with pytest.raises(CannotSend, match=said):
        sms_planning.build_batch(night=FRIDAY, code=campaign.code)
    assert not SmsBatch.objects.exists()


def test_a_campaign_that_is_none_is_said() -> None:
    with pytest.raises(CommandError, match="There is no campaign nowhere"):
        command("build_sms_batch", "2026-11-27", "--campaign", "nowhere")
    with pytest.raises(CommandError, match="There is no SMS batch 9"):
        command("sms_report", "9")
    with pytest.raises(CommandError, match="not a night"):
        command("build_sms_batch", "tonight", "--campaign", "demo")


@pytest.mark.parametrize(
    "facts",
    [
        {"signature": "星"},
        {"signature": "【星海】"},
        {"message_zh": "【星海】八折"},
        {"message_zh": ""},
        {"opt_out": ""},
        {"starts_on": FRIDAY, "ends_on": MONDAY},
        {"birthday_month": 13},
    ],
)
def test_the_database_knows_what_a_campaign_is(facts: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_campaign(**facts)


def test_the_database_lets_no_guest_into_a_batch_twice_and_no_sending_without_a_lease() -> None:
    guest = make_reader()
    batch = make_sms_batch()
    for facts in (
        {"customer": guest},
        {"customer_id": 1, "state": "sending"},
        {"customer_id": 1, "state": "skipped"},
        {"customer_id": 1, "state": "queued", "reason": "gap"},
        {"customer_id": 1, "state": "nonsense"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            SmsMessage.objects.create(batch=batch, **facts)


def test_the_demo_campaign_is_approved_and_made_once() -> None:
    from outreach import sms_demo

    for _ in range(2):
        sms_demo.load(customers=0, nights=1, seed=1, out=lambda line: None)
    demo = Campaign.objects.get(code="demo")
    assert demo.is_approved and demo.faults() == {}
    assert rules.current().is_sms_night(FRIDAY)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"SMS_GATEWAY": "pigeon"}, "SMS_GATEWAY is 'pigeon'"),
        ({"SMS_GATEWAY": "kannel", "KANNEL_URL": "localhost:13013"}, "KANNEL_URL does not name"),
        ({"SMS_GATEWAY": "aliyun"}, "ALIYUN_SMS_KEY_ID"),
    ],
)
def test_a_gateway_that_is_not_set_up_is_said_before_anything_is_tried(
    settings: Any, names: dict[str, str], said: str
) -> None:
    never_quiet()
    make_reader()
    make_sms_batch(is_approved=True)
    for name, value in names.items():
        setattr(settings, name, value)
    with pytest.raises(CommandError, match=said):
        call_command("send_sms", "--until-done")
    with pytest.raises(CommandError, match=said):
        command("build_sms_batch", "2026-12-04", "--campaign", make_campaign().code)
    assert list(SmsMessage.objects.values_list("state", flat=True)) == ["queued"]
    assert not SmsAttempt.objects.exists()
