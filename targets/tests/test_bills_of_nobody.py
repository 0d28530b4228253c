"""Bills that are nobody's: settled from their list, one by one or many at once, each with rows of its own."""

import datetime as dt
import threading
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client

from staff.models import User
from targets.correcting import CannotGive, give_bill, give_bills
from targets.models import Charge
from targets.tests.bills import make_charge, refund, row, take
from visits.models import Room
from visits.tests.factories import make_room

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 6, 10, 14, tzinfo=dt.UTC)
URL = "/targets/bills/"


@pytest.fixture(autouse=True)
def june(db: None) -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def rooms(db: None) -> tuple[Room, Room]:
    return make_room("601"), make_room("602")


def sixty_three() -> None:
    """63 bills of nobody: on three nights, in two rooms, one with a refund."""
    places = [(f"2026-06-0{5 + n % 3}T21:00:00", "601" if n % 2 else "602") for n in range(63)]
    take(*(row(f"B{n:02}", manager="", paid_at=at, room=room) for n, (at, room) in enumerate(places)))
    take(refund("B00", "-10.00", "R00", paid_at="2026-06-08T21:00:00"))


def given(client: Client, **said: Any) -> Any:
    return client.post(f"{URL}give/", said)


def test_all_that_a_filter_lists_are_given_with_one_reason(mgr1: User, ops: User, signed_in: Any, rooms: Any) -> None:
    sixty_three()
    client = signed_in(ops)
    page = client.get(URL, {"room": rooms[0].pk, "night": "2026-06-05"})
    listed = [bill.bill_no for bill in page.context["bills"]]
    assert listed == [f"B{n:02}" for n in range(63) if n % 2 and n % 3 == 0] and "601" in page.content.decode()

    same = {"room": rooms[0].pk, "night": "2026-06-05", "are_all": "on", "seen": len(listed)}
    assert given(client, **same, to=mgr1.pk).status_code == 422, "without a reason"
    answer = given(client, **same, to=mgr1.pk, reason="全晚由他接待")
    assert answer.status_code == 303
    moved = Charge.objects.filter(entry="moved")
    assert set(moved.values_list("bill_no", flat=True)) == set(listed)
    assert set(moved.values_list("reason", "manager", "entered_by")) == {("全晚由他接待", mgr1.pk, ops.pk)}
    assert Charge.objects.filter(entry="reversal").count() == len(listed)


def test_all_of_them_though_the_page_lists_fifty(mgr1: User, ops: User, signed_in: Any, rooms: Any) -> None:
    sixty_three()
    client = signed_in(ops)
    page = client.get(URL)
    assert page.context["bills_count"] == 63 and len(page.context["bills"]) == 50
    assert given(client, are_all="on", seen=63, to=mgr1.pk, reason="x").status_code == 303
    assert not Charge.objects.unassigned().exists(), "the refund went along"
    assert Charge.objects.filter(manager=mgr1).total() == Charge.objects.total() == 62990
    assert "Every bill is somebody" in client.get(URL).content.decode()


def test_the_ticked_ones_alone(mgr1: User, ops: User, signed_in: Any, rooms: Any) -> None:
    sixty_three()
    keys = list(Charge.objects.filter(bill_no__in=("B03", "B04")).values_list("pk", flat=True))
    client = signed_in(ops)
    assert given(client, to=mgr1.pk, reason="x").status_code == 422
    assert given(client, bills=keys, to=ops.pk, reason="x").status_code == 422, "operations sell nothing"
    assert given(client, bills=keys, to=mgr1.pk, reason="x").status_code == 303
    assert set(Charge.objects.filter(manager=mgr1).values_list("bill_no", flat=True)) == {"B03", "B04"}


def test_none_is_given_where_one_was_settled_meanwhile_or_another_came(
    mgr1: User, mgr2: User, ops: User, signed_in: Any, rooms: Any
) -> None:
    sixty_three()
    client = signed_in(ops)
    keys = list(Charge.objects.filter(bill_no__in=("B03", "B04")).values_list("pk", flat=True))
    give_bill(bill=Charge.objects.get(bill_no="B03"), to=mgr2, by=ops, reason="x")
    answer = given(client, bills=keys, to=mgr1.pk, reason="x")
    assert answer.status_code == 422 and "settled meanwhile" in answer.content.decode()
    with pytest.raises(CannotGive):
        give_bills(bills=keys, to=mgr1, by=ops, reason="x")
    answer = given(client, are_all="on", seen=63, to=mgr1.pk, reason="x")
    assert answer.status_code == 422 and "changed meanwhile" in answer.content.decode()
    assert not Charge.objects.filter(manager=mgr1).exists()


def test_a_bill_that_went_back_to_nobody_is_settled_from_the_list(
    mgr1: User, mgr2: User, ops: User, signed_in: Any
) -> None:
    bill, client = make_charge(mgr1, paid_at="2026-06-05T21:00:00"), signed_in(ops)
    give_bill(bill=bill, to=None, by=ops, reason="x")
    (listed,) = client.get(URL).context["bills"]
    assert listed.pk != bill.pk and f"{URL}{listed.pk}/" in client.get(URL).content.decode()
    page = client.get(f"{URL}{listed.pk}/")
    assert page.status_code == 200 and page.context["first"] == bill and len(page.context["rows"]) == 3
    assert client.post(f"{URL}{listed.pk}/give/", {"to": mgr2.pk, "reason": "x"}).status_code == 303
    give_bill(bill=bill, to=None, by=ops, reason="x")
    (listed,) = client.get(URL).context["bills"]
    assert given(client, bills=[listed.pk], to=mgr2.pk, reason="x").status_code == 303
    assert [one.manager for one in Charge.objects.standing()] == [mgr2]


def test_managers_settle_nothing(mgr1: User, desk_user: User, signed_in: Any) -> None:
    for user in (mgr1, desk_user):
        assert given(signed_in(user), are_all="on", seen=0, to=mgr1.pk, reason="x").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_two_who_settle_the_same_bills_at_once_settle_them_once(
    mgr1: User, mgr2: User, ops: User, furnished: None
) -> None:
    make_room("601")
    take(*(row(f"B{n:02}", manager="") for n in range(10)))
    keys = list(Charge.objects.values_list("pk", flat=True))
    outcomes: list[str] = []

    def settle(to: User) -> None:
        try:
            outcomes.append(str(give_bills(bills=keys, to=to, by=ops, reason="x")))
        except CannotGive as refused:
            outcomes.append(refused.field)
        finally:
            connection.close()

    both = [threading.Thread(target=settle, args=[user]) for user in (mgr1, mgr2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(outcomes) == ["10", "bills"] and Charge.objects.filter(entry="moved").count() == 10
