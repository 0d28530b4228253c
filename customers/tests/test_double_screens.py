"""The office looks at pairs, merges, keeps apart, undoes; managers do not; no full number or address is shown."""

from typing import Any

import pytest
from django.test import Client

from customers.comparing import apart, masked
from customers.doubles import find_doubles
from customers.erasing import erase_customer
from customers.merging import merge_customers
from customers.models import Customer, Merge, PossibleDouble
from customers.tests.factories import make_customer
from staff.models import User
from vipdesk import nights

pytestmark = pytest.mark.django_db
ADDRESS = "徐汇区漕溪北路18号"


@pytest.fixture
def desk(desk_user: User, signed_in: Any) -> Client:
    return signed_in(desk_user)


@pytest.fixture
def pair(mgr1: User) -> PossibleDouble:
    make_customer(name="赵伟", phone="+8613816552203", owner=mgr1, home_address=ADDRESS, member_no="V1")
    make_customer(name="赵伟", phone="+8613876552203", home_address="", work_address="南京路2号", notes="爱麦卡伦")
    find_doubles(nights.tonight())
    return PossibleDouble.objects.get()


def url_of(pair: PossibleDouble) -> str:
    return f"/customers/{pair.first_id}/merge/{pair.second_id}/"


def test_desk_finds_the_pair_and_sees_both_with_the_digit_that_differs(desk: Client, pair: PossibleDouble) -> None:
    listed = desk.get("/customers/doubles/").content.decode()
    assert "same name and birthday" in listed and "numbers one digit apart" in listed and url_of(pair) in listed

    page = desk.get(url_of(pair)).content.decode()
    assert "138<mark>1</mark>***2203" in page and "138<mark>7</mark>***2203" in page
    assert "filled from the other" in page and "on file" in page
    for hidden in (ADDRESS, "南京路2号", "爱麦卡伦", "16552203", "1655"):
        assert hidden not in page + listed
    assert f'value="{pair.first_id}" checked' in page  # the more complete one


def test_desk_merges_the_pair_and_undoes_it(desk: Client, pair: PossibleDouble) -> None:
    answer = desk.post(url_of(pair), {"kept": pair.first_id, "reason": "one phone, two nights"})
    assert answer["Location"] == "/customers/doubles/"
    done = Merge.objects.get()
    assert (done.kept_id, done.reason) == (pair.first_id, "one phone, two nights")
    assert "one record now" in desk.get(url_of(pair)).content.decode()
    assert desk.get(f"/customers/{pair.second_id}/")["Location"] == f"/customers/{pair.first_id}/"
    assert "one phone, two nights" in desk.get("/customers/doubles/merged/").content.decode()

    answer = desk.post(f"/customers/doubles/merged/{done.pk}/undo/")
    assert answer["Location"] == f"/customers/{pair.first_id}/merge/{pair.second_id}/"
    assert Customer.objects.living().count() == 2
    answer = desk.post(f"/customers/doubles/merged/{done.pk}/undo/", follow=True)
    assert "undone already" in answer.content.decode()


def test_desk_keeps_two_apart_for_good(desk: Client, pair: PossibleDouble) -> None:
    url = f"/customers/doubles/{pair.pk}/different/"
    assert desk.post(url)["Location"] == "/customers/doubles/"
    find_doubles(nights.tonight())
    assert "Nobody stands here twice" in desk.get("/customers/doubles/").content.decode()
    assert "Two different guests" not in desk.get(url_of(pair)).content.decode()
    assert desk.post(url).status_code == 404


def test_operations_merge_two_they_know_of(ops: User, signed_in: Any, mgr1: User) -> None:
    client = signed_in(ops)
    one, two = make_customer(name="赵伟", owner=mgr1), make_customer(name="赵小伟", phone="+8613816552203")
    url = f"/customers/{one.pk}/merge/"
    assert url in client.get(f"/customers/{one.pk}/").content.decode()

    found = client.post(url, {"q": "2203"}).content.decode()
    assert f"{url}{two.pk}/" in found and "138****2203" in found and f"{url}{one.pk}/" not in found
    assert "Nobody found" in client.post(url, {"q": "钱"}).content.decode()

    answer = client.post(f"{url}{two.pk}/", {"kept": one.pk})
    assert answer["Location"] == f"/customers/{one.pk}/"


