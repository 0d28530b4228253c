"""The demo venue's targets: one manager has one of their own, which a second load leaves alone."""

from decimal import Decimal

import pytest

from staff.tests.factories import make_user
from targets import plan_demo
from targets.models import Target


@pytest.mark.django_db
def test_loading_twice_leaves_the_target_as_operations_changed_it():
    make_user(plan_demo.JOINED_LATE)
    said: list[str] = []
    plan_demo.load(customers=0, nights=1, seed=1, out=said.append)
    assert not Target.objects.exists() and not said, "no guests, no facts"
    plan_demo.load(customers=10, nights=1, seed=1, out=said.append)
    Target.objects.update(amount=Decimal("40000.00"))
    plan_demo.load(customers=10, nights=1, seed=1, out=said.append)
    assert Target.objects.get().amount == 40000 and len(said) == 1
