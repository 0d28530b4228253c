"""What operations ask the admin about rooms: VIPs missed, no-shows by source, parties nobody has, who named whom."""

import datetime as dt

import pytest
import time_machine

from customers.models import MembershipTier
from customers.tests.factories import make_customer
from visits import booking, seating, visiting
from visits.models import RoomVisit
from visits.tests.factories import make_party, make_reservation, make_room

pytestmark = pytest.mark.django_db
EVENING = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)  # Friday 20:00 at the venue
A_WEEK = dt.timedelta(days=7)


@pytest.fixture(autouse=True)
def friday():
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


def vip(name="赵伟"):
    return make_customer(name=name, tier=MembershipTier.objects.filter(is_vip=True).first())


def sit(by, number, now=EVENING, **facts):
    return make_party(by=by, room=make_room(number), now=now, **facts)


def shown(client, model, query=""):
    answer = client.get(f"/admin/visits/{model}/{query}")
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


def test_vips_missed_this_week_are_found_said_or_not(mgr1, ops, signed_in, friday):
    visited, guest, unsaid, said = vip(), make_customer(), vip("王芳"), vip("李军")
    met = sit(mgr1, "601", customer=visited)
    visiting.record_visit(visit=RoomVisit(party=met, manager=mgr1, at=EVENING), met=[visited])
    plain = sit(mgr1, "602", customer=guest)
    along = sit(mgr1, "603", customer=make_customer())
    seating.join_party(party=along, customer=unsaid, by=mgr1)
    told = sit(mgr1, "604", customer=said)
    visiting.say_missed(party=told, customer=said, reason="客人休息", by=mgr1)
    friday.move_to(EVENING + A_WEEK)
    client = signed_in(ops)

    assert shown(client, "party", "?visits=missed") == [told, along]
    assert shown(client, "party", "?visits=unsaid") == [along]
    assert shown(client, "party", "?visits=missed&night=week") == []
    assert met not in shown(client, "party", "?visits=missed") and plain in shown(client, "party")
    friday.move_to(EVENING)
    client = signed_in(ops)
    assert shown(client, "party", "?visits=missed&night=week") == [told, along]
    (reason,) = shown(client, "missedvisit", "?night=week")
    assert reason.reason == "客人休息"
    assert client.get(f"/admin/visits/missedvisit/{reason.pk}/change/")["Location"] == f"/visits/parties/{told.pk}/"


def test_no_shows_are_counted_by_the_way_they_were_booked(mgr1, ops, signed_in, friday):
    for source in ("phone", "agent", "agent"):
        make_reservation(by=mgr1, starts_at=EVENING, now=EVENING, room=make_room(), source=source)
    came = make_reservation(by=mgr1, starts_at=EVENING, now=EVENING, room=make_room(), source="agent")
    make_party(by=mgr1, room=came.room, now=EVENING, reservation=came)
    friday.shift(dt.timedelta(hours=1))
    booking.release_no_shows()
    client = signed_in(ops)
    query = "?state__exact=no_show&source__exact="
    assert [len(shown(client, "reservation", query + source)) for source in ("phone", "agent", "wechat")] == [1, 2, 0]


def test_parties_nobody_has_and_those_named_later_with_the_reason(mgr1, mgr2, ops, signed_in):
    nobodys, named, moved = sit(mgr1, "601"), sit(mgr1, "602"), sit(mgr1, "603")
    seating.attribute_party(party=named, to=mgr2, by=ops, reason="客人指名高强")
    seating.move_party(party=moved, room=make_room("604"), by=mgr1, now=EVENING)
    client = signed_in(ops)
    assert shown(client, "party", "?attribution=nobody") == [moved, nobodys]
    assert shown(client, "party", "?attribution=somebody") == [named]
    assert shown(client, "party", "?attribution=changed") == [named]
    assert "客人指名高强" in client.get("/admin/visits/party/").content.decode()
    assert "客人指名高强" in client.get(f"/visits/parties/{named.pk}/").content.decode()


@pytest.mark.parametrize("model", ["party", "reservation", "missedvisit"])
def test_each_list_opens_in_ten_statements(mgr1, ops, signed_in, django_assert_max_num_queries, model):
    for n in range(30):
        guest = vip()
        party = sit(mgr1, str(600 + n), customer=guest)
        visiting.say_missed(party=party, customer=guest, reason="忙", by=mgr1)
    client = signed_in(ops)
    client.get("/admin/")
    with django_assert_max_num_queries(10):
        assert client.get(f"/admin/visits/{model}/").status_code == 200
