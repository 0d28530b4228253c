"""Complaints on screen: taken in with a few taps, moved by whom the table lets, whose they are not told too much."""

import datetime as dt
import re
import uuid
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from customers.merging import merge_customers
from customers.tests.factories import make_customer
from feedback import complaints
from feedback.compensating import ask_compensation
from feedback.models import Compensation, CompensationLimit, Complaint, ComplaintEvent
from feedback.tests.complaint_factories import make_complaint
from staff.floor import registry
from staff.models import User
from vipdesk import nights
from vipdesk.outbox import OutboxMessage
from vipdesk.tests.marks import mark_of
from visits import seating
from visits.tests.factories import make_party, make_room

pytestmark = pytest.mark.django_db
written = pytest.mark.django_db(transaction=True)
EVENING = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)  # Friday 20:00 at the venue
HX = {"HTTP_HX_REQUEST": "true"}
NEW = "/feedback/complaints/new/"


@pytest.fixture(autouse=True)
def friday():
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


def typed(**fields):
    usual = {"category": "waiting", "severity": "normal", "channel": "visit", "client_id": str(uuid.uuid4())}
    return usual | fields


def url_of(complaint, what=""):
    return f"/feedback/complaints/{complaint.pk}/{what}"


def send(client, complaint, verb, **fields):
    return client.post(url_of(complaint, f"move/{verb}/"), {"client_id": str(uuid.uuid4())} | fields)


# --- taking one in -----------------------------------------------------------------------------------------------------


@written
def test_from_a_party_it_takes_a_category_and_a_tap(mgr1, signed_in, furnished):
    party = make_party(by=mgr1, room=make_room("888"), now=EVENING, customer=make_customer(name="赵伟"))
    seating.join_party(party=party, customer=make_customer(name="钱进"), by=mgr1)
    client = signed_in(mgr1)
    page = client.get(f"{NEW}?party={party.pk}").content.decode()
    assert "Room 888" in page and "赵伟" in page and "钱进" in page
    (chosen,) = re.findall(r'name="customer" value="(\d+)" checked', page)
    answer = client.post(NEW, typed(of="party", party=party.pk, customer=chosen))
    mine: Any = Complaint.objects.get()
    assert answer.status_code == 303 and answer["Location"] == url_of(mine)
    assert (mine.party, mine.room.number, mine.customer.name) == (party, "888", "赵伟")
    assert (mine.owner, mine.category, mine.severity, mine.channel) == (mgr1, "waiting", "normal", "visit")


@written
def test_sent_twice_it_is_one_and_the_receipt_is_the_same(mgr1, signed_in, furnished):
    client, form = signed_in(mgr1), typed(words="空调太冷")
    first, again = client.post(NEW, form), client.post(NEW, form)
    assert Complaint.objects.count() == 1
    assert first["Location"] == again["Location"] and first["Desk-Receipt"] == form["client_id"]
    assert client.post(NEW, form | {"words": "别的"}).status_code == 409


def test_from_a_guests_page_it_is_about_them(mgr1, mgr2, signed_in):
    guest = make_customer(name="赵伟", owner=mgr2)
    page = signed_in(mgr1).get(f"{NEW}?guest={guest.pk}").content.decode()
    assert f'name="customer" value="{guest.pk}"' in page and str(guest.phone)[3:] not in page


@pytest.mark.parametrize("query", ["party=0", "guest=999999", "party=x", "guest=" + "9" * 30])
def test_what_is_not_there_is_404(mgr1, signed_in, query):
    assert signed_in(mgr1).get(f"{NEW}?{query}").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"category": ""},
        {"category": "nonsense"},
        {"severity": "worst"},
        {"channel": "survey"},
        {"words": "长" * 1001},
        {"words": "a\x00b"},
        {"customer": "999999"},
        {"party": "999999"},
    ],
)
def test_bad_input_is_refused_at_its_field_and_kept_as_typed(mgr1, signed_in, wrong):
    answer = signed_in(mgr1).post(NEW, typed(wished="一句道歉") | wrong)
    assert answer.status_code == 422 and not Complaint.objects.exists()
    assert set(answer.context["form"].errors) == set(wrong)
    assert "一句道歉" in answer.content.decode()


@written
def test_markup_in_words_is_shown_as_words(mgr1, signed_in, furnished):
    client = signed_in(mgr1)
    client.post(NEW, typed(words="<script>alert(1)</script>"))
    page = client.get(url_of(Complaint.objects.get())).content.decode()
    assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page


# --- one complaint -----------------------------------------------------------------------------------------------------


