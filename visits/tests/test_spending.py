"""What rooms spend (T5): who is under the minimum, who is ready, which promotions were offered and taken, by whom."""

import datetime as dt
import re
import uuid
from decimal import Decimal

import pytest
import time_machine

from customers.tests.factories import make_customer
from visits import seating, spending, visiting
from visits.models import PartySpend, RoomVisit, SecondSale
from visits.spending import Standing
from visits.tests.factories import make_party, make_room

pytestmark = pytest.mark.django_db
EVENING = dt.datetime(2026, 11, 27, 14, 30, tzinfo=dt.UTC)  # Friday 22:30 at the venue
NIGHT = dt.date(2026, 11, 27)
HOUR = dt.timedelta(hours=1)
HX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def friday():
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


def sit(by, number, spent=None, minimum="1280", **facts):
    party = make_party(by=by, room=make_room(number, minimum_spend=minimum), now=EVENING - HOUR, **facts)
    if spent is not None:
        visiting.note_spend(spend=PartySpend(party=party, amount=Decimal(spent), noted_by=by))
    return party


def offer_data(**fields):
    return {"item": "买二送一", "outcome": "sold", "amount": "588", "client_id": str(uuid.uuid4())} | fields


def numbers(watch, standing):
    return [(line.party.room.number, line.missing) for line in watch.lines[standing]]


def test_rooms_stand_by_what_is_missing_most_then_those_ready_then_those_offered(mgr1):
    sit(mgr1, "601", "1000")
    nothing = sit(mgr1, "602")
    sit(mgr1, "603", "1280")
    sit(mgr1, "A1", minimum="0")
    offered = sit(mgr1, "604", "2000")
    gone = sit(mgr1, "605", "10")
    seating.close_party(party=gone, by=mgr1)
    visiting.offer_promotion(offer=SecondSale(party=offered, manager=mgr1, item="香槟", outcome="later"))
    visiting.note_spend(spend=PartySpend(party=nothing, amount=Decimal("0.50"), noted_by=mgr1))

    watch = spending.watch(NIGHT)

    assert numbers(watch, Standing.UNDER) == [("602", Decimal("1279.50")), ("601", Decimal("280.00"))]
    assert numbers(watch, Standing.READY) == [("603", 0), ("A1", 0)]
    assert numbers(watch, Standing.OFFERED) == [("604", 0)]


def test_the_newest_total_counts_even_where_it_is_less(mgr1, friday):
    party = sit(mgr1, "601", "2000")
    friday.shift(HOUR / 6)
    visiting.note_spend(spend=PartySpend(party=party, amount=Decimal(900), noted_by=mgr1, why="discount"))
    assert numbers(spending.watch(NIGHT), Standing.UNDER) == [("601", Decimal(380))]


def test_promotions_of_the_night_are_listed_with_who_offered_and_what_came_of_it(mgr1, mgr2, ops, signed_in):
    party = sit(mgr1, "888", "9000", customer=make_customer(name="赵伟"))
    for by, item, outcome in ((mgr1, "买二送一", "sold"), (mgr2, "果盘套餐", "refused")):
        sale = visiting.Sale(item=item, amount=Decimal(588), outcome=outcome, is_promotion=True)
        visiting.record_visit(visit=RoomVisit(party=party, manager=by, at=EVENING), met=[], sales=[sale])
    plain = visiting.Sale(item="香烟", amount=Decimal(50), outcome="sold")
    visiting.record_visit(visit=RoomVisit(party=party, manager=mgr1, at=EVENING), met=[], sales=[plain])
    SecondSale.objects.create(
        party=party, manager=mgr1, night=NIGHT - dt.timedelta(days=1), item="昨天", outcome="sold", is_promotion=True
    )

    page = signed_in(ops).get("/visits/spending/").content.decode()

    offered = page.partition("offered-title")[2]
    assert "1<small> / 2</small>" in offered and "香烟" not in page and "昨天" not in page
    for words in ("买二送一", "林静", "taken", "果盘套餐", "高强", "not wanted", "¥588.00"):
        assert words in offered


@pytest.mark.django_db(transaction=True)
def test_a_promotion_is_offered_once_and_stands_on_the_screen_and_the_partys_page(mgr1, signed_in, furnished):
    party = sit(mgr1, "601", "1500")
    client, url, said = signed_in(mgr1), f"/visits/parties/{party.pk}/offer/", offer_data()
    assert url in client.get("/visits/spending/").content.decode() and client.get(url).status_code == 200

    first, again = (client.post(url, said) for _ in range(2))

    sale = SecondSale.objects.get()
    assert first.status_code == again.status_code == 303 and first["Location"] == "/visits/spending/"
    assert first["Desk-Receipt"] == said["client_id"]
    assert (sale.party, sale.manager, sale.night, sale.amount) == (party, mgr1, party.night, Decimal(588))
    assert sale.is_promotion and sale.visit is None
    assert client.post(url, said | {"item": "别的"}).status_code == 409
    told = client.get(f"/visits/parties/{party.pk}/").content.decode()
    assert "offered 买二送一 · ¥588.00 · taken · promotion" in told


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"item": ""}, "Which promotion?"),
        ({"outcome": ""}, "What came of it?"),
        ({"amount": ""}, "For how much?"),
        ({"amount": "-1"}, "At least ¥0."),
        ({"amount": "1e999"}, "invalid-feedback"),
    ],
)
def test_what_is_wrong_with_an_offer_stands_at_its_field(mgr1, signed_in, fields, words):
    party = sit(mgr1, "601")
    answer = signed_in(mgr1).post(f"/visits/parties/{party.pk}/offer/", offer_data(**fields))
    assert answer.status_code == 422 and words in answer.content.decode() and not SecondSale.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_party_that_has_gone_is_offered_nothing(mgr1, signed_in, furnished):
    party = sit(mgr1, "601")
    seating.close_party(party=party, by=mgr1)
    client, url = signed_in(mgr1), f"/visits/parties/{party.pk}/offer/"
    assert client.get(url)["Location"] == "/visits/spending/"
    answer = client.post(url, offer_data())
    assert answer.status_code == 422 and "This party has been closed." in answer.content.decode()
    assert not SecondSale.objects.exists()


def test_the_screen_refreshes_itself_empty_while_nothing_changed_and_costs_four_statements(
    mgr1, signed_in, django_assert_max_num_queries
):
    parties = [sit(mgr1, str(600 + n), "500" if n % 2 else None) for n in range(12)]
    client = signed_in(mgr1)
    client.get("/visits/rooms/")
    with django_assert_max_num_queries(4):
        page = client.get("/visits/spending/").content.decode()
    (refresh,) = re.findall(r'hx-get="(/visits/spending/[^"]+)"', page)
    answer = client.get(refresh, **HX)
    assert answer.status_code == 204 and answer.content == b""
    visiting.note_spend(spend=PartySpend(party=parties[0], amount=Decimal(5), noted_by=mgr1))
    assert "¥1,275.00 missing" in client.get(refresh, **HX).content.decode()


def test_an_empty_house_says_where_to_go(mgr1, signed_in):
    assert "Nobody sits in the house now" in signed_in(mgr1).get("/visits/spending/").content.decode()
