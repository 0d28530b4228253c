"""A name in what was written about others: offered to whoever erases, struck out where ticked, kept as a count."""

import html
import json
import re
from typing import Any

import pytest
from django.test import Client

from customers.models import Customer, Erasure
from customers.personal_data import Event
from customers.tests.dump import dump, where
from customers.tests.factories import change, make_customer
from staff.models import User
from staff.tests.factories import confirmed
from vipdesk import coded, nights

pytestmark = pytest.mark.django_db
NAME = "欧阳青檀"
ASKED = {"identity": "in_person", "is_sure": "on"}
LISTED = ASKED | {"looked": "1"}


@pytest.fixture
def desk(desk_user: User, signed_in: Any) -> Client:
    return confirmed(signed_in(desk_user))


@pytest.fixture
def guest(mgr1: User) -> Customer:
    return make_customer(name=NAME, phone="+8613816552203", owner=mgr1)


@pytest.fixture
def other(mgr1: User) -> Customer:
    return make_customer(name="林小满", owner=mgr1, notes=f"和{NAME}一起来，爱坐窗边")


def url(guest: Customer) -> str:
    return f"/customers/{guest.pk}/erase/"


def form(**more: Any) -> dict[str, Any]:
    return LISTED | {"requested_on": nights.tonight().isoformat()} | more


def listed(answer: Any) -> dict[str, str]:
    """The texts on the page by their keys, the hit in brackets."""
    page = html.unescape(answer.content.decode())
    found = re.findall(r'name="strike"[^>]*value="([^"]+)"([^>]*)>.*?<br>(.*?)</span></label>', page, re.DOTALL)
    assert not any("checked" in more for _key, more, _text in found)
    return {key: text.replace("<mark>", "[").replace("</mark>", "]") for key, _more, text in found}


def test_the_page_opens_without_looking_and_asks_for_the_texts_by_itself(
    desk: Client, guest: Customer, other: Customer
) -> None:
    page = desk.get(url(guest))
    assert not listed(page) and 'hx-get="?texts=1"' in page.content.decode()
    for headers in ({}, {"HX-Request": "true"}):
        answer = desk.get(url(guest), {"texts": "1"}, headers=headers)
        assert listed(answer) == {f"customers.Customer:{other.pk}": f"和[{NAME}]一起来，爱坐窗边"}
        assert ("<html" in answer.content.decode()) == (not headers)


def test_what_is_ticked_loses_the_name_and_keeps_the_rest(
    desk: Client, guest: Customer, other: Customer, mgr1: User
) -> None:
    another = make_customer(name="周子昂", owner=mgr1, notes=f"{NAME}的表弟")
    Customer.objects.filter(pk=other.pk).update(likes_music="粤语歌")

    answer = desk.post(url(guest), form(strike=[f"customers.Customer:{other.pk}"]), follow=True)

    other.refresh_from_db()
    another.refresh_from_db()
    assert (other.notes, another.notes) == ("和—一起来，爱坐窗边", f"{NAME}的表弟")
    assert not Event.objects.filter(pgh_obj=other.pk, notes__contains=NAME).exists()
    part = Erasure.objects.get().proof[-1]
    assert part["removed"]["customers.Customer"] == 1 and part["removed"]["customers.CustomerEvent"] >= 1
    assert NAME not in json.dumps(Erasure.objects.get().proof, ensure_ascii=False)
    assert NAME not in answer.content.decode() and coded.read(part["part"]) in html.unescape(answer.content.decode())


def test_nothing_is_struck_out_unasked(desk: Client, guest: Customer, other: Customer) -> None:
    desk.post(url(guest), form())
    other.refresh_from_db()
    assert NAME in other.notes and not Erasure.objects.get().proof[-1]["removed"]


def test_nobody_erases_without_having_seen_the_list(desk: Client, guest: Customer, other: Customer) -> None:
    data = ASKED | {"requested_on": nights.tonight().isoformat()}
    answer = desk.post(url(guest), data)
    assert answer.status_code == 422 and "Look through these first" in answer.content.decode()
    assert list(listed(answer)) == [f"customers.Customer:{other.pk}"] and not Erasure.objects.exists()
    assert desk.post(url(guest), data | {"looked": "1"}).status_code == 302


