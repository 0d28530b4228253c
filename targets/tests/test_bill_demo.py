"""Bills of the demo venue: of the last nights alone, the same for the same seed, and once."""

import datetime as dt

import pytest
import time_machine

from staff.demo import MANAGERS
from staff.models import User
from staff.tests.factories import make_user
from targets import bill_demo
from targets.models import Charge, GiftCost
from vipdesk import nights
from visits.models import Party, PartySpend
from visits.seating import close_party
from visits.tests.factories import make_party, make_room

NOW = dt.datetime(2026, 11, 24, 15, tzinfo=dt.UTC)  # 23:00 at the venue
HOUR = dt.timedelta(hours=1)


def load(nights_back: int = 2) -> str:
    said: list[str] = []
    bill_demo.load(customers=10, nights=nights_back, seed=1, out=said.append)
    return said[-1]


@pytest.mark.django_db
@time_machine.travel(NOW, tick=False)
def test_each_party_that_has_gone_has_its_bill_once():
    managers = [make_user(one.username) for one in MANAGERS]
    gone, before, here = (seat(managers[0], hours) for hours in (3, 24 * 3, 2))
    for party, hours in ((gone, 1), (before, 24 * 3 - 2)):
        close_party(party=party, by=managers[0], now=NOW - hours * HOUR)
    load()
    bills = list(Charge.objects.order_by("pk").values_list("bill_no", "amount"))
    assert Charge.objects.get(kind="room", refund_of=None).party == gone
    assert {charge.night for charge in Charge.objects.all()} <= {
        nights.tonight() - dt.timedelta(days=n) for n in (0, 1)
    }
    assert PartySpend.objects.get().party == here and GiftCost.objects.count() == 1
    assert load() == "Demo bills: 0 added."
    assert list(Charge.objects.order_by("pk").values_list("bill_no", "amount")) == bills
    assert not Party.objects.filter(pk=before.pk, charges__isnull=False).exists()


def seat(by: User, hours: int) -> Party:
    return make_party(by=by, room=make_room(), now=NOW - hours * HOUR)
