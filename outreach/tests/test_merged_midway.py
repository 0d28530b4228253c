"""A double found in the middle of a story: every screen goes on with the guest who is kept (decision 27)."""

import datetime as dt
import functools
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from customers.merging import merge_customers, undo_merge
from customers.models import Customer, MembershipTier, Merge
from customers.tests.factories import make_customer
from feedback import opt_outs
from feedback.guest_links import Link
from feedback.models import Complaint, Survey
from feedback.tests.complaint_factories import make_complaint
from outreach.building import build_call_list
from outreach.models import Call, Contact
from outreach.my_list import my_list
from outreach.progress import progress_by_manager
from outreach.tests.factories import entry_of, make_guest
from staff.models import User
from visits import seating
from visits.board import board
from visits.models import MissedVisit, Party, PartyGuest, StoredBottle, VisitedGuest
from visits.tests.factories import make_bottle, make_party, make_reservation, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("furnished"), pytest.mark.venue_zone]
SignIn = Callable[[User], Client]
NIGHT = dt.date(2026, 11, 25)  # a Wednesday: a call night
EVENING = dt.datetime.fromisoformat("2026-11-25T20:10+08:00")


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(EVENING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def double(mgr1: User) -> Customer:
    return make_customer(name="周昂", owner=mgr1)


@pytest.fixture
def kept(mgr1: User) -> Customer:
    tier = MembershipTier.objects.filter(is_vip=True).latest("rank")
    return make_customer(name="周子昂", owner=mgr1, tier=tier, dislikes="火龙果")


@pytest.fixture
def merge(double: Customer, kept: Customer, desk_user: User) -> Callable[[], Merge]:
    return functools.partial(merge_customers, kept=kept.pk, merged=double.pk, by=desk_user)


def text_of(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def sent(**fields: Any) -> dict[str, Any]:
    return {"client_id": str(uuid.uuid4()), **fields}


def counts(client: Client) -> tuple[int, int, int]:
    """VIPs visited, VIPs in the house, other members visited: of the board of the night."""
    card = client.get("/visits/first/").context
    return card["visited"], card["vips"], card["others"]


def test_reserved_then_merged_then_seated_is_the_kept_guests_party(
    double: Customer, kept: Customer, merge: Any, mgr1: User, signed_in: SignIn
) -> None:
    room = make_room("888")
    held = make_reservation(by=mgr1, starts_at=EVENING, now=EVENING, room=room, customer=double, guest_name="周昂")
    merge()
    client = signed_in(mgr1)
    assert str(kept.tier) in text_of(client, f"/visits/reservations/{held.pk}/")
    client.post(f"/visits/rooms/{room.pk}/seat/", sent(reservation=held.pk, people="4"))
    party = Party.objects.get()
    assert party.customer_id == kept.pk
    assert counts(client) == (0, 1, 0)


def test_seated_then_merged_the_party_shows_tier_dislikes_and_bottles_of_the_kept_guest(
    double: Customer, kept: Customer, merge: Any, mgr1: User, signed_in: SignIn
) -> None:
    party = make_party(by=mgr1, room=make_room("888"), now=EVENING, customer=double)
    make_bottle(kept, product="山崎18年")
    merge()
    client = signed_in(mgr1)
    page = text_of(client, f"/visits/parties/{party.pk}/")
    assert "周子昂" in page and str(kept.tier) in page and "火龙果" in page and "周昂<" not in page
    assert '<span class="tag">host</span>' in page and "not visited yet" in page
    assert "山崎18年" in text_of(client, f"/visits/parties/{party.pk}/bottles/")
    assert [tile.is_vip for tiles in board(now=EVENING).floors.values() for tile in tiles] == [True]
    assert counts(client) == (0, 1, 0)
    assert "周子昂" in text_of(client, "/visits/mine/parties/") and "周子昂" in text_of(client, "/visits/spending/")


def test_a_visit_form_opened_before_the_merge_is_logged_of_the_kept_guest(
    double: Customer, kept: Customer, merge: Any, mgr1: User, signed_in: SignIn
) -> None:
    party = make_party(by=mgr1, room=make_room("888"), now=EVENING, customer=double)
    client = signed_in(mgr1)
    merge()
    answer = client.post(f"/visits/parties/{party.pk}/visit/", sent(met=[double.pk], due="30"))
    assert answer.status_code == 303
    assert list(VisitedGuest.objects.values_list("customer", flat=True)) == [kept.pk]
    assert counts(client) == (1, 1, 0)
    assert "visited 周子昂" in text_of(client, f"/visits/parties/{party.pk}/")


@pytest.mark.parametrize("url", ["/visits/parties/{party}/visit/", "/visits/new/"])
def test_visited_then_merged_counts_the_kept_guest_as_visited_once(
    url: str, double: Customer, kept: Customer, merge: Any, mgr1: User, signed_in: SignIn
) -> None:
    party = make_party(by=mgr1, room=make_room("888"), now=EVENING, customer=double)
    client, form = signed_in(mgr1), sent(met=[double.pk], due="30", party=party.pk)
    client.post(url.format(party=party.pk), form)
    merge()
    again = client.post(url.format(party=party.pk), form)
    assert again.status_code == 303 and again["Desk-Receipt"] == form["client_id"]
    assert VisitedGuest.objects.count() == 1 and counts(client) == (1, 1, 0)
    assert "visited</span>" in text_of(client, f"/visits/parties/{party.pk}/")


def test_host_and_companion_merged_are_one_vip_and_one_name(
    double: Customer, kept: Customer, merge: Any, mgr1: User, ops: User, signed_in: SignIn
) -> None:
    party = make_party(by=mgr1, room=make_room("888"), now=EVENING, customer=double)
    seating.join_party(party=party, customer=kept, by=mgr1)
    client = signed_in(mgr1)
    client.post(f"/visits/parties/{party.pk}/visit/", sent(met=[double.pk, kept.pk], due="30"))
    merge()
    assert counts(client) == (1, 1, 0)
    page = text_of(client, f"/visits/parties/{party.pk}/")
    assert page.count(f'href="/customers/{kept.pk}/"') == 1 and "visited 周子昂<" in page
    seating.join_party(party=party, customer=kept, by=mgr1)
    assert PartyGuest.objects.count() == 1
    assert "888" not in text_of(signed_in(ops), "/admin/visits/party/?visits=missed&night=all")


def test_missed_then_merged_says_why_and_is_taken_back_by_a_visit(
    double: Customer, kept: Customer, merge: Any, mgr1: User, signed_in: SignIn
) -> None:
    Customer.objects.filter(pk=double.pk).update(tier=kept.tier)
    party = make_party(by=mgr1, room=make_room("888"), now=EVENING, customer=double)
    client = signed_in(mgr1)
    client.post(f"/visits/parties/{party.pk}/missed/", {"customer": double.pk, "reason": "在打电话"})
    merge()
    assert "在打电话" in text_of(client, f"/visits/parties/{party.pk}/")
    client.post(f"/visits/parties/{party.pk}/missed/", {"customer": kept.pk, "reason": "睡着了"})
    assert list(MissedVisit.objects.values_list("reason", flat=True)) == ["睡着了"]
    client.post(f"/visits/parties/{party.pk}/visit/", sent(met=[kept.pk], due="30"))
    assert not MissedVisit.objects.exists() and counts(client) == (1, 1, 0)


def test_other_members_merged_after_both_were_visited_count_once(
    mgr1: User, desk_user: User, signed_in: SignIn
) -> None:
    tier = MembershipTier.objects.filter(is_vip=False).earliest("rank")
    first, second = (make_customer(owner=mgr1, tier=tier) for _n in range(2))
    party = make_party(by=mgr1, room=make_room("888"), now=EVENING, customer=first)
    seating.join_party(party=party, customer=second, by=mgr1)
    client = signed_in(mgr1)
    client.post(f"/visits/parties/{party.pk}/visit/", sent(met=[first.pk, second.pk], due="30"))
    assert counts(client) == (0, 0, 2)
    merge_customers(kept=second.pk, merged=first.pk, by=desk_user)
    assert counts(client) == (0, 0, 1)


def test_a_bottle_form_opened_before_the_merge_stores_the_kept_guests_bottle(
    double: Customer, kept: Customer, merge: Any, mgr1: User, signed_in: SignIn
) -> None:
    client = signed_in(mgr1)
    merge()
    form = sent(bottle_no="K1", product="麦卡伦", category="spirits", amount="1")
    answer = client.post(f"/visits/guests/{double.pk}/bottles/new/", form)
    assert answer.status_code == 303, answer.content.decode()
    assert StoredBottle.objects.get().customer_id == kept.pk


def test_complained_then_merged_the_list_and_the_page_name_one_person(
    double: Customer, kept: Customer, merge: Any, mgr1: User, signed_in: SignIn
) -> None:
    complaint = make_complaint(by=mgr1, customer=double)
    client = signed_in(mgr1)
    merge()
    for url in ("/feedback/complaints/", f"/feedback/complaints/{complaint.pk}/", "/feedback/complaints/mine/"):
        page = text_of(client, url)
        assert "周昂" not in page, url
    assert "周子昂" in text_of(client, f"/feedback/complaints/{complaint.pk}/")
    assert f"/feedback/complaints/{complaint.pk}/" in text_of(client, f"/feedback/guests/{kept.pk}/complaints/")


def test_a_complaint_form_opened_before_the_merge_is_the_kept_guests(
    double: Customer, kept: Customer, merge: Any, mgr1: User, signed_in: SignIn
) -> None:
    party = make_party(by=mgr1, room=make_room("888"), now=EVENING, customer=double)
    client = signed_in(mgr1)
    merge()
    form = {"category": "waiting", "severity": "normal", "channel": "visit"}
    client.post("/feedback/complaints/new/", sent(**form, of="party", party=party.pk, customer=double.pk))
    client.post("/feedback/complaints/new/", sent(**form, guest=double.pk, customer=double.pk))
    client.post("/feedback/complaints/new/", sent(**form, party=party.pk))
    assert list(Complaint.objects.values_list("customer", flat=True)) == [kept.pk] * 3


def test_a_survey_form_opened_before_the_merge_is_answered_by_the_kept_guest(
    double: Customer, kept: Customer, merge: Any, mgr1: User, signed_in: SignIn
) -> None:
    party = make_party(by=mgr1, room=make_room("888"), now=EVENING, customer=double)
    client = signed_in(mgr1)
    merge()
    client.post("/feedback/surveys/new/", sent(party=party.pk, customer=double.pk, overall="4"))
    client.post("/feedback/surveys/new/", sent(customer=double.pk, overall="4"))
    assert list(Survey.objects.values_list("customer", flat=True)) == [kept.pk] * 2


def test_answered_then_merged_the_guest_does_not_answer_for_the_party_again(
    double: Customer, kept: Customer, merge: Any, mgr1: User, signed_in: SignIn
) -> None:
    party = make_party(by=mgr1, room=make_room("888"), now=EVENING, customer=double)
    client = signed_in(mgr1)
    client.post("/feedback/surveys/new/", sent(party=party.pk, customer=double.pk, overall="4"))
    merge()
    again = client.post("/feedback/surveys/new/", sent(party=party.pk, customer=kept.pk, overall="5"))
    assert again.status_code == 422 and "answered for this party already" in again.content.decode()


def test_both_on_call_lists_then_merged_stand_on_one_managers_list(
    mgr1: User, mgr2: User, desk_user: User, signed_in: SignIn
) -> None:
    kept = make_guest(owner=mgr1, name="周子昂", birthday_month=11, birthday_day=26)
    double = make_guest(owner=mgr2, name="周昂", birthday_month=11, birthday_day=26)
    build_call_list(night=NIGHT)
    assert [len(my_list(user, NIGHT).lines) for user in (mgr1, mgr2)] == [1, 1]
    done = merge_customers(kept=kept.pk, merged=double.pk, by=desk_user)
    assert [len(my_list(user, NIGHT).lines) for user in (mgr1, mgr2)] == [1, 0]
    assert "周昂" not in text_of(signed_in(mgr2), "/outreach/calls/")
    assert {key: one.listed for key, one in progress_by_manager(NIGHT).items()} == {mgr1.pk: 1}
    undo_merge(merge=done.pk, by=desk_user)
    assert [len(my_list(user, NIGHT).lines) for user in (mgr1, mgr2)] == [1, 1]


def test_called_as_the_double_then_merged_she_is_not_called_again(
    mgr1: User, mgr2: User, desk_user: User, signed_in: SignIn
) -> None:
    kept = make_guest(owner=mgr1, name="周子昂", birthday_month=11, birthday_day=26)
    double = make_guest(owner=mgr2, name="周昂", birthday_month=11, birthday_day=26)
    build_call_list(night=NIGHT)
    signed_in(mgr2).post(f"/outreach/calls/{entry_of(double, NIGHT).pk}/", sent(outcome="coming", note=""))
    merge_customers(kept=kept.pk, merged=double.pk, by=desk_user)
    assert [len(my_list(user, NIGHT).lines) for user in (mgr1, mgr2)] == [0, 1]
    assert "周子昂" in text_of(signed_in(mgr2), "/outreach/calls/")


def test_a_call_and_a_contact_after_the_merge_are_the_kept_guests(
    mgr1: User, desk_user: User, signed_in: SignIn
) -> None:
    kept = make_guest(owner=mgr1, name="周子昂")
    double = make_guest(owner=mgr1, name="周昂", birthday_month=11, birthday_day=26)
    build_call_list(night=NIGHT)
    client = signed_in(mgr1)
    merge_customers(kept=kept.pk, merged=double.pk, by=desk_user)
    client.post(f"/outreach/calls/{entry_of(double, NIGHT).pk}/", sent(outcome="coming", note=""))
    client.post(f"/outreach/guests/{double.pk}/contacts/new/", sent(channel="wechat", text="生日快乐"))
    assert Call.objects.get().customer_id == Contact.objects.get().customer_id == kept.pk


def test_opted_out_then_merged_the_review_names_the_kept_guest(
    double: Customer, kept: Customer, merge: Any, ops: User, signed_in: SignIn
) -> None:
    link = Link(token="", room=make_room("888"), party=None, until=EVENING)
    opt_outs.take_opt_out(link=link, number=str(double.phone), calls=False)
    merge()
    page = text_of(signed_in(ops), "/feedback/opt-outs/")
    assert "周子昂" in page and "周昂" not in page