def test_ticks_stay_where_the_form_comes_back(desk: Client, guest: Customer, other: Customer) -> None:
    answer = desk.post(url(guest), form(strike=[f"customers.Customer:{other.pk}"], identity=""))
    assert answer.status_code == 422
    assert re.search(r'name="strike"[^>]*checked', answer.content.decode())


@pytest.mark.parametrize(
    "key",
    ["customers.Customer:{other}", "customers.Customer:999999999", "staff.User:{user}", "nonsense", ":", "a.B:1" * 99],
)
def test_a_key_of_something_else_changes_nothing(
    desk: Client, guest: Customer, mgr1: User, desk_user: User, key: str
) -> None:
    other = make_customer(name="林小满", owner=mgr1, notes="爱坐窗边")
    User.objects.filter(pk=mgr1.pk).update(display_name=NAME)
    keys = [key.format(other=other.pk, user=mgr1.pk)]
    assert desk.post(url(guest), form(strike=keys)).status_code == 302
    other.refresh_from_db()
    mgr1.refresh_from_db()
    assert (other.notes, mgr1.display_name) == ("爱坐窗边", NAME)


def test_an_earlier_state_and_the_reason_of_a_change_are_found_too(
    desk: Client, guest: Customer, other: Customer, mgr1: User
) -> None:
    reasoned = make_customer(name="周子昂", owner=mgr1)
    change(other, mgr1, notes="爱坐窗边")
    change(reasoned, mgr1, notes="爱唱粤语歌", reason=f"{NAME}说的")
    keys = [f"customers.Customer:{row.pk}" for row in (other, reasoned)]

    page = desk.get(url(guest), {"texts": "1"})
    assert listed(page) == {keys[0]: f"和[{NAME}]一起来，爱坐窗边", keys[1]: f"[{NAME}]说的"}
    assert page.content.decode().count("an earlier state") == 2
    desk.post(url(guest), form(strike=keys))
    assert where(dump(), NAME) == []


def test_a_text_is_shown_around_the_name_and_as_text(desk: Client, guest: Customer, mgr1: User) -> None:
    make_customer(owner=mgr1, notes=f"{'远' * 90}<b>{NAME}</b>{'后' * 90}")
    answer = desk.get(url(guest), {"texts": "1"})
    assert list(listed(answer).values()) == [f"…{'远' * 57}<b>[{NAME}]</b>{'后' * 56}…"]
    assert "&lt;b&gt;" in answer.content.decode()


def test_a_latin_name_is_found_whole_whatever_its_capitals(desk: Client, mgr1: User) -> None:
    guest = make_customer(name="Li_Wei", owner=mgr1)
    for notes in ("with LI_WEI tonight", "with Li_Weiming", "with LiXWei"):
        make_customer(owner=mgr1, notes=notes)
    assert list(listed(desk.get(url(guest), {"texts": "1"})).values()) == ["with [LI_WEI] tonight"]


def test_a_surname_alone_is_looked_for_nowhere(desk: Client, mgr1: User) -> None:
    guest = make_customer(name="林", owner=mgr1)
    make_customer(owner=mgr1, notes="林先生的朋友")
    assert not listed(desk.get(url(guest), {"texts": "1"}))
    assert desk.post(url(guest), ASKED | {"requested_on": nights.tonight().isoformat()}).status_code == 302


def test_of_very_many_places_the_first_are_listed_and_it_says_so(
    desk: Client, guest: Customer, mgr1: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vipdesk.mentions.MOST", 3)
    monkeypatch.setattr("customers.views.rights.MOST", 3)
    for _n in range(4):
        make_customer(owner=mgr1, notes=NAME)
    answer = desk.get(url(guest), {"texts": "1"})
    assert len(listed(answer)) == 3 and "The first 3 are listed" in answer.content.decode()