@written
def test_a_manager_moves_their_own_through_the_screens(mgr1, signed_in, furnished):
    client, mine = signed_in(mgr1), make_complaint(by=mgr1)
    assert "Take in hand" in client.get(url_of(mine)).content.decode()
    assert send(client, mine, "take").status_code == 303
    assert send(client, mine, "answer", words="").status_code == 422
    assert send(client, mine, "answer", words="马上处理").status_code == 303
    assert send(client, mine, "solve", words="换了话筒").status_code == 303
    assert send(client, mine, "close", root_cause="", category="equipment").status_code == 422
    assert send(client, mine, "close", root_cause="equipment", category="equipment").status_code == 303
    page = client.get(url_of(mine)).content.decode()
    assert "换了话筒" in page and "Equipment or upkeep" in page and "Take in hand" not in page
    assert Complaint.objects.get().state == "closed"


@written
def test_reopened_it_goes_to_operations_each_time_and_back_to_them_who_had_solved_it(
    mgr1, ops, signed_in, furnished, settings
):
    settings.COMPLAINT_EMAILS, settings.ROBOT_LANGUAGE = ["chief@example.com"], "zh-hans"
    settings.WECOM_ROBOT_URL = "http://127.0.0.1:9/wecom?key=1"
    client, office, mine = signed_in(mgr1), signed_in(ops), make_complaint(by=mgr1)
    for solver in (client, office):
        assert send(solver, mine, "solve", words="换了话筒").status_code == 303
        assert "It goes to operations at once." in client.get(url_of(mine)).content.decode()
        assert send(client, mine, "reopen", words="还是没有声音").status_code == 303
        page = client.get(url_of(mine)).content.decode()
        assert "it was reopened" in page and "Operations have it." in page
        assert send(client, mine, "take").status_code == 422, "it is theirs who had it last, and theirs alone"
        assert url_of(mine) in office.get("/feedback/complaints/?show=escalated").content.decode()
    robots_said = [m.payload["text"]["content"] for m in OutboxMessage.objects.filter(kind="webhook")]
    assert len(robots_said) == 2 and all("重新打开" in text for text in robots_said)
    assert OutboxMessage.objects.filter(target="chief@example.com", body__contains="it was reopened").count() == 2


@written
def test_a_double_tap_moves_once(mgr1, signed_in, furnished):
    client, mine = signed_in(mgr1), make_complaint(by=mgr1)
    tap = {"client_id": str(uuid.uuid4())}
    answers = [client.post(url_of(mine, "move/escalate/"), tap).status_code for _ in range(2)]
    assert answers == [303, 303] and ComplaintEvent.objects.filter(kind="escalate").count() == 1


@written
def test_what_somebody_else_did_meanwhile_is_said(mgr1, ops, signed_in, furnished):
    mine = make_complaint(by=mgr1)
    complaints.escalate(complaint=mine, by=mgr1)
    complaints.take_in_hand(complaint=mine, by=ops)
    complaints.solve(complaint=mine, by=ops, words="…")
    answer = send(signed_in(mgr1), mine, "solve", words="…")
    assert answer.status_code == 422 and "This complaint is solved" in answer.content.decode()


def test_the_page_offers_what_the_table_allows_and_no_more(mgr1, ops, desk_user, signed_in):
    mine = make_complaint(by=mgr1)
    complaints.escalate(complaint=mine, by=mgr1)

    def offered(user):
        return set(re.findall(r"/move/(\w+)/", signed_in(user).get(url_of(mine)).content.decode()))

    assert offered(mgr1) == {"answer", "note"}
    assert offered(ops) == {"take", "answer", "assign", "solve", "note"}
    assert offered(desk_user) == set()


@pytest.mark.parametrize(("verb", "status"), [("nonsense", 404), ("opened", 404), ("note", 404)])
def test_others_and_unknown_moves_are_404(mgr1, mgr2, signed_in, verb, status):
    assert send(signed_in(mgr2), make_complaint(by=mgr1), verb, words="…").status_code == status


