"""The demo venue's bottles: members' own, around tonight, the same again from the same seed."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction

from customers.models import Customer
from customers.tests.factories import make_customer
from visits.models import StoredBottle
from visits.tests.factories import make_bottle

pytestmark = pytest.mark.django_db
NIGHT = dt.date(2026, 11, 27)
FACTS = ("bottle_no", "product", "category", "is_opened", "stored_on", "expires_on", "remaining", "locker", "client_id")


@pytest.fixture(autouse=True)
def friday():
    with time_machine.travel(dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC), tick=False) as clock:
        yield clock


def load(**asked: int) -> None:
    call_command("load_demo", **({"customers": 400, "nights": 2, "seed": 1} | asked))


def bottles() -> list[tuple[Any, ...]]:
    return sorted(StoredBottle.objects.values_list(*FACTS))


def test_members_have_bottles_some_of_which_run_out(friday: Callable[..., Any]) -> None:
    load()

    members = Customer.objects.filter(tier__isnull=False).count()
    assert 0.6 * members < StoredBottle.objects.count() < members
    assert not StoredBottle.objects.filter(customer__tier=None).exists()
    assert StoredBottle.objects.expired(NIGHT).exists()
    assert StoredBottle.objects.expiring(NIGHT, NIGHT + dt.timedelta(days=14)).exists()
    for bottle in StoredBottle.objects.all():
        assert bottle.stored_on <= NIGHT and bottle.stored_on < bottle.expires_on
        assert bottle.is_opened == (bottle.remaining < 1)


def test_a_repeated_load_adds_none_and_a_larger_venue_holds_the_smaller_ones(friday: Any) -> None:
    load(customers=150)
    small = bottles()
    load(customers=150)
    assert bottles() == small
    friday.shift(dt.timedelta(days=2))
    load(customers=300)
    assert set(small) < set(bottles())


def test_the_same_seed_makes_the_same_bottles() -> None:
    made = []
    for seed in (7, 7, 8):
        with transaction.atomic():
            load(customers=100, seed=seed)
            made.append(bottles())
            transaction.set_rollback(True)
    assert made[0] == made[1] != made[2]


def test_no_guests_no_bottles_and_a_real_one_keeps_its_number() -> None:
    load(customers=0)
    assert not StoredBottle.objects.exists()
    taken = [make_bottle(make_customer(), bottle_no=f"B{n:05d}").pk for n in range(60)]
    load(customers=60)
    assert StoredBottle.objects.filter(pk__in=taken).count() == 60
