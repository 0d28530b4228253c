"""Numbers that change: several a guest, one main; released ones are free for anybody, and said to have been another's."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from customers import forgetting
from customers.models import Customer, PhoneNumber
from customers.numbers import TheOnlyNumber, add_number, make_main, numbers_of, release_number
from customers.taken import Taken
from customers.tests.factories import capture_data, make_customer
from customers.tests.sheets import counts, csv_sheet, faults, take_in, warned
from customers.tests.test_guests import as_typed
from staff.models import User

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}
A, B, C = "+8613816552203", "+8613816552204", "+8613700000009"


@pytest.fixture
def guest(mgr1: User) -> Customer:
    return make_customer(name="赵伟", phone=A, owner=mgr1)


@pytest.fixture
def tablet(mgr1: User, signed_in: Any) -> Client:
    return signed_in(mgr1)


def living(guest: Customer) -> list[str]:
    found = PhoneNumber.objects.filter(customer=guest, released_at=None)
    return sorted(found.values_list("number", flat=True))


def key(number: str) -> int:
    return PhoneNumber.objects.get(number=number, released_at=None).pk


# --- the rules -----------------------------------------------------------------------------------------------------


def test_manager_adds_a_number_and_the_main_one_stays(guest: Customer, mgr1: User) -> None:
    added = add_number(customer=guest.pk, number=B, by=mgr1)
    guest.refresh_from_db()
    assert (guest.phone, living(guest), added.added_by) == (A, [A, B], mgr1)
    assert add_number(customer=guest.pk, number=B, by=mgr1) == added


def test_after_the_main_number_the_oldest_other_one_is_main(guest: Customer, mgr1: User) -> None:
    for number in (C, B):
        add_number(customer=guest.pk, number=number, by=mgr1)
    make_main(customer=guest.pk, number=key(B), by=mgr1)
    guest.refresh_from_db()
    assert guest.phone == B and [n.number for n in numbers_of(guest)] == [B, A, C]

    release_number(customer=guest.pk, number=key(B), by=mgr1)
    guest.refresh_from_db()
    assert guest.phone == A and living(guest) == sorted([A, C])
    released = numbers_of(guest)[-1]
    assert (released.number, released.released_by) == (B, mgr1)


def test_the_only_number_goes_only_if_one_is_sure_and_a_new_one_is_main(guest: Customer, mgr1: User) -> None:
    with pytest.raises(TheOnlyNumber):
        release_number(customer=guest.pk, number=key(A), by=mgr1)
    release_number(customer=guest.pk, number=key(A), by=mgr1, is_sure=True)
    assert not Customer.objects.filter(phone=A).exists() and living(guest) == []

    add_number(customer=guest.pk, number=A, by=mgr1)
    guest.refresh_from_db()
    assert guest.phone == A
    assert PhoneNumber.objects.filter(number=A, customer=guest).count() == 2  # what was, stays


def test_a_number_of_another_living_guest_is_refused_main_or_not(guest: Customer, mgr1: User) -> None:
    add_number(customer=guest.pk, number=B, by=mgr1)
    other = make_customer()
    for number in (A, B):
        with pytest.raises(Taken) as refused:
            add_number(customer=other.pk, number=number, by=mgr1)
        assert refused.value.customer == guest


def test_merged_guests_and_numbers_of_others_are_nothing_to_change(guest: Customer, mgr1: User) -> None:
    other = make_customer(phone=B)
    for change in (make_main, release_number):
        with pytest.raises(PhoneNumber.DoesNotExist):
            change(customer=guest.pk, number=key(B), by=mgr1)
    Customer.objects.filter(pk=guest.pk).update(phone=None, merged_into=other)
    with pytest.raises(Customer.DoesNotExist):
        add_number(customer=guest.pk, number=C, by=mgr1)


# --- the card ------------------------------------------------------------------------------------------------------


def test_manager_adds_makes_main_and_releases_on_the_guests_page(guest: Customer, tablet: Client) -> None:
    url = f"/customers/{guest.pk}/numbers/"
    assert tablet.post(url, {"phone": "138 1655 2204"}).status_code == 302
    page = tablet.get(f"/customers/{guest.pk}/").content.decode()
    assert "138 1655 2204" in page and "Make main" in page

    answer = tablet.post(f"{url}{key(B)}/main/", **HTMX)
    assert answer.status_code == 200 and answer["HX-Refresh"] == "true"
    guest.refresh_from_db()
    assert guest.phone == B

    answer = tablet.post(f"{url}{key(A)}/release/", **HTMX)
    assert "HX-Refresh" not in answer and "138****2203" in answer.content.decode()
    assert living(guest) == [B]


def test_the_last_number_is_asked_about_once_more(guest: Customer, tablet: Client, ops: User, signed_in: Any) -> None:
    url = f"/customers/{guest.pk}/numbers/{key(A)}/release/"
    answer = tablet.post(url)
    assert answer.status_code == 422 and "the only number" in answer.content.decode()
    assert living(guest) == [A]

    assert tablet.post(url, {"sure": "1"}).status_code == 302
    assert tablet.get(f"/customers/{guest.pk}/").status_code == 200
    assert "no number" in signed_in(ops).get("/customers/").content.decode()
    edit = tablet.get(f"/customers/{guest.pk}/edit/")
    guest.refresh_from_db()
    assert tablet.post(edit.request["PATH_INFO"], as_typed(guest, phone="", notes="x")).status_code == 302
    assert tablet.post(url).status_code == 404


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("1381655", "11 digits"),
        ("", "needed"),
        ("138 1655 2204", "belongs to another"),
        ("1\x00", ""),
        ("9" * 9999, ""),
    ],
)
def test_bad_and_taken_numbers_are_refused_at_the_field(
    guest: Customer, tablet: Client, typed: str, words: str
) -> None:
    make_customer(phone=B, name="钱七")
    for how in ({}, HTMX):
        answer = tablet.post(f"/customers/{guest.pk}/numbers/", {"phone": typed}, **how)
        page = answer.content.decode()
        assert answer.status_code == 422 and words in page
        assert "phone" in answer.context["number_form"].errors
        assert ("钱七" in page and "138****2204" in page) is ("another" in words)
    assert living(guest) == [A]


def test_the_office_sees_the_card_masked(guest: Customer, ops: User, signed_in: Any) -> None:
    page = signed_in(ops).get(f"/customers/{guest.pk}/numbers/").content.decode()
    assert "138****2203" in page and "138 1655 2203" not in page


def test_the_card_costs_few_statements(
    guest: Customer, mgr1: User, tablet: Client, django_assert_max_num_queries: Any
) -> None:
    for number in (B, C):
        add_number(customer=guest.pk, number=number, by=mgr1)
    tablet.get("/customers/")
    with django_assert_max_num_queries(7):
        tablet.get(f"/customers/{guest.pk}/numbers/", **HTMX)


# --- the correction form -------------------------------------------------------------------------------------------


def test_another_number_in_the_correction_form_is_the_new_one_and_the_old_is_released(
    guest: Customer, tablet: Client, mgr1: User
) -> None:
    tablet.post(f"/customers/{guest.pk}/edit/", as_typed(guest, phone=B))
    guest.refresh_from_db()
    assert (guest.phone, living(guest)) == (B, [B])
    assert PhoneNumber.objects.get(number=A).released_by == mgr1
    assert PhoneNumber.objects.get(number=B).added_by == mgr1


def test_one_of_their_own_in_the_correction_form_becomes_main(guest: Customer, tablet: Client, mgr1: User) -> None:
    add_number(customer=guest.pk, number=B, by=mgr1)
    tablet.post(f"/customers/{guest.pk}/edit/", as_typed(guest, phone=B))
    guest.refresh_from_db()
    assert (guest.phone, living(guest)) == (B, [A, B])


def test_a_second_number_of_another_is_refused_in_the_correction_form_and_nothing_is_released(
    guest: Customer, tablet: Client, mgr1: User
) -> None:
    other = make_customer(name="钱七")
    add_number(customer=other.pk, number=B, by=mgr1)
    answer = tablet.post(f"/customers/{guest.pk}/edit/", as_typed(guest, phone=B))
    assert answer.status_code == 422 and "钱七" in answer.content.decode()
    guest.refresh_from_db()
    assert (guest.phone, living(guest)) == (A, [A])


# --- capture -------------------------------------------------------------------------------------------------------


def release_on(guest: Customer, number: str, at: dt.datetime) -> None:
    PhoneNumber.objects.filter(customer=guest, number=number).update(released_at=at)
    Customer.objects.filter(pk=guest.pk).update(phone=None)


def test_capture_of_a_released_number_makes_a_new_guest_and_says_whose_it_was(guest: Customer, tablet: Client) -> None:
    release_on(guest, A, dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC))

    looked = tablet.post("/customers/lookup/", {"phone": A}).content.decode()
    assert "赵*" in looked and "3 Mar" in looked and "赵伟" not in looked

    saved = tablet.post("/customers/new/", capture_data(phone=A, name="孙七"), **HTMX).content.decode()
    new = Customer.objects.get(name="孙七")
    assert "赵*" in saved and "3 Mar" in saved
    assert living(new) == [A] and living(guest) == []
    plain = tablet.get(f"/customers/new/?saved={new.pk}").content.decode()
    assert "赵*" in plain and "guest 3 of 10" in plain

    looked = tablet.post("/customers/lookup/", {"phone": A}).content.decode()
    assert "孙七" in looked and "赵*" not in looked


def test_capture_of_somebodys_second_number_shows_who_has_it(guest: Customer, tablet: Client, mgr1: User) -> None:
    add_number(customer=guest.pk, number=B, by=mgr1)
    assert "赵伟" in tablet.post("/customers/lookup/", {"phone": B}).content.decode()

    answer = tablet.post("/customers/new/", capture_data(phone=B), **HTMX)
    assert answer.status_code == 422 and answer.context["known"] == guest
    assert Customer.objects.count() == 1


def test_who_asked_to_be_forgotten_and_agrees_anew_is_taken_in_as_a_new_guest(tablet: Client) -> None:
    forgetting.forget([A])
    assert "agree anew" in tablet.post("/customers/lookup/", {"phone": A}).content.decode()

    tablet.post("/customers/new/", capture_data(phone=A), **HTMX)

    assert forgetting.forgotten([A]) == set()
    assert "agree anew" not in tablet.post("/customers/lookup/", {"phone": A}).content.decode()


def test_capture_costs_no_statement_more_for_it(
    guest: Customer, tablet: Client, django_assert_max_num_queries: Any
) -> None:
    release_on(guest, A, dt.datetime(2026, 3, 3, tzinfo=dt.UTC))
    tablet.post("/customers/new/", capture_data(), **HTMX)
    with django_assert_max_num_queries(10):  # 8 besides BEGIN and COMMIT
        tablet.post("/customers/new/", capture_data(phone=A), **HTMX)


# --- import --------------------------------------------------------------------------------------------------------

HEADER = "name,phone,birthday,home_address"


def test_a_row_with_a_second_number_updates_that_guest(guest: Customer, mgr1: User) -> None:
    add_number(customer=guest.pk, number=B, by=mgr1)
    report = take_in(csv_sheet(HEADER, ["赵伟", B, "05-17", "新华路1号"]))
    guest.refresh_from_db()
    assert counts(report) == (1, 0, 1, 0, 0)
    assert (guest.phone, guest.home_address, Customer.objects.count()) == (A, "新华路1号", 1)
    assert counts(take_in(csv_sheet(HEADER, ["赵伟", B, "05-17", "新华路1号"]))) == (1, 0, 0, 1, 0)


def test_a_row_with_a_released_number_makes_a_new_guest_with_a_warning(guest: Customer) -> None:
    release_on(guest, A, dt.datetime(2026, 3, 3, tzinfo=dt.UTC))
    for dry_run in (True, False):
        report = take_in(csv_sheet(HEADER, ["孙七", A, "05-17", "新华路1号"]), dry_run=dry_run)
        assert counts(report) == (1, 1, 0, 0, 0) and warned(report, "phone") == [2]
    assert living(Customer.objects.get(name="孙七")) == [A]
    assert warned(take_in(csv_sheet(HEADER, ["孙七", A, "05-17", "新华路1号"])), "phone") == []


def test_two_rows_of_one_guest_by_two_numbers_are_one_row(guest: Customer, mgr1: User) -> None:
    add_number(customer=guest.pk, number=B, by=mgr1)
    same = ["赵伟", A, "05-17", "新华路1号"], ["赵伟", B, "05-17", "新华路1号"]
    assert counts(take_in(csv_sheet(HEADER, *same))) == (2, 0, 1, 1, 0)
    other = ["赵伟", A, "05-17", "新华路2号"], ["赵伟", B, "05-17", "新华路3号"]
    for _again in range(2):
        report = take_in(csv_sheet(HEADER, *other))
        assert faults(report) == [(3, "phone")]
    guest.refresh_from_db()
    assert guest.home_address == "新华路2号"


def test_a_member_number_of_somebody_without_number_stays_theirs(guest: Customer) -> None:
    Customer.objects.filter(pk=guest.pk).update(member_no="V1")
    release_on(guest, A, dt.datetime(2026, 3, 3, tzinfo=dt.UTC))
    report = take_in(csv_sheet("name,phone,member_no", ["孙七", C, "V1"]))
    assert counts(report)[1] == 1 and warned(report, "member_no") == [2]
    guest.refresh_from_db()
    assert guest.member_no == "V1"
