"""Copy, erasure, proof and retention on screen: checked first, said plainly, done once."""

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from django.test import Client

from customers import incoming, merging, numbers, retention
from customers.choices import ImportStatus
from customers.erasing import erase_customer
from customers.models import AccessLog, Customer, CustomerImport, Erasure, ErasureOrder
from customers.tests.factories import make_customer
from staff.models import User
from staff.tests.factories import confirmed
from vipdesk import nights

pytestmark = pytest.mark.django_db
EVENING = dt.datetime.fromisoformat("2026-11-20T22:41+08:00")
ASKED = {"identity": "in_person", "requested_on": "2026-11-20", "is_sure": "on"}
COPY = {"identity": "called_back", "language": "en", "format": "html"}
LIST, RETENTION = "/customers/erasures/", "/customers/retention/"


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


@pytest.fixture
def desk(desk_user: User, signed_in: Any) -> Client:
    return confirmed(signed_in(desk_user))


@pytest.fixture
def guest(mgr1: User) -> Customer:
    return make_customer(name="赵伟", phone="+8613816552203", owner=mgr1, notes="爱麦卡伦", birthday_year=1990)


def long_away(n: int = 1, **facts: Any) -> list[Customer]:
    at = EVENING - dt.timedelta(days=4 * 365)
    return [make_customer(captured_at=at + dt.timedelta(minutes=i // 2), **facts) for i in range(n)]


# --- erasing -------------------------------------------------------------------------------------------------------


def test_aftersales_sees_what_is_held_before_erasing(desk: Client, guest: Customer) -> None:
    page = desk.get(f"/customers/{guest.pk}/erase/").content.decode()
    assert "The record" in page and "Phone numbers" in page
    assert "13816552203" not in page.replace(" ", "")


def test_aftersales_erases_and_gets_the_proof(desk: Client, guest: Customer) -> None:
    proof = desk.post(f"/customers/{guest.pk}/erase/", ASKED, follow=True).content.decode()

    assert "in person, with an identity card" in proof and "林静" in proof
    assert "赵伟" not in proof and "2203" not in proof


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"identity": ""}, "identity"),
        ({"identity": "not_needed"}, "identity"),
        ({"requested_on": ""}, "requested_on"),
        ({"requested_on": "2026-11-21"}, "requested_on"),
        ({"requested_on": "soon"}, "requested_on"),
        ({"is_sure": ""}, "is_sure"),
    ],
)
def test_an_answer_that_is_missing_is_asked_for_at_its_field(
    desk: Client, guest: Customer, typed: dict[str, str], field: str
) -> None:
    answer = desk.post(f"/customers/{guest.pk}/erase/", ASKED | typed)

    assert answer.status_code == 422 and list(answer.context["form"].errors) == [field]
    guest.refresh_from_db()
    assert guest.erased_at is None


@pytest.mark.venue_zone
def test_after_midnight_the_days_own_date_may_be_given(desk: Client, guest: Customer, clock: Any) -> None:
    clock.move_to(dt.datetime.fromisoformat("2026-11-21T00:40+08:00"))
    answer = confirmed(desk).post(f"/customers/{guest.pk}/erase/", ASKED | {"requested_on": "2026-11-21"})
    assert answer.status_code == 302


def test_who_is_erased_leads_to_the_proof_and_who_is_merged_to_who_goes_on(
    desk: Client, guest: Customer, desk_user: User
) -> None:
    merged = make_customer()
    merging.merge_customers(kept=guest.pk, merged=merged.pk, by=desk_user)
    for method in (desk.get, desk.post):
        assert method(f"/customers/{merged.pk}/erase/", ASKED)["Location"] == f"/customers/{guest.pk}/erase/"
    assert not Erasure.objects.exists()

    desk.post(f"/customers/{guest.pk}/erase/", ASKED)

    proof = f"/customers/erasures/{Erasure.objects.get().pk}/"
    for method in (desk.get, desk.post):
        assert method(f"/customers/{guest.pk}/erase/", ASKED)["Location"] == proof
    assert Erasure.objects.count() == 1
    assert desk.get(f"/customers/{merged.pk}/erase/", follow=True).status_code == 200


def test_a_manager_neither_erases_nor_copies(guest: Customer, mgr1: User, signed_in: Any) -> None:
    tablet = signed_in(mgr1)
    assert tablet.post(f"/customers/{guest.pk}/erase/", ASKED).status_code == 403
    assert tablet.post(f"/customers/{guest.pk}/copy/", COPY).status_code == 403
    assert tablet.post(RETENTION, {"pick": guest.pk, "is_sure": "on"}).status_code == 403
    guest.refresh_from_db()
    assert guest.erased_at is None and not AccessLog.objects.exists()


