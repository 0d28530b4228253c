"""Campaigns, batches and gateways for tests."""

import datetime as dt
import itertools
from typing import Any

from django.utils import timezone

from customers.models import Consent, Customer
from customers.tests.factories import make_customer
from outreach import rules, sms_planning
from outreach.gateways import Gateway, Outgoing, Receipt, Said, Verdict
from outreach.models import Campaign, SmsBatch
from vipdesk import nights

MONDAY, FRIDAY = dt.date(2026, 11, 23), dt.date(2026, 11, 27)
_codes = itertools.count(1)


def make_reader(**facts: Any) -> Customer:
    """Somebody who agreed to SMS, in the log as on their row."""
    guest = make_customer(**({"sms_consent": True} | facts))
    if guest.sms_consent:
        say(guest, Consent.Action.GRANTED)
    return guest


def say(guest: Customer, action: str) -> None:
    Consent.objects.create(customer=guest, kind="sms", action=action, channel="desk")
    Customer.objects.filter(pk=guest.pk).update(sms_consent=action == Consent.Action.GRANTED)


def make_campaign(**facts: Any) -> Campaign:
    usual: dict[str, Any] = {
        "code": f"c{next(_codes)}",
        "name": "周五欢唱",
        "signature": "星海会所",
        "message_zh": "周五房费八折。",
        "approved_at": timezone.now(),
    }
    return Campaign.objects.create(**(usual | facts))


def make_sms_batch(*, night: dt.date | None = None, is_approved: bool = False, **facts: Any) -> SmsBatch:
    """Built for all who agreed, waiting for approval unless said otherwise; of the night that goes on in an hour."""
    night = night or nights.night_of(timezone.now() + dt.timedelta(hours=1))
    campaign = facts.get("campaign") or make_campaign(**facts)
    batch = sms_planning.build_batch(night=night, code=campaign.code, is_forced=True).batch
    if is_approved:
        sms_planning.approve_batch(batch=batch)
        batch.refresh_from_db()
    return batch


def never_quiet() -> None:
    in_force = rules.current()
    in_force.quiet_from = in_force.quiet_to = dt.time(3)
    in_force.save()


class FakeGateway(Gateway):
    """Says what it is told to, and remembers whom it was given; stands in for a provider where the wire is not the point.

    The fault test has a real one.
    """

    name = "fake"

    def __init__(self, *verdicts: Verdict | Said) -> None:
        self.verdicts = list(verdicts)
        self.given: list[Outgoing] = []
        self.during: Any = lambda message: None

    def send(self, message: Outgoing) -> Verdict:
        self.given.append(message)
        self.during(message)
        said = self.verdicts.pop(0) if self.verdicts else Said.ACCEPTED
        return said if isinstance(said, Verdict) else Verdict(said)

    def parse_receipt(self, fields: Any) -> Receipt | None:
        return None
