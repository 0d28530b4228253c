"""The room board, seating, a party on screen."""

import datetime as dt
import re
import uuid

import pytest
import time_machine

from customers.models import MembershipTier
from customers.tests.factories import make_customer
from vipdesk import nights
from visits import seating
from visits.models import Party, PartyGuest, Room
from visits.tests.factories import make_party, make_reservation, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.venue_zone]
EVENING = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)  # Friday 20:00 at the venue
HOUR = dt.timedelta(hours=1)
HX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def friday():
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


@pytest.fixture
def vip():
    return MembershipTier.objects.filter(is_vip=True).order_by("rank").last()


def test_each_room_says_in_words_what_it_is(mgr1, mgr2, signed_in, vip):
    free, held, taken, dirty, out = (make_room(number) for number in ("601", "602", "603", "604", "605"))
    make_reservation(by=mgr2, starts_at=EVENING + HOUR, now=EVENING, room=held)
    make_party(by=mgr1, room=taken, now=EVENING, customer=make_customer(name="赵伟", tier=vip))
    Room.objects.filter(pk=dirty.pk).update(to_clean_since=EVENING)
    Room.objects.filter(pk=out.pk).update(is_in_service=False)

    page = signed_in(mgr1).get("/visits/rooms/").content.decode()

    tiles = {
        found[1]: part
        for part in page.partition("<main")[2].partition("</main>")[0].split("<article")[1:]
        if (found := re.search(r">(60\d)<", part))
    }
    assert "free" in tiles["601"] and f"/visits/rooms/{free.pk}/seat/" in tiles["601"]
    assert all(word in tiles["602"] for word in ("reserved", "from 21:00", "高强", "陈涛"))
    assert all(word in tiles["603"] for word in ("occupied", "since 20:00", "赵伟", "VIP", "has-vip", "nobody"))
    assert "to clean" in tiles["604"] and "Cleaned" in tiles["604"]
    assert "out of service" in tiles["605"] and "href" not in tiles["605"]


def test_a_vip_who_came_along_marks_the_room(mgr1, signed_in, vip):
    party = make_party(by=mgr1, room=make_room("601"), now=EVENING, customer=make_customer())
    seating.join_party(party=party, customer=make_customer(tier=vip), by=mgr1)
    assert "has-vip" in signed_in(mgr1).get("/visits/rooms/").content.decode()


def test_guests_who_are_late_are_said_to_be(mgr1, signed_in, friday):
    make_reservation(by=mgr1, starts_at=EVENING, now=EVENING, room=make_room())
    friday.shift(HOUR / 6)
    assert "due at 20:00" in signed_in(mgr1).get("/visits/rooms/").content.decode()


def test_the_board_refreshes_itself_and_an_unchanged_one_sends_nothing(mgr1, signed_in):
    room = make_room()
    client = signed_in(mgr1)
    page = client.get("/visits/rooms/").content.decode()
    (refresh,) = re.findall(r'hx-get="(/visits/rooms/[^"]+)"', page)
    refresh = refresh.replace("&amp;", "&")
    assert "X-Background" in page and "every 20s" in page

    answer = client.get(refresh, **HX)
    assert answer.status_code == 204 and answer.content == b""
    make_party(by=mgr1, room=room, now=EVENING)
    answer = client.get(refresh, **HX)
    assert answer.status_code == 200 and "occupied" in answer.content.decode()


def test_sixty_rooms_cost_eight_statements(mgr1, signed_in, vip, django_assert_max_num_queries):
    for number in range(60):
        room = make_room(str(600 + number), kind="small")
        if number % 3:
            guest = make_customer(tier=vip)
            party = make_party(by=mgr1, room=room, now=EVENING, customer=guest)
            seating.join_party(party=party, customer=make_customer(), by=mgr1)
        else:
            make_reservation(by=mgr1, starts_at=EVENING + HOUR, now=EVENING, room=room)
    client = signed_in(mgr1)
    with django_assert_max_num_queries(8):
        assert client.get("/visits/rooms/").content.decode().count("<article") == 60


def test_a_kind_is_chosen_by_a_chip_and_the_refresh_keeps_it(mgr1, signed_in):
    make_room("601", kind="small")
    make_room("888", kind="presidential")
    page = signed_in(mgr1).get("/visits/rooms/?kind=presidential").content.decode()
    assert "888" in page and "601" not in page and "?kind=presidential&amp;seen=" in page