@written
def test_compensation_above_the_limit_waits_for_operations(mgr1, ops, signed_in, furnished):
    CompensationLimit.objects.update_or_create(role="manager", defaults={"amount": Decimal(200)})
    client, mine = signed_in(mgr1), make_complaint(by=mgr1)

    def ask(value):
        form = {"kind": "drinks", "value": value, "reason": "等太久", "client_id": str(uuid.uuid4())}
        return client.post(url_of(mine, "compensation/"), form)

    assert ask("88").status_code == ask("300").status_code == 303
    assert [ask(bad).status_code for bad in ("-1", "1.234", "x", "")] == [422] * 4
    small, big = Compensation.objects.order_by("pk")
    assert (small.state, big.state) == ("approved", "asked")

    def decide(one, what, by):
        return signed_in(by).post(reverse("feedback:compensation_decide", args=[one.pk, what])).status_code

    assert (decide(big, "approve", mgr1), decide(big, "give", mgr1)) == (422, 422)
    assert (decide(big, "approve", ops), decide(big, "approve", ops)) == (303, 422)
    assert (decide(big, "give", mgr1), decide(big, "sell", mgr1)) == (303, 404)
    page = client.get(url_of(mine)).content.decode()
    assert "¥300.00" in page and "Compensation given" in page


# --- lists and cards ---------------------------------------------------------------------------------------------------


@pytest.mark.venue_zone
def test_the_list_has_the_nearest_limit_first_and_only_whats_theirs(mgr1, mgr2, signed_in, friday):
    low, high = make_complaint(by=mgr1, severity="low"), make_complaint(by=mgr1, severity="high")
    other = make_complaint(by=mgr2)
    friday.shift(dt.timedelta(minutes=20))
    client = signed_in(mgr1)
    rows = client.get("/feedback/complaints/").context["rows"]
    assert rows == [high, low]
    assert client.get("/feedback/complaints/?show=late").context["rows"] == [high]
    assert client.get("/feedback/complaints/?show=escalated").context["rows"] == []
    assert client.get("/feedback/complaints/?show=all").context["rows"] == [high, low]
    assert signed_in(mgr2).get("/feedback/complaints/?show=nonsense").context["rows"] == [other]


@pytest.mark.venue_zone
def test_tonights_card_says_until_when_and_is_empty_while_nothing_changes(mgr1, mgr2, signed_in, friday):
    make_complaint(by=mgr1, customer=make_customer(name="赵伟")), make_complaint(by=mgr2)
    client = signed_in(mgr1)
    answer = client.get("/feedback/complaints/mine/", **HX)
    card = answer.content.decode()
    assert "Answer by 20:30" in card and "30 min left" in card and card.count("<li") == 1
    seen = mark_of(answer)
    assert client.get(f"/feedback/complaints/mine/?seen={seen}", **HX).status_code == 204
    friday.shift(dt.timedelta(minutes=35))
    late = signed_in(mgr1).get(f"/feedback/complaints/mine/?seen={seen}", **HX).content.decode()
    assert "5 min late" in late and "is-bad" in late
    assert "feedback/complaints/mine/" in signed_in(mgr1).get("/tonight/").content.decode()


def test_a_guests_card_tells_others_that_one_is_open_and_no_more(mgr1, mgr2, signed_in):
    guest = make_customer(owner=mgr1)
    other = make_customer()
    make_complaint(by=mgr1, customer=other, words="账单不对", category="bill")
    merge_customers(kept=guest.pk, merged=other.pk, by=mgr1)
    url = f"/feedback/guests/{guest.pk}/complaints/"
    assert "Price and bill" in signed_in(mgr1).get(url).content.decode()
    said = signed_in(mgr2).get(url).content.decode()
    assert "A complaint is open, with Mgr1" in said.replace("林静", "Mgr1")
    assert "Price and bill" not in said and "/complaints/" + str(Complaint.objects.get().pk) not in said


def test_a_partys_card_has_the_button_with_the_party(mgr1, signed_in):
    party = make_party(by=mgr1, room=make_room(), now=EVENING)
    assert (
        f"{NEW}?party={party.pk}" in signed_in(mgr1).get(f"/feedback/parties/{party.pk}/complaints/").content.decode()
    )


def test_a_lists_marks_come_in_one_request_each_into_its_place(mgr1, mgr2, signed_in, django_assert_max_num_queries):
    first, second, settled, merged = (make_customer() for _ in range(4))
    make_complaint(by=mgr1, customer=first)
    make_complaint(by=mgr1, customer=merged)
    merge_customers(kept=second.pk, merged=merged.pk, by=mgr1)
    complaints.solve(complaint=make_complaint(by=mgr1, customer=settled), by=mgr1, words="…")
    keys = f"{first.pk},{second.pk},{settled.pk},x,{'9' * 40}"
    client = signed_in(mgr2)
    with django_assert_max_num_queries(7):  # five are the session's
        page = client.get(f"/feedback/badges/?guests={keys}").content.decode()
    assert sorted(map(int, re.findall(r'id="marks-(\d+)" hx-swap-oob', page))) == sorted([first.pk, second.pk])
    listed = client.get("/customers/").content.decode()
    assert f'id="marks-{first.pk}"' in listed and "/feedback/badges/?guests=" in listed


