"""Visits, why a VIP was missed, what a party has spent, promises, and whom to visit first: on screen."""

import datetime as dt
import re
import uuid
from decimal import Decimal

import pytest
import time_machine

from customers.models import MembershipTier
from customers.tests.factories import make_customer
from vipdesk import nights
from visits import seating, visiting
from visits.models import MissedVisit, Party, PartySpend, Promise, RoomVisit, SecondSale
from visits.tests.factories import make_party, make_room

pytestmark = pytest.mark.django_db
EVENING = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)  # Friday 20:00 at the venue
HOUR = dt.timedelta(hours=1)
HX = {"HTTP_HX_REQUEST": "true"}
written = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def friday():
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


@pytest.fixture
def make_vip():
    def make(**facts):
        return make_customer(tier=MembershipTier.objects.filter(is_vip=True).order_by("rank").last(), **facts)

    return make


def visit_data(*met, **fields):
    return {"met": [guest.pk for guest in met], "due": "30", "client_id": str(uuid.uuid4())} | fields


def sit(by, room="888", **facts):
    return make_party(by=by, room=make_room(room), now=EVENING, **facts)


def url_of(party, what=""):
    return f"/visits/parties/{party.pk}/{what}"


# --- a visit ---------------------------------------------------------------------------------------------------------


def test_the_form_has_nobody_of_the_party_ticked_and_no_mood(mgr1, signed_in):
    party = sit(mgr1, customer=make_customer(name="赵伟"))
    seating.join_party(party=party, customer=make_customer(name="钱进"), by=mgr1)
    page = signed_in(mgr1).get(url_of(party, "visit/")).content.decode()
    assert len(re.findall(r'name="met" value="\d+"', page)) == 2
    assert not re.search(r'name="met"[^>]*checked', page)
    any_room = signed_in(mgr1).get("/visits/new/").content.decode()
    assert len(re.findall(r'name="met" value="\d+"', any_room)) == 2
    assert not re.search(r'name="met"[^>]*checked', any_room)
    assert len(re.findall(r'name="mood"', page)) == 3 and not re.search(r'name="mood"[^>]*checked', page)
    assert "<details" in page and "fold" in page and not re.search(r'fold"[^>]* open', page)


@pytest.mark.venue_zone
@written
def test_a_visit_is_told_on_the_partys_page_with_its_sale_and_promise(mgr1, signed_in, furnished, make_vip):
    host = make_vip(name="赵伟")
    party, client = sit(mgr1, customer=host), signed_in(mgr1)
    sale = {"item": "香槟", "amount": "1280.50", "outcome": "sold", "is_promotion": "on"}
    said = visit_data(host, mood="good", opinion="很满意", promise="换果盘", due="15", **sale)

    answer = client.post(url_of(party, "visit/"), said)

    assert answer.status_code == 303 and answer["Location"] == url_of(party)
    page = client.get(url_of(party)).content.decode()
    wanted = ("林静", "visited 赵伟", "in good spirits", "“很满意”", "香槟", "¥1,280.50", "taken", "promotion")
    assert all(words in page for words in (*wanted, "promised by 20:15: 换果盘", "visited</span> 20:00"))
    visit, sold, promise = RoomVisit.objects.get(), SecondSale.objects.get(), Promise.objects.get()
    assert (visit.manager, visit.night, visit.at) == (mgr1, party.night, EVENING)
    assert (sold.amount, sold.is_promotion, sold.visit) == (Decimal("1280.50"), True, visit)
    assert promise.due_at == EVENING + HOUR / 4


@written
def test_the_same_form_sent_twice_is_one_visit_and_other_words_are_a_conflict(mgr1, signed_in, furnished):
    guest = make_customer()
    party, client, said = sit(mgr1, customer=guest), signed_in(mgr1), visit_data(guest, mood="fine")
    first, again = (client.post(url_of(party, "visit/"), said) for _ in range(2))
    assert first.status_code == again.status_code == 303 and RoomVisit.objects.count() == 1
    assert first["Desk-Receipt"] == again["Desk-Receipt"] == said["client_id"]
    assert client.post(url_of(party, "visit/"), said | {"mood": "good"}).status_code == 409
    assert RoomVisit.objects.count() == 1


@written
def test_a_closed_party_is_refused_in_words_and_nothing_typed_is_lost(mgr1, signed_in, furnished, friday):
    guest = make_customer()
    party = sit(mgr1, customer=guest)
    friday.shift(HOUR)
    seating.close_party(party=party, by=mgr1)
    friday.shift(HOUR)
    client = signed_in(mgr1)
    answer = client.post(url_of(party, "visit/"), visit_data(guest, opinion="很满意"))
    page = answer.content.decode()
    assert answer.status_code == 422 and "This party has been closed." in page and 'value="很满意"' in page
    assert not RoomVisit.objects.exists()
    assert client.get(url_of(party, "visit/"))["Location"] == url_of(party)
    page = client.get(url_of(party)).content.decode()
    assert "This party has been closed." in page and url_of(party, "visit/") not in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"item": "香槟", "outcome": "sold"}, "For how much?"),
        ({"item": "香槟", "outcome": "later", "amount": "-1"}, "At least ¥0."),
        ({"item": "香槟"}, "What came of it?"),
        ({"amount": "90", "outcome": "sold"}, "What was it?"),
        ({"promise": "换果盘", "due": ""}, "By when?"),
        ({"mood": "angry"}, "not one of the available choices"),
    ],
)
def test_what_is_wrong_with_a_visit_stands_at_its_field(mgr1, signed_in, fields, words):
    party = sit(mgr1)
    answer = signed_in(mgr1).post(url_of(party, "visit/"), visit_data(**fields))
    page = answer.content.decode()
    assert answer.status_code == 422 and words in page and not RoomVisit.objects.exists()
    assert "mood" in fields or re.search(r'fold"[^>]* open', page)