def test_a_cleaned_room_is_free(mgr1, signed_in):
    room = make_room()
    Room.objects.filter(pk=room.pk).update(to_clean_since=EVENING)
    answer = signed_in(mgr1).post(f"/visits/rooms/{room.pk}/cleaned/", **HX)
    assert answer.status_code == 200 and 'id="board"' in answer.content.decode()
    assert Room.objects.get(pk=room.pk).to_clean_since is None


def test_after_sales_look_at_the_board_and_change_nothing(desk_user, signed_in):
    room = make_room("601")
    Room.objects.filter(pk=room.pk).update(to_clean_since=EVENING)
    client = signed_in(desk_user)
    page = client.get("/visits/rooms/").content.decode()
    assert "601" in page and "Cleaned" not in page and "/seat/" not in page
    assert client.post(f"/visits/rooms/{room.pk}/cleaned/").status_code == 403


# --- seating ---------------------------------------------------------------------------------------------------------


def seat_data(**fields):
    return {"reservation": "", "phone": "", "name": "", "people": "4", "client_id": str(uuid.uuid4())} | fields


@pytest.mark.django_db(transaction=True)
def test_a_reservation_is_seated_to_its_booker_and_once(mgr1, mgr2, signed_in, furnished):
    room = make_room()
    booked = make_reservation(by=mgr2, starts_at=EVENING, now=EVENING, room=room)
    client, url, data = signed_in(mgr1), f"/visits/rooms/{room.pk}/seat/", seat_data(reservation=booked.pk, name="李雷")

    assert "陈涛" in client.get(url).content.decode()
    first, again = client.post(url, data), client.post(url, data)

    party = Party.objects.get()
    assert first.status_code == again.status_code == 303 and first["Location"] == f"/visits/parties/{party.pk}/"
    assert again["Location"] == first["Location"] and first["Desk-Receipt"] == data["client_id"]
    assert (party.attributed_to, party.host_name, str(party.client_id)) == (mgr2, "陈涛", data["client_id"])


@pytest.mark.django_db(transaction=True)
def test_a_walk_ins_number_finds_the_guest(mgr1, signed_in, furnished):
    guest, room = make_customer(phone="+8613816552203"), make_room()
    signed_in(mgr1).post(f"/visits/rooms/{room.pk}/seat/", seat_data(phone="138 1655 2203"))
    party = Party.objects.get()
    assert party.customer == guest and party.attributed_to is None


@pytest.mark.django_db(transaction=True)
def test_an_occupied_room_is_refused_in_words_and_nothing_is_lost(mgr1, signed_in, furnished):
    room = make_room("601")
    make_party(by=mgr1, room=room, now=EVENING)
    answer = signed_in(mgr1).post(f"/visits/rooms/{room.pk}/seat/", seat_data(name="李雷", people="7"))
    page = answer.content.decode()
    assert answer.status_code == 422 and "Room 601 is occupied since 20:00." in page
    assert 'value="李雷"' in page and 'value="7"' in page and Party.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"people": "0"}, "greater than or equal to 1"),
        ({"people": ""}, "required"),
        ({"phone": "1381655"}, "11 digits"),
    ],
)
def test_what_is_wrong_stands_at_its_field(mgr1, signed_in, fields, words):
    answer = signed_in(mgr1).post(f"/visits/rooms/{make_room().pk}/seat/", seat_data(**fields))
    assert answer.status_code == 422 and words in answer.content.decode() and not Party.objects.exists()


# --- a party ---------------------------------------------------------------------------------------------------------


def test_a_party_tells_what_to_know_of_its_guests(mgr1, mgr2, signed_in, vip, django_assert_max_num_queries):
    host = make_customer(name="赵伟", tier=vip, is_key_account=True, likes_drinks="麦卡伦18年", owner=mgr2)
    party = make_party(by=mgr1, room=make_room("888"), now=EVENING, customer=host)
    for name in ("钱进", "孙丽"):
        seating.join_party(party=party, customer=make_customer(name=name), by=mgr1)
    client = signed_in(mgr1)
    client.get("/visits/rooms/")  # the first request of a session writes down that somebody is there
    with django_assert_max_num_queries(10):
        page = client.get(f"/visits/parties/{party.pk}/").content.decode()
    assert all(word in page for word in ("赵伟", "钱进", "孙丽", str(vip), "key account", "麦卡伦18年", "since 20:00"))