# --- operations --------------------------------------------------------------------------------------------------------


def test_operations_find_decide_and_set_limits_in_the_admin(mgr1, ops, signed_in):
    mine = make_complaint(by=mgr1, severity="critical", room=make_room("888"))
    asked = Compensation(complaint=mine, kind="refund", value=Decimal(500), reason="等太久")
    ask_compensation(compensation=asked, by=mgr1)
    client = signed_in(ops)
    for stands in ("open", "escalated", "late", "settled"):
        assert client.get(f"/admin/feedback/complaint/?stands={stands}").status_code == 200
    page = client.get(f"/admin/feedback/complaint/?stands=escalated&room__id__exact={mine.room_id}").content.decode()
    assert f"#{mine.pk}" in page and "888" in page
    assert client.get(f"/admin/feedback/complaint/{mine.pk}/change/")["Location"] == url_of(mine)
    home = client.get("/admin/").content.decode()
    assert "1 compensation waits for a decision" in home
    act = {"action": "approve", "_selected_action": [asked.pk]}
    client.post("/admin/feedback/compensation/", act)
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by) == ("approved", ops)
    answer = client.post("/admin/feedback/compensation/", act, follow=True).content.decode()
    assert "is approved already" in answer
    assert client.get("/admin/feedback/complaintlimit/").status_code == 200
    assert client.get("/admin/feedback/compensationlimit/").status_code == 200
    assert client.get("/admin/feedback/escalation/").status_code == 200


def test_figures_say_who_was_in_time_what_came_back_and_what_it_cost(mgr1, ops, signed_in, friday):
    room = make_room("888")
    for n in range(3):
        mine = make_complaint(by=mgr1, category="equipment", room=room)
        if n:
            complaints.solve(complaint=mine, by=mgr1, words="…")
    complaints.close(complaint=mine, by=mgr1, root_cause="equipment")
    client = signed_in(ops)
    context = client.get("/feedback/complaints/figures/").context
    (time,) = context["timeliness"]
    assert (time.username, time.month, time.opened, time.solved) == ("mgr1", "2026-11", 3, "0.6667")
    assert [(one.what, one.now, one.before) for one in context["again"]] == [("room 888: Sound and equipment", 3, 0)]
    assert [(one.what, one.now) for one in context["causes"]] == [("Equipment or upkeep", 1)]
    friday.shift(dt.timedelta(days=28))
    client = signed_in(ops)
    again = client.get("/feedback/complaints/figures/").context["categories"]
    assert [(one.now, one.before) for one in again] == [(0, 3)]
    assert nights.month_of(nights.tonight()) == "2026-12"
    assert "66.67 %" in client.get("/feedback/complaints/figures/?days=91").content.decode()


@pytest.mark.venue_zone
def test_signing_keeps_that_nights_open_complaints_alone_and_shows_them_in_the_readers_language(
    mgr1, ops, signed_in, friday
):
    old = make_complaint(by=mgr1, room=make_room("601"))
    friday.move_to(dt.datetime(2026, 11, 28, 17, 10, tzinfo=dt.UTC))  # 01:10 in the night of the 28th
    mine = make_complaint(by=mgr1, room=make_room("888"))
    client = signed_in(mgr1)
    assert client.post("/floor/wrap-up/sign/", {"night": "2026-11-28"}).status_code == 302
    page = client.get("/floor/wrap-up/").content.decode()
    assert f"Complaint {mine.pk} from room 888 is open: Service, since 01:10." in page
    assert f"Complaint {old.pk}" not in page
    User.objects.filter(pk=ops.pk).update(language="zh-hans")
    page = signed_in(ops).get("/floor/night/2026-11-28/").content.decode()
    assert f"888 包厢的投诉 {mine.pk} 未了结：服务" in page and f"的投诉 {old.pk} " not in page


@pytest.mark.venue_zone
def test_the_wrap_up_names_what_is_open_and_the_board_of_the_night_counts(mgr1):
    mine = make_complaint(by=mgr1, room=make_room("888"))
    said = [one.text for one in registry.missing(mgr1, nights.tonight())]
    assert f"Complaint {mine.pk} from room 888 is open: Service, since 20:00." in said
    complaints.escalate(complaint=mine, by=mgr1)
    assert not any(
        str(mine.pk) in one.text for one in registry.missing(mgr1, nights.tonight()) if "Complaint" in one.text
    )
    headings, board = registry.board(nights.tonight())
    assert "Complaints" in headings and board[mgr1.pk]["Complaints"].text == "1"