def test_the_office_sees_a_plain_page_where_the_guest_was_and_a_manager_nothing(
    desk: Client, guest: Customer, mgr1: User, signed_in: Any
) -> None:
    desk.post(f"/customers/{guest.pk}/erase/", ASKED)

    page = desk.get(f"/customers/{guest.pk}/").content.decode()

    assert "asked to be forgotten" in page and f"/customers/erasures/{Erasure.objects.get().pk}/" in page
    assert signed_in(mgr1).get(f"/customers/{guest.pk}/").status_code == 404


def test_an_erased_guest_waits_for_nobodys_correction(
    desk: Client, guest: Customer, mgr1: User, signed_in: Any
) -> None:
    Customer.objects.filter(pk=guest.pk).update(intake_status="sent_back", captured_by=mgr1)
    desk.post(f"/customers/{guest.pk}/erase/", ASKED)

    assert list(Customer.objects.sent_back_to(mgr1)) == []
    assert signed_in(mgr1).get(f"/customers/{guest.pk}/edit/").status_code == 404


def test_erasures_are_listed_newest_first(desk: Client, desk_user: User, django_assert_max_num_queries: Any) -> None:
    for gone in long_away(27):
        erase_customer(customer=gone, by=desk_user, cause="retention", identity="not_needed")

    desk.get(LIST)  # the first look of an evening notes in the session when it was
    with django_assert_max_num_queries(4):
        first = desk.get(LIST)
    second = desk.get(LIST, {"before": first.context["older"]})

    assert (len(first.context["rows"]), len(second.context["rows"]), second.context["older"]) == (25, 2, None)
    assert desk.get(LIST, {"before": "nonsense"}).status_code == 200


def test_pages_of_one_guest_cost_few_statements(
    desk: Client, guest: Customer, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(58):  # about three for each of the nineteen parts of the registry
        assert desk.get(f"/customers/{guest.pk}/erase/").status_code == 200
    with django_assert_max_num_queries(5):
        assert desk.get(f"/customers/{guest.pk}/copy/").status_code == 200


# --- the copy ------------------------------------------------------------------------------------------------------


def test_aftersales_hands_a_guest_all_that_is_held(
    desk: Client, guest: Customer, mgr1: User, ops: User, signed_in: Any
) -> None:
    second = numbers.add_number(customer=guest.pk, number="+8615912340001", by=mgr1)
    numbers.release_number(customer=guest.pk, number=second.pk, by=mgr1)
    signed_in(ops).post(f"/customers/{guest.pk}/reveal/")
    Customer.objects.filter(pk=guest.pk).update(home_address="衡山路7号")

    answer = desk.post(f"/customers/{guest.pk}/copy/", COPY)

    page = answer.content.decode()
    assert answer["Content-Disposition"] == f'attachment; filename="guest-{guest.pk}.html"'
    for word in (
        "赵伟",
        "138 1655 2203",
        "159 1234 0001",
        "until",
        "衡山路7号",
        "黄浦区南京东路1号",
        "爱麦卡伦",
        "17 May 1990",
    ):
        assert word in page, word
    assert "周岚" in page and "<script" not in page and "http" not in page


def test_the_copy_is_written_down_before_it_leaves(desk: Client, desk_user: User, guest: Customer) -> None:
    desk.post(f"/customers/{guest.pk}/copy/", COPY)

    written = AccessLog.objects.get()
    assert (written.kind, written.user, written.customer) == ("export", desk_user, guest)
    assert "called_back" in written.detail


@pytest.mark.parametrize(("language", "title"), [("en", "The record"), ("zh-hans", "")])
def test_the_copy_comes_for_machines_too(desk: Client, guest: Customer, language: str, title: str) -> None:
    answer = desk.post(f"/customers/{guest.pk}/copy/", COPY | {"format": "json", "language": language})

    held = json.loads(answer.content)
    assert held["guest"] == guest.pk
    assert title in [section["title"] for section in held["sections"]] or language != "en"
    assert any("赵伟" in value for _what, value in held["sections"][0]["rows"])


@pytest.mark.parametrize("typed", [{"identity": ""}, {"identity": "not_needed"}, {"format": "exe"}, {"language": "fr"}])
def test_without_its_check_nothing_leaves(desk: Client, guest: Customer, typed: dict[str, str]) -> None:
    assert desk.post(f"/customers/{guest.pk}/copy/", COPY | typed).status_code == 422
    assert not AccessLog.objects.exists()


def test_there_is_no_copy_of_who_is_erased(desk: Client, guest: Customer) -> None:
    desk.post(f"/customers/{guest.pk}/erase/", ASKED)
    assert desk.post(f"/customers/{guest.pk}/copy/", COPY).status_code == 404


# --- whom nobody needs any more ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "is_proposed"),
    [
        ({}, True),
        ({"last_seen_night": dt.date(2023, 11, 19)}, True),
        ({"last_seen_night": dt.date(2023, 11, 20)}, False),
        ({"last_seen_night": dt.date(2026, 11, 1)}, False),
        ({"sms_consent": True}, False),
        ({"call_consent": True}, False),
        ({"captured_at": EVENING - dt.timedelta(days=30)}, False),
    ],
)
def test_guests_away_for_three_years_who_agreed_to_nothing_are_proposed(
    desk: Client, facts: dict[str, Any], is_proposed: bool
) -> None:
    [away] = long_away(**facts) if "captured_at" not in facts else [make_customer(**facts)]
    assert (away in desk.get(RETENTION).context["rows"]) is is_proposed