def test_a_guest_joins_by_phone(mgr1, signed_in):
    party = make_party(by=mgr1, room=make_room(), now=EVENING, customer=make_customer())
    friend = make_customer(phone="+8613816552203")
    url = f"/visits/parties/{party.pk}/join/"
    client = signed_in(mgr1)
    assert client.post(url, {"phone": "13816552203"}).status_code == 303
    assert PartyGuest.objects.get().customer == friend
    answer = client.post(url, {"phone": "13816552204"})
    assert answer.status_code == 422 and "Nobody on file has this number" in answer.content.decode()


def test_a_party_left_open_from_the_night_before_is_not_moved_and_the_page_says_why(mgr1, signed_in, friday):
    party = make_party(by=mgr1, room=make_room("601"), now=EVENING)
    free = make_room("602")
    friday.move_to(EVENING + 18 * HOUR)
    answer = signed_in(mgr1).post(f"/visits/parties/{party.pk}/move/", {"room": free.pk})
    assert answer.status_code == 422
    assert "The night of this party is over: close it, and seat them anew." in answer.content.decode()
    party.refresh_from_db()
    assert party.room.number == "601"
    signed_in(mgr1).post(f"/visits/parties/{party.pk}/close/")
    party.refresh_from_db()
    assert not party.is_open


def test_a_party_moves_to_a_free_room_and_not_to_a_taken_one(mgr1, signed_in):
    old, new, taken = make_room("601"), make_room("602"), make_room("603")
    party = make_party(by=mgr1, room=old, now=EVENING)
    make_party(by=mgr1, room=taken, now=EVENING)
    client, url = signed_in(mgr1), f"/visits/parties/{party.pk}/move/"

    answer = client.post(url, {"room": taken.pk})
    assert answer.status_code == 422 and "Room 603 is occupied since 20:00." in answer.content.decode()
    assert client.post(url, {"room": new.pk}).status_code == 303
    party.refresh_from_db()
    assert party.room == new
    assert "changed the room from 601 to 602" in client.get(f"/visits/parties/{party.pk}/").content.decode()


def test_a_party_is_closed_once(mgr1, signed_in, friday):
    party = make_party(by=mgr1, room=make_room(), now=EVENING)
    friday.shift(HOUR)
    client, url = signed_in(mgr1), f"/visits/parties/{party.pk}/close/"
    assert client.post(url)["Location"] == "/visits/rooms/"
    party.refresh_from_db()
    assert party.closed_at == EVENING + HOUR
    again = client.post(url)
    assert again.status_code == 422 and "This party has been closed." in again.content.decode()
    joined = client.post(f"/visits/parties/{party.pk}/join/", {"phone": make_customer().phone})
    assert joined.status_code == 422 and "This party has been closed." in joined.content.decode()


def test_operations_attribute_with_a_reason_and_nobody_else(mgr1, mgr2, ops, signed_in):
    party = make_party(by=mgr1, room=make_room(), now=EVENING)
    url, said = f"/visits/parties/{party.pk}/attribute/", {"to": mgr2.pk, "reason": "They asked for him"}
    assert signed_in(mgr1).post(url, said).status_code == 403
    client = signed_in(ops)
    assert client.post(url, {"to": mgr2.pk}).status_code == 422
    assert client.post(url, said).status_code == 303
    party.refresh_from_db()
    page = client.get(f"/visits/parties/{party.pk}/").content.decode()
    assert party.attributed_to == mgr2 and "They asked for him" in page and "from nobody to 高强" in page


def test_a_guests_card_shows_last_evenings_and_usual_rooms(mgr1, signed_in, friday):
    guest, room = make_customer(), make_room("888")
    for _ in range(2):
        party = make_party(by=mgr1, room=room, now=dt.datetime.now(dt.UTC), customer=guest)
        seating.close_party(party=party, by=mgr1, now=dt.datetime.now(dt.UTC) + HOUR)
        friday.shift(24 * HOUR)
    card = signed_in(mgr1).get(f"/visits/guests/{guest.pk}/parties/").content.decode()
    assert "888 × 2" in card and card.count('class="item"') == 2
    assert nights.tonight() == dt.date(2026, 11, 29)
