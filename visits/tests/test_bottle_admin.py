"""Operations and the bottles: what expires this week, what has expired, how long the house keeps them."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from customers.tests.factories import make_customer
from staff.models import User
from visits.bottles import withdraw
from visits.models import BottleValidity
from visits.tests.factories import make_bottle

pytestmark = pytest.mark.django_db
NIGHT = dt.date(2026, 11, 27)  # a Friday
LISTS = ["visits_storedbottle", "visits_bottlewithdrawal", "visits_bottlevalidity"]


@pytest.fixture(autouse=True)
def friday():
    with time_machine.travel(dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC), tick=False):
        yield


@pytest.mark.parametrize("name", LISTS)
def test_operations_open_each_list_in_ten_statements_or_fewer(
    name: str, ops: User, signed_in: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        withdraw(bottle=make_bottle(make_customer()), amount=Decimal("0.5"), party=None, by=ops)
    client = signed_in(ops)
    client.get("/healthz")
    with django_assert_max_num_queries(10):
        assert client.get(reverse(f"admin:{name}_changelist")).status_code == 200


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?due=week", ["MON", "SUN"]),
        ("?due=expired", ["MON", "OLD"]),
        ("?category__exact=wine", ["SUN"]),
    ],
)
def test_operations_narrow_the_bottles(query: str, expected: list[str], ops: User, signed_in: Any) -> None:
    guest = make_customer()
    for name, days in (("OLD", -5), ("MON", -4), ("SUN", 2), ("NEXT", 3)):
        last = NIGHT + dt.timedelta(days=days)
        make_bottle(guest, bottle_no=name, expires_on=last, category="wine" if name == "SUN" else "other")
        make_bottle(guest, bottle_no=f"{name}-EMPTY", expires_on=last, remaining=0)

    answer = signed_in(ops).get(reverse("admin:visits_storedbottle_changelist") + query)

    shown = [bottle.bottle_no for bottle in answer.context["cl"].result_list]
    assert sorted(shown) == expected


def test_operations_follow_a_bottle_to_the_desks_own_page(ops: User, signed_in: Any) -> None:
    bottle = make_bottle(make_customer())
    answer = signed_in(ops).get(reverse("admin:visits_storedbottle_change", args=[bottle.pk]))
    assert answer["Location"] == f"/visits/bottles/{bottle.pk}/"


def test_operations_change_how_long_bottles_are_kept(ops: User, signed_in: Any) -> None:
    rules = list(BottleValidity.objects.all())
    data: dict[str, Any] = {"form-TOTAL_FORMS": len(rules), "form-INITIAL_FORMS": len(rules), "_save": "Save"}
    for n, rule in enumerate(rules):
        data |= {f"form-{n}-id": rule.pk, f"form-{n}-months": "2.5"}
    signed_in(ops).post(reverse("admin:visits_bottlevalidity_changelist"), data)
    assert set(BottleValidity.objects.values_list("months", flat=True)) == {Decimal("2.5")}


def test_nobody_writes_bottles_or_withdrawals_in_the_admin(ops: User, signed_in: Any) -> None:
    client = signed_in(ops)
    for name in LISTS:
        assert client.get(reverse(f"admin:{name}_add")).status_code == 403