def test_pages_of_the_proposed_follow_each_other(desk: Client, django_assert_max_num_queries: Any) -> None:
    made = {guest.pk for guest in long_away(60)}
    seen: list[int] = []
    after = ""
    desk.get(RETENTION)  # the first look of an evening notes in the session when it was
    for _page in range(3):
        with django_assert_max_num_queries(4):
            context = desk.get(RETENTION, {"after": after}).context
        seen += [row.pk for row in context["rows"]]
        after = context["next"]
    assert sorted(seen) == sorted(made) and not after


def test_those_ticked_go_and_the_others_stay(desk: Client) -> None:
    first, second, third = long_away(3)

    page = desk.post(RETENTION, {"pick": [first.pk, third.pk], "is_sure": "on"}, follow=True)

    assert page.context["rows"] == [second], "nobody is proposed twice"
    assert "2 guests will be erased within minutes." in page.content.decode() and page.context["waiting"] == 2
    assert retention.carry_out() == 2 and not ErasureOrder.objects.exists()
    assert set(Customer.objects.living()) == {second}
    erasure = Erasure.objects.get(customer=first)
    assert (erasure.cause, erasure.identity, erasure.requested_on) == ("retention", "not_needed", None)


def test_who_came_back_meanwhile_stays(desk: Client) -> None:
    away, back = long_away(2)
    Customer.objects.filter(pk=back.pk).update(last_seen_night=nights.tonight())

    page = desk.post(RETENTION, {"pick": [away.pk, back.pk], "is_sure": "on"}, follow=True).content.decode()

    assert "1 guest will be erased within minutes." in page and "1 was left" in page
    assert retention.carry_out() == 1
    assert set(Customer.objects.living()) == {back}


def test_who_comes_back_before_the_worker_gets_to_them_stays(desk: Client) -> None:
    [guest] = long_away(1)
    desk.post(RETENTION, {"pick": [guest.pk], "is_sure": "on"})
    Customer.objects.filter(pk=guest.pk).update(call_consent=True)

    assert retention.carry_out() == 0

    assert guest in Customer.objects.living() and not ErasureOrder.objects.exists()


def test_choosing_a_guest_twice_erases_them_once(desk: Client, desk_user: User) -> None:
    [guest] = long_away(1)
    assert retention.choose([guest.pk], by=desk_user) == (1, 0)
    assert retention.choose([guest.pk], by=desk_user) == (0, 1)
    assert retention.carry_out() == 1 and Erasure.objects.count() == 1


def test_what_cannot_be_done_now_waits_behind_the_others(desk_user: User, clock: time_machine.Traveller) -> None:
    first, second = long_away(2)
    sheet = incoming.upload(data=f"name,phone\nx,{first.phone}\n".encode(), filename="x.csv", by=desk_user)
    coming_in = CustomerImport.objects.filter(pk=sheet.pk)
    coming_in.update(status=ImportStatus.RUNNING)
    retention.choose([first.pk, second.pk], by=desk_user)

    assert retention.carry_out() == 1 and set(Customer.objects.living()) == {first}

    coming_in.delete()
    assert retention.carry_out() == 0, "not at once again"
    clock.shift(retention.AGAIN_AFTER + dt.timedelta(seconds=1))
    assert retention.carry_out() == 1 and not ErasureOrder.objects.exists()


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"is_sure": "on"}, "pick"),
        ({"pick": ["x"], "is_sure": "on"}, "pick"),
        ({"pick": ["1"]}, "is_sure"),
        ({"pick": [str(n) for n in range(1, 102)], "is_sure": "on"}, "pick"),
    ],
)
def test_nobody_goes_without_being_chosen(desk: Client, typed: dict[str, Any], field: str) -> None:
    long_away(2)
    answer = desk.post(RETENTION, typed)
    assert answer.status_code == 422 and field in answer.context["form"].errors
    assert not Erasure.objects.exists()


def test_the_house_decides_how_long(desk: Client, settings: Any) -> None:
    long_away(1)
    settings.RETENTION_MONTHS = 60
    page = desk.get(RETENTION)
    assert page.context["rows"] == [] and "Nobody is kept longer than needed" in page.content.decode()