@pytest.mark.parametrize("typed", ["", " ", "x" * 10_000, "a\x00b"])
def test_a_search_for_nobody_is_refused_at_the_field(desk: Client, typed: str) -> None:
    answer = desk.post(f"/customers/{make_customer().pk}/merge/", {"q": typed})
    assert answer.status_code == 422 and answer.context["form"].errors["q"]


@pytest.mark.parametrize(
    ("fields", "at"),
    [({}, "kept"), ({"kept": "99999"}, "kept"), ({"kept": "x"}, "kept"), ({"reason": "x" * 201}, "reason")],
)
def test_a_merge_filled_in_wrongly_is_refused_at_the_field(
    desk: Client, pair: PossibleDouble, fields: dict[str, str], at: str
) -> None:
    sent = {"kept": pair.first_id, **fields} if fields else {}
    answer = desk.post(url_of(pair), sent)
    assert answer.status_code == 422 and at in answer.context["form"].errors
    assert not Merge.objects.exists()


def test_merging_with_oneself_the_merged_the_erased_and_nobody_is_answered_plainly(
    desk: Client, desk_user: User
) -> None:
    one, two, three, erased = (make_customer() for _n in range(4))
    merge_customers(kept=two.pk, merged=one.pk, by=desk_user)
    erase_customer(customer=erased, by=desk_user, cause="retention", identity="not_needed")
    for other, words in (
        (three.pk, "with themselves"),
        (one.pk, "merged already"),
        (erased.pk, "erased"),
        (9**9, "not on"),
    ):
        answer = desk.post(f"/customers/{three.pk}/merge/{other}/", {"kept": three.pk})
        assert answer.status_code == 422 and words in answer.content.decode()
        assert "cannot be merged" in desk.get(f"/customers/{three.pk}/merge/{other}/").content.decode()
    assert Merge.objects.count() == 1
    assert desk.get(f"/customers/{one.pk}/merge/").status_code == 404
    assert desk.get("/customers/doubles/?before=x%00").status_code == 400


def test_managers_have_no_part_in_it(pair: PossibleDouble, mgr1: User, signed_in: Any) -> None:
    client = signed_in(mgr1)
    assert client.post(url_of(pair), {"kept": pair.first_id}).status_code == 403
    assert "/merge/" not in client.get(f"/customers/{pair.first_id}/").content.decode()
    assert not Merge.objects.exists()


def test_pairs_come_in_pages_and_few_statements(desk: Client, django_assert_max_num_queries: Any) -> None:
    guests = [make_customer() for _n in range(31)]
    PossibleDouble.objects.bulk_create(
        PossibleDouble(first=guests[0], second=other, reasons=["birthday"]) for other in guests[1:]
    )
    desk.get("/customers/")
    with django_assert_max_num_queries(5):
        first = desk.get("/customers/doubles/")
    second = desk.get(f"/customers/doubles/?before={first.context['older']}")
    keys = [pair.pk for page in (first, second) for pair in page.context["rows"]]
    assert len(keys) == len(set(keys)) == 30 and len(first.context["rows"]) == 25 and second.context["older"] is None


def test_two_records_cost_few_statements(
    desk: Client, pair: PossibleDouble, django_assert_max_num_queries: Any
) -> None:
    desk.get("/customers/")
    with django_assert_max_num_queries(6):
        desk.get(url_of(pair))
    with django_assert_max_num_queries(5):
        desk.get("/customers/doubles/merged/")


@pytest.mark.parametrize(
    ("one", "other", "place", "shown"),
    [
        ("+8613816552203", "+8613876552203", 6, ["138", "1", "***2203"]),
        ("+8613816552203", "+8613816552208", 13, ["138****220", "3", ""]),
        ("+85291234567", "+85291284567", 7, ["+852***", "3", "*567"]),
        ("+8613816552203", "+8613816552230", None, ["138****2203"]),
        ("+8613816552203", "+8613816552203", None, ["138****2203"]),
        ("+85291234567", "+8613816552203", None, ["+852*****567"]),
    ],
)
def test_numbers_stay_masked_but_for_the_digit_that_differs(one: str, other: str, place: Any, shown: Any) -> None:
    assert apart(one, other) == place
    assert [piece.text for piece in masked(one, place)] == shown
