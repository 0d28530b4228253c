"""Amounts on the floor: understood as they are typed, asked about where they are unusual, explained where they fall."""

import datetime as dt
import re
import uuid
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client

from customers.tests.factories import make_customer
from staff.models import User
from vipdesk.held import HeldSubmission
from vipdesk.tests.sealed import entry, message
from visits.models import Party, PartySpend, RoomVisit, SecondSale
from visits.tests.factories import make_party, make_room

pytestmark = pytest.mark.django_db(transaction=True)
EVENING = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)  # Friday 20:00 at the venue


@pytest.fixture(autouse=True)
def evening(furnished):
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


@pytest.fixture
def party(mgr1: User) -> Party:
    return make_party(by=mgr1, room=make_room("888"), now=EVENING, customer=make_customer())


def sent(**fields: Any) -> dict[str, Any]:
    return {"client_id": str(uuid.uuid4()), **fields}


def sold(party: Party, amount: str) -> dict[str, Any]:
    sale = {"item": "香槟", "outcome": "sold", "amount": amount}
    return sent(met=party.customer_id, opinion="很满意", **sale)


def tokens(page: str) -> list[str]:
    return re.findall(r'name="sure"\s+value="([^"]+)"', page)


def test_a_sale_of_an_unusual_amount_comes_back_once_with_what_was_typed(
    mgr1: User, signed_in: Any, party: Party
) -> None:
    client, url, form = signed_in(mgr1), f"/visits/parties/{party.pk}/visit/", sold(party, "128,000")
    answer = client.post(url, form)
    page = answer.content.decode()
    assert answer.status_code == 422 and "¥128,000.00 is unusually much." in page and 'value="128,000"' in page
    assert "Yes, it really is ¥128,000.00." in page and "很满意" in page and not RoomVisit.objects.exists()

    (token,) = tokens(page)
    other = client.post(url, form | {"amount": "1280000", "sure": token})
    assert other.status_code == 422 and "¥1,280,000.00 is unusually much." in other.content.decode()
    assert client.post(url, form | {"sure": token}).status_code == 303
    assert SecondSale.objects.get().amount == Decimal(128000)


def test_the_limit_is_the_operators(mgr1: User, signed_in: Any, party: Party, settings: Any) -> None:
    settings.AMOUNT_ASKS_ABOVE = settings.AMOUNT_ASKS_ABOVE | {"sale": Decimal(1000)}
    url = f"/visits/parties/{party.pk}/offer/"
    form = sent(item="买二送一", outcome="sold", amount="１，２００")
    answer = signed_in(mgr1).post(url, form)
    assert answer.status_code == 422 and "¥1,200.00 is unusually much." in answer.content.decode()
    (token,) = tokens(answer.content.decode())
    assert signed_in(mgr1).post(url, form | {"sure": token}).status_code == 303


def test_an_unusual_amount_typed_without_network_waits_for_its_author_who_confirms_it(
    mgr1: User, signed_in: Any, party: Party
) -> None:
    client = signed_in(mgr1)
    form = sold(party, "1280000")
    kept = entry("mgr1", "visit", form | {"party": party.pk})
    assert states(client, kept) == ["held"] and states(client, kept) == ["held"]
    waiting = HeldSubmission.objects.get()
    assert not RoomVisit.objects.exists()

    page = client.get(f"/visits/new/?held={waiting.pk}").content.decode()
    (token,) = tokens(page)
    assert 'value="1280000"' in page and "很满意" in page
    mended = sold(party, "1280000") | {"party": party.pk, "held": str(waiting.pk), "sure": token}
    assert client.post("/visits/new/", mended).status_code == 303
    assert SecondSale.objects.get().amount == Decimal(1280000) and RoomVisit.objects.get().at == waiting.happened_at
    waiting.refresh_from_db()
    assert waiting.outcome == HeldSubmission.Outcome.MENDED


def test_one_confirmed_without_network_comes_in_at_once(mgr1: User, signed_in: Any, party: Party) -> None:
    client, form = signed_in(mgr1), sold(party, "128000")
    (token,) = tokens(client.post(f"/visits/parties/{party.pk}/visit/", form).content.decode())
    kept = entry("mgr1", "visit", form | {"party": party.pk, "sure": token})
    assert states(client, kept) == ["taken"] and SecondSale.objects.get().amount == Decimal(128000)


def test_an_interim_total_below_the_last_asks_why_and_shows_the_reason(
    mgr1: User, signed_in: Any, party: Party, evening: Any
) -> None:
    client, url = signed_in(mgr1), f"/visits/parties/{party.pk}/spend/"
    assert 'name="why"' not in client.get(f"/visits/parties/{party.pk}/").content.decode()
    assert client.post(url, sent(amount="1，200")).status_code == 303
    evening.shift(dt.timedelta(minutes=10))

    less = sent(amount="900")
    answer = client.post(url, less)
    page = answer.content.decode()
    assert answer.status_code == 422 and "¥1,200.00 was noted before. Why is it less now?" in page
    assert 'value="900"' in page and 'name="why"' in page and PartySpend.objects.count() == 1
    assert client.post(url, less | {"why": "because"}).status_code == 422
    assert client.post(url, less | {"why": "taken_back"}).status_code == 303
    assert "something was taken back" in client.get(f"/visits/parties/{party.pk}/").content.decode()
    assert PartySpend.objects.first().why == "taken_back"  # type: ignore[union-attr]


def test_an_interim_total_of_an_unusual_amount_is_asked_and_more_needs_no_reason(
    mgr1: User, signed_in: Any, party: Party
) -> None:
    client, url, form = signed_in(mgr1), f"/visits/parties/{party.pk}/spend/", sent(amount="128000", why="discount")
    answer = client.post(url, form)
    assert answer.status_code == 422 and not PartySpend.objects.exists()
    (token,) = tokens(answer.content.decode())
    assert client.post(url, form | {"sure": token}).status_code == 303
    assert PartySpend.objects.get().why == ""


def states(client: Client, kept: dict[str, str]) -> list[str]:
    answer = client.post("/offline/entries/", message(kept), content_type="application/json")
    return [one["state"] for one in answer.json()["answers"]]