def test_a_guest_of_another_party_was_not_met_here(mgr1, signed_in):
    party, stranger = sit(mgr1), make_customer()
    answer = signed_in(mgr1).post(url_of(party, "visit/"), visit_data(stranger))
    assert answer.status_code == 422 and "This guest is not with the party." in answer.content.decode()


def test_managers_log_visits_and_the_office_looks(mgr1, ops, desk_user, signed_in):
    party = sit(mgr1)
    assert "Log visit" in signed_in(mgr1).get(url_of(party)).content.decode()
    for user in (ops, desk_user):
        client = signed_in(user)
        assert "Log visit" not in client.get(url_of(party)).content.decode()
        assert client.post(url_of(party, "visit/"), visit_data()).status_code == 403


@written
def test_a_visit_that_met_nobody_is_asked_once_and_nothing_typed_is_lost(mgr1, signed_in, furnished):
    party, client = sit(mgr1, customer=make_customer()), signed_in(mgr1)
    said = visit_data(opinion="很满意")
    answer = client.post(url_of(party, "visit/"), said)
    page = answer.content.decode()
    assert answer.status_code == 422 and "Nobody is ticked." in page and 'value="很满意"' in page
    assert not RoomVisit.objects.exists()
    (sure,) = re.findall(r'name="sure"\s+value="([^"]+)"', page)
    assert client.post(url_of(party, "visit/"), said | {"sure": sure}).status_code == 303
    assert not RoomVisit.objects.get().met.exists()


# --- missed, spent ---------------------------------------------------------------------------------------------------


def test_a_missed_vip_needs_a_reason_which_the_party_shows_until_they_are_visited(mgr1, signed_in, make_vip):
    vip, other = make_vip(name="赵伟"), make_customer(name="钱进")
    party, client = sit(mgr1, customer=vip), signed_in(mgr1)
    seating.join_party(party=party, customer=other, by=mgr1)

    assert client.get(url_of(party)).content.decode().count("not visited yet") == 1
    answer = client.post(url_of(party, "missed/"), {"customer": vip.pk, "reason": " "})
    assert answer.status_code == 422 and "A missed visit needs a reason." in answer.content.decode()
    assert client.post(url_of(party, "missed/"), {"customer": other.pk, "reason": "忙"}).status_code == 422
    assert not MissedVisit.objects.exists()

    assert client.post(url_of(party, "missed/"), {"customer": vip.pk, "reason": "客人休息"}).status_code == 303
    page = client.get(url_of(party)).content.decode()
    assert "客人休息" in page and "not visited yet" not in page

    visiting.record_visit(visit=RoomVisit(party=party, manager=mgr1, at=EVENING), met=[vip])
    refused = client.post(url_of(party, "missed/"), {"customer": vip.pk, "reason": "忙"})
    assert refused.status_code == 422 and not MissedVisit.objects.exists()
    assert "客人休息" not in client.get(url_of(party)).content.decode()


@written
def test_the_newest_total_stands_against_the_rooms_minimum(mgr1, signed_in, furnished, friday):
    party, client = sit(mgr1), signed_in(mgr1)
    said = {"amount": "900", "client_id": str(uuid.uuid4())}
    for _ in range(2):
        assert client.post(url_of(party, "spend/"), said).status_code == 303
    page = client.get(url_of(party)).content.decode()
    assert PartySpend.objects.count() == 1 and "¥900.00" in page and "¥1,280.00" in page
    assert "minimum reached" not in page
    friday.shift(HOUR / 6)
    client.post(url_of(party, "spend/"), {"amount": "1280", "client_id": str(uuid.uuid4())})
    page = client.get(url_of(party)).content.decode()
    assert "minimum reached" in page and "¥900.00" not in page


@written
@pytest.mark.parametrize(
    ("amount", "words"), [("-1", "below zero"), ("", "How much, in all?"), ("1.234", "2 decimal"), ("1,20", "number")]
)
def test_a_total_that_cannot_be_is_refused_at_its_field(mgr1, signed_in, furnished, amount, words):
    party = sit(mgr1)
    said = {"amount": amount, "client_id": str(uuid.uuid4())}
    answer = signed_in(mgr1).post(url_of(party, "spend/"), said)
    page = answer.content.decode()
    assert answer.status_code == 422 and words in page and said["client_id"] in page
    assert not PartySpend.objects.exists()


