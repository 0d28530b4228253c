"""The rows that migrations insert, as a transactional test gets them back."""

import pytest
from django.apps import apps
from django.core import serializers

from customers.models import MembershipTier
from vipdesk.tests import emptying, furnishing

pytestmark = pytest.mark.django_db(transaction=True)

COUNTS = {
    "customers.MembershipTier": 4,
    "customers.PrivacyNotice": 1,
    "visits.BottleValidity": 6,
    "feedback.ComplaintLimit": 4,
    "feedback.CompensationLimit": 1,
    "targets.CommissionPlan": 1,
    "targets.CommissionTier": 3,
    "targets.BonusBand": 2,
    "targets.GiftBand": 3,
    "outreach.OutreachRules": 1,
}


def default_rows() -> dict[str, str]:
    return {label: serializers.serialize("json", apps.get_model(label).objects.order_by("pk")) for label in COUNTS}


def test_default_rows_come_back_to_empty_tables():
    assert emptying.empty()
    furnishing.restore_default_rows()
    assert {label: apps.get_model(label).objects.count() for label in COUNTS} == COUNTS


def test_default_rows_that_are_there_stay_as_they_are(django_assert_max_num_queries):
    furnishing.restore_default_rows()
    MembershipTier.objects.filter(code="gold").update(name_en="Amber")
    before = default_rows()
    with django_assert_max_num_queries(10):
        furnishing.restore_default_rows()
    assert default_rows() == before
