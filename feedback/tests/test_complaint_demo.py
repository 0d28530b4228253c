"""The demo venue's complaints: told by the services on the last nights alone, and told once."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core.management import call_command

from feedback.models import Complaint, ComplaintEvent, Escalation

pytestmark = pytest.mark.django_db
NIGHT = dt.date(2026, 11, 27)


@pytest.fixture(autouse=True)
def friday():
    with time_machine.travel(dt.datetime(2026, 11, 27, 14, tzinfo=dt.UTC), tick=False) as clock:
        yield clock


def load(**asked: int) -> None:
    call_command("load_demo", **({"customers": 120, "nights": 4, "seed": 1} | asked))


def told() -> list[tuple[Any, ...]]:
    return sorted(Complaint.objects.values_list("night", "category", "severity", "state", "opened_at"))


@pytest.mark.venue_zone
def test_every_night_has_some_and_a_second_load_adds_none() -> None:
    load()
    first = told()
    assert {night for night, *_facts in first} == {NIGHT - dt.timedelta(days=n) for n in range(4)}
    assert ComplaintEvent.objects.filter(at__gt=dt.datetime(2026, 11, 27, 14, tzinfo=dt.UTC)).count() == 0
    assert set(Escalation.objects.values_list("night", flat=True)) <= {night for night, *_facts in first}
    load()
    assert told() == first


def test_a_venue_without_guests_has_none() -> None:
    load(customers=0)
    assert told() == []