@written
def test_a_closed_party_spends_nothing_more(mgr1, signed_in, furnished):
    party = sit(mgr1)
    seating.close_party(party=party, by=mgr1)
    answer = signed_in(mgr1).post(url_of(party, "spend/"), {"amount": "5", "client_id": str(uuid.uuid4())})
    assert answer.status_code == 422 and "This party has been closed." in answer.content.decode()


# --- cards of Tonight ------------------------------------------------------------------------------------------------


def test_promises_of_tonight_and_overdue_ones_wait_until_they_are_kept(mgr1, mgr2, signed_in, friday):
    party = sit(mgr1)
    due = {"果盘": EVENING + HOUR / 12, "酒水": EVENING - 30 * HOUR, "下周": EVENING + 48 * HOUR}
    mine = {text: Promise.objects.create(party=party, made_by=mgr1, text=text, due_at=at) for text, at in due.items()}
    Promise.objects.create(party=party, made_by=mgr2, text="别人的", due_at=EVENING)
    client = signed_in(mgr1)

    card = client.get("/visits/promises/", **HX).content.decode()
    assert "果盘" in card and "酒水" in card and "下周" not in card and "别人的" not in card
    assert card.count("overdue") == 1
    seen = re.findall(r'hx-get="([^"]+)"', card)[0]
    assert client.get(seen, **HX).status_code == 204
    friday.shift(HOUR / 6)
    assert client.get(seen, **HX).content.decode().count("overdue") == 2

    kept = f"/visits/promises/{mine['果盘'].pk}/kept/"
    assert signed_in(mgr2).post(kept).status_code == 404
    assert "果盘" not in client.post(kept, **HX).content.decode()
    mine["果盘"].refresh_from_db()
    assert mine["果盘"].kept_by == mgr1


@pytest.mark.venue_zone
def test_vips_nobody_has_been_to_stand_first_with_what_to_know(mgr1, signed_in, make_vip, friday):
    vip = make_vip(name="赵伟", likes_drinks="麦卡伦18年")
    before = sit(mgr1, "601", customer=vip)
    seating.close_party(party=before, by=mgr1)
    friday.shift(24 * HOUR)
    party = make_party(by=mgr1, room=make_room("888"), now=EVENING + 24 * HOUR, customer=vip)
    seating.join_party(party=party, customer=make_customer(name="钱进"), by=mgr1)
    client = signed_in(mgr1)

    card = client.get("/visits/first/", **HX).content.decode()
    known = ("888", "赵伟", "since 20:00", "6 people", "麦卡伦18年", "last here Fri 27 Nov", url_of(party, "visit/"))
    assert all(words in card for words in known) and "钱进" not in card
    assert "0<small> / 1</small>" in card and "0<small> / 10</small>" in card
    assert "X-Background" in card and "every 60s" in card and "btn-primary" not in card

    seen = re.findall(r'hx-get="([^"]+)"', card)[0]
    answer = client.get(seen, **HX)
    assert answer.status_code == 204 and answer.content == b""
    visiting.record_visit(visit=RoomVisit(party=party, manager=mgr1, at=EVENING + 24 * HOUR), met=[vip])
    answer = client.get(seen, **HX)
    assert answer.status_code == 200 and "赵伟" not in answer.content.decode()
    assert "1<small> / 1</small>" in answer.content.decode()


def test_whom_to_visit_first_costs_eight_statements(mgr1, signed_in, make_vip, django_assert_max_num_queries):
    for number in range(30):
        party = sit(mgr1, str(600 + number), customer=make_vip())
        seating.join_party(party=party, customer=make_vip(), by=mgr1)
    client = signed_in(mgr1)
    client.get("/visits/promises/")  # the first request of a session writes down that somebody is there
    with django_assert_max_num_queries(8):
        card = client.get("/visits/first/", HTTP_X_BACKGROUND="1", **HX).content.decode()
    assert card.count('class="item"') == 60


@pytest.mark.parametrize("who", ["a manager", "operations"])
def test_a_party_of_many_visits_and_moves_costs_ten_statements(
    mgr1, mgr2, ops, signed_in, django_assert_max_num_queries, who
):
    guest = make_customer()
    party = sit(mgr1, customer=guest)
    seating.move_party(party=party, room=make_room("889"), by=mgr2, now=EVENING)
    seating.attribute_party(party=party, to=mgr2, by=ops, reason="客人指名")
    visiting.note_spend(spend=PartySpend(party=party, amount=Decimal(5), noted_by=mgr2))
    for n in range(5):
        sale = visiting.Sale(item=f"酒 {n}", amount=Decimal(n), outcome="later")
        visiting.record_visit(visit=RoomVisit(party=party, manager=mgr1, at=EVENING), met=[guest], sales=[sale])
    client = signed_in(ops if who == "operations" else mgr1)
    client.get("/visits/rooms/")
    with django_assert_max_num_queries(10):
        assert client.get(url_of(party)).content.decode().count("visited ") >= 5
    assert Party.objects.get().night == nights.tonight()
