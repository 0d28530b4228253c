"""Masked numbers cannot be rebuilt: by number one finds a guest by the whole or by what the mask shows, so many times."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers import leaks, phones
from customers.models import AccessLog, Customer, LeakAlert, Looks, LookTally
from customers.tests.factories import capture_data, make_customer
from staff.models import User
from vipdesk import alerts, jobs
from vipdesk.tests.sealed import entry, message
from visits.tests.factories import make_bottle, make_party, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ordinary_evening")]
SignIn = Callable[[User], Client]
NUMBER = "13816552203"
NAME = "欧阳修远"


def parts() -> Iterator[str]:
    """Every part of the number, from three digits on, but the four that the mask shows; with what may stand before."""
    for start in range(len(NUMBER)):
        for end in range(start + 3, len(NUMBER) + 1):
            part = NUMBER[start:end]
            if part not in (NUMBER, NUMBER[-4:]):
                yield part
    for end in range(3, len(NUMBER)):
        yield from (f"+86{NUMBER[:end]}", f"0086{NUMBER[:end]}", f"86{NUMBER[:end]}", f"0{NUMBER[:end]}")


@pytest.fixture
def guest(mgr1: User) -> Customer:
    return make_customer(name=NAME, phone=f"+86{NUMBER}", owner=mgr1)


def searched(client: Client, typed: str) -> bool:
    return NAME in client.post("/customers/", {"q": typed}, HTTP_HX_REQUEST="true").content.decode()


def asked(user: User) -> int:
    return sum(LookTally.objects.filter(user=user, kind=Looks.LOOKUP).values_list("count", flat=True))


@pytest.mark.parametrize("who", ["mgr2", "desk_user", "ops"])
def test_no_part_of_a_masked_number_finds_its_guest(
    who: str, guest: Customer, signed_in: SignIn, request: pytest.FixtureRequest
) -> None:
    reader = signed_in(request.getfixturevalue(who))
    assert [part for part in parts() if searched(reader, part)] == []
    assert [part for part in parts() if searched(reader, f"欧阳 {part}")] == []
    assert all(searched(reader, typed) for typed in (NUMBER, "2203", f"+86 {NUMBER}", "欧阳 2203"))


def test_the_other_boxes_find_by_no_part_either(
    guest: Customer, mgr2: User, desk_user: User, signed_in: SignIn
) -> None:
    make_bottle(guest, bottle_no="B-1")
    other = make_customer(name="王芳", phone="+8613900001111")
    floor, desk = signed_in(mgr2), signed_in(desk_user)

    def in_bottles(typed: str) -> bool:
        return NAME in floor.post("/visits/bottles/", {"q": typed}).content.decode()

    def among_doubles(typed: str) -> bool:
        return NAME in desk.post(f"/customers/{other.pk}/merge/", {"q": typed}).content.decode()

    def looked_up(typed: str) -> bool:
        urls = ("/customers/lookup/", "/visits/reservations/lookup/")
        return any(NAME in floor.post(url, {"phone": typed}).content.decode() for url in urls)

    for finds in (in_bottles, among_doubles, looked_up):
        assert [part for part in parts() if finds(part)] == [], finds
        assert finds(NUMBER), finds


def test_managers_find_their_own_guests_by_more_digits_of_the_number_they_see(
    guest: Customer, mgr1: User, signed_in: SignIn
) -> None:
    owner = signed_in(mgr1)
    assert all(searched(owner, typed) for typed in ("16552203", "52203", "1381655", "+861381655"))
    assert not searched(owner, "138") and not searched(owner, "1655")
    assert asked(mgr1) == 1  # "1655" alone could have been another's shown digits


def test_whoever_types_a_part_is_told_what_finds(guest: Customer, mgr2: User, signed_in: SignIn) -> None:
    page = signed_in(mgr2).post("/customers/", {"q": "16552203"}, HTTP_HX_REQUEST="true").content.decode()
    assert "the whole number, or by its last four digits" in page


# --- counted ---------------------------------------------------------------------------------------------------------


def test_every_way_to_ask_whose_a_number_is_counts(guest: Customer, mgr2: User, signed_in: SignIn) -> None:
    floor, mine = signed_in(mgr2), make_customer(name="王芳", phone="+8613900001111", owner=mgr2)
    party = make_party(room=make_room(), by=mgr2, now=timezone.now())
    forms: list[tuple[str, dict[str, Any]]] = [
        ("/customers/", {"q": NUMBER}),
        ("/customers/", {"q": "2203", "after": "9999999999999999-1"}),
        ("/visits/bottles/", {"q": "2203"}),
        ("/customers/lookup/", {"phone": NUMBER}),
        ("/visits/reservations/lookup/", {"phone": NUMBER}),
        ("/visits/reservations/new/", {"phone": NUMBER}),
        (f"/visits/parties/{party.pk}/join/", {"phone": NUMBER}),
        ("/customers/prospects/new/", {"phone": NUMBER, "lead": "other", "where": "x", "call_consent": "on"}),
        (f"/customers/{mine.pk}/numbers/", {"phone": NUMBER}),
        ("/customers/new/", capture_data(phone=NUMBER)),
    ]
    for number, (url, data) in enumerate(forms, start=1):
        floor.post(url, data)
        assert asked(mgr2) == number, url
    facts = {"name": "王芳", "phone": NUMBER, "birthday_calendar": "solar", "birthday_month": 5, "birthday_day": 17}
    version = Customer.objects.get(pk=mine.pk).updated_at.isoformat()
    answer = floor.post(f"/customers/{mine.pk}/edit/", facts | {"home_address": "南京路1号", "version": version})
    assert answer.status_code == 422 and asked(mgr2) == len(forms) + 1


def test_form_kept_without_a_network_counts_where_its_number_is_on_file(
    guest: Customer, mgr2: User, signed_in: SignIn
) -> None:
    typed = [entry("mgr2", "capture", capture_data(phone=number)) for number in (NUMBER, "13912345678")]
    answer = signed_in(mgr2).post("/offline/entries/", message(*typed), content_type="application/json")
    assert answer.status_code == 200 and Customer.objects.count() == 2
    assert asked(mgr2) == 1


def test_searching_by_name_counts_nothing(guest: Customer, mgr2: User, signed_in: SignIn) -> None:
    for typed in ("", "欧阳", "ouyang", "V-1234", "138", "16552203"):
        searched(signed_in(mgr2), typed)
    assert asked(mgr2) == 0


def test_beyond_the_nights_limit_no_number_is_looked_for_and_names_still_are(
    guest: Customer, mgr2: User, signed_in: SignIn, settings: Any
) -> None:
    settings.LOOKUPS_A_NIGHT = 3
    floor = signed_in(mgr2)
    assert all(searched(floor, NUMBER) for _time in range(3))
    assert not searched(floor, NUMBER) and not searched(floor, "2203") and searched(floor, "欧阳")
    told = floor.post("/customers/", {"q": NUMBER}).content.decode()
    assert "very many numbers tonight" in told
    for url in ("/customers/lookup/", "/visits/reservations/lookup/"):
        answer = floor.post(url, {"phone": NUMBER}).content.decode()
        assert NAME not in answer and "very many numbers" in answer
    refused = floor.post("/visits/reservations/new/", {"phone": NUMBER})
    assert refused.status_code == 422 and "very many numbers" in refused.content.decode()
    assert "very many numbers" in floor.post("/visits/bottles/", {"q": "2203"}).content.decode()
    mine = make_customer(name="王芳", phone="+8613900001111", owner=mgr2)
    assert "very many numbers" in floor.post(f"/customers/{mine.pk}/numbers/", {"phone": NUMBER}).content.decode()


def test_capture_goes_on_beyond_the_limit(mgr2: User, signed_in: SignIn, settings: Any) -> None:
    settings.LOOKUPS_A_NIGHT = 0
    assert signed_in(mgr2).post("/customers/new/", capture_data(phone="13912345678")).status_code in (200, 303)
    assert Customer.objects.filter(phone="+8613912345678").exists()


def test_operations_are_told_of_who_looks_for_very_many(
    guest: Customer, mgr2: User, signed_in: SignIn, settings: Any
) -> None:
    settings.LEAK_FLOORS = settings.LEAK_FLOORS | {"lookup": 5}
    jobs.tick()
    for _time in range(6):
        searched(signed_in(mgr2), NUMBER)
    leaks.sweep()
    raised = LeakAlert.objects.get()
    assert (raised.kind, raised.seen) == ("lookup", 6)
    assert any("numbers looked for 6" in alert.text for alert in alerts.current())


@pytest.mark.parametrize("who", ["desk_user", "ops"])
def test_search_of_the_office_by_number_leaves_a_row_without_the_number(
    who: str, guest: Customer, signed_in: SignIn, request: pytest.FixtureRequest
) -> None:
    user = request.getfixturevalue(who)
    office = signed_in(user)
    searched(office, "欧阳")
    assert not AccessLog.objects.exists()
    searched(office, NUMBER)
    searched(office, "2203")
    office.post(f"/customers/{make_customer(name='王芳').pk}/merge/", {"q": NUMBER})
    office.post("/visits/bottles/", {"q": NUMBER})
    rows = AccessLog.objects.filter(user=user, kind="search").order_by("pk")
    assert [(row.customer, row.detail) for row in rows] == [
        (guest, "list: whole number"),
        (None, "list: last four digits"),
        (guest, "doubles: whole number"),
        (guest, "bottles: whole number"),
    ]


def test_search_of_a_manager_leaves_no_row(guest: Customer, mgr2: User, signed_in: SignIn) -> None:
    searched(signed_in(mgr2), NUMBER)
    assert not AccessLog.objects.exists()


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("13816552203", ["+8613816552203"]),
        ("1381655220", []),
        ("91234567", ["+85291234567", "+6591234567"]),
        ("9123456", []),
        ("0085291234567", ["+85291234567"]),
        ("00", []),
        ("", []),
        ("0000", []),
    ],
)
def test_digits_are_a_whole_number_or_none(typed: str, whole: list[str]) -> None:
    assert phones.whole_numbers(typed) == whole


@pytest.mark.parametrize("prefix", ["86138", "8613816", "861381655220"])
def test_prefix_before_a_part_makes_no_whole_number(prefix: str) -> None:
    assert phones.whole_numbers(prefix, has_prefix=True) == []
