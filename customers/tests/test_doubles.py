"""Likely doubles: found by what two records of one person share, settled once, never by chance alone."""

import itertools
from typing import Any

import pytest

from customers.doubles import MOST_ALIKE, find_doubles, settle_as_different
from customers.jobs import FIND_DOUBLES
from customers.merging import merge_customers
from customers.models import Customer, PhoneNumber, PossibleDouble
from customers.numbers import add_number
from customers.tests.factories import make_customer
from staff.models import User
from vipdesk import nights

pytestmark = pytest.mark.django_db
BORN = {"birthday_month": 5, "birthday_day": 17}
OTHER_DAY = {"birthday_month": 6, "birthday_day": 2}


_numbers = itertools.count(1)


def guest(**facts: Any) -> Customer:
    """Somebody whose number is like nobody's."""
    n = next(_numbers) % 100
    return make_customer(**({"phone": f"+86130{n:02d}{n:02d}{n:02d}{n:02d}"} | facts))


def found() -> dict[tuple[int, int], list[str]]:
    find_doubles(nights.tonight())
    return {(d.first_id, d.second_id): d.reasons for d in PossibleDouble.objects.filter(state="open")}


@pytest.mark.parametrize(
    ("one", "other", "reasons"),
    [
        # same name and birthday
        ({"name": "王芳"}, {"name": "王芳"}, ["birthday"]),
        ({"name": "Anna Lee"}, {"name": "anna lee"}, ["birthday"]),
        ({"name": "阿里木·买买提"}, {"name": "阿里木•买买提"}, ["birthday"]),
        ({"name": "阿里木·买买提"}, {"name": "阿里木买买提"}, ["birthday"]),
        ({"name": "Nguyễn Thị Ánh"}, {"name": "NGUYEN THI ANH"}, ["birthday"]),
        ({"name": "Łukasz O'Đoe"}, {"name": "lukasz o’doe"}, ["birthday"]),
        ({"name": "𠮷芳"}, {"name": "吉芳"}, None),
        ({"name": "王芳", "birthday_year": 1980}, {"name": "王芳"}, ["birthday"]),
        ({"name": "王芳", "birthday_year": 1980}, {"name": "王芳", "birthday_year": 1981}, None),
        ({"name": "王芳"}, {"name": "王芳", "birthday_calendar": "lunar"}, None),
        ({"name": "王芳"}, {"name": "王芳", **OTHER_DAY}, None),
        ({"name": "王芳"}, {"name": "王方", **OTHER_DAY}, None),
        (
            {"name": "王芳", "birthday_month": None, "birthday_day": None},
            {"name": "王芳", "birthday_month": None, "birthday_day": None},
            None,
        ),
        # numbers one digit apart, and something else alike
        (
            {"name": "王芳", "phone": "+8613816552203"},
            {"name": "汪方", "phone": "+8613816552208", **OTHER_DAY},
            ["digit"],
        ),
        (
            {"name": "王芳", "phone": "+8613816552203"},
            {"name": "汪方", "phone": "+8613716552203", **OTHER_DAY},
            ["digit"],
        ),
        ({"name": "王芳", "phone": "+8613816552203"}, {"name": "李四", "phone": "+8613816952203"}, ["digit"]),
        (
            {"name": "王芳", "phone": "+8613816552203"},
            {"name": "王芳", "phone": "+8613816552204"},
            ["birthday", "digit"],
        ),
        ({"name": "王芳", "phone": "+85291234567"}, {"name": "王芳", "phone": "+85291234568", **OTHER_DAY}, ["digit"]),
        ({"name": "王芳", "phone": "+8613816552203"}, {"name": "李四", "phone": "+8613816552204", **OTHER_DAY}, None),
        ({"name": "王芳", "phone": "+8613816552203"}, {"name": "王芳", "phone": "+8613816552230", **OTHER_DAY}, None),
        ({"name": "王芳", "phone": "+85291234567"}, {"name": "王芳", "phone": "+852912345678", **OTHER_DAY}, None),
        # one member number, differently written
        ({"name": "王芳", "member_no": "V-0012"}, {"name": "李四", "member_no": "v 0012"}, ["member_no"]),
        ({"name": "王芳", "member_no": "0012"}, {"name": "李四", "member_no": "12"}, ["member_no"]),
        ({"name": "王芳", "member_no": "0012"}, {"name": "李四", "member_no": "120"}, None),
        ({"name": "王芳", "member_no": "00"}, {"name": "李四", "member_no": "-"}, None),
    ],
)
def test_desk_is_shown_a_pair_with_its_reasons(one: dict[str, Any], other: dict[str, Any], reasons: Any) -> None:
    first, second = guest(**(BORN | one)), guest(**(BORN | other))
    assert found() == ({(first.pk, second.pk): reasons} if reasons else {})


def test_a_second_number_counts_and_a_released_one_does_not(mgr1: User) -> None:
    first = guest(name="王芳", phone="+8613816552203")
    second = guest(name="汪方", phone="+8613916550000", **OTHER_DAY)
    add_number(customer=second.pk, number="+8613816552205", by=mgr1)
    assert found() == {(first.pk, second.pk): ["digit"]}

    PhoneNumber.objects.filter(number="+8613816552205").update(released_at=nights.shift_end(nights.tonight()))
    assert found() == {}


def test_merged_and_erased_guests_are_nobodys_double(desk_user: User) -> None:
    one, two, three = (guest(name="王芳") for _n in range(3))
    assert len(found()) == 3
    merge_customers(kept=one.pk, merged=two.pk, by=desk_user)
    assert list(found()) == [(one.pk, three.pk)]


def test_a_pair_settled_as_different_is_never_shown_again(desk_user: User) -> None:
    guest(name="王芳", phone="+8613816552203"), guest(name="王芳")
    assert len(found()) == 1
    settle_as_different(double=PossibleDouble.objects.get(), by=desk_user)
    Customer.objects.filter(phone="+8613816552203").update(member_no="V-1")
    Customer.objects.exclude(phone="+8613816552203").update(member_no="V1")

    assert found() == {}
    pair = PossibleDouble.objects.get()
    assert (pair.state, pair.reasons, pair.settled_by) == ("different", ["birthday"], desk_user)


def test_a_pair_gains_reasons_and_goes_when_it_has_none_left() -> None:
    one, two = guest(name="王芳", member_no="V-1"), guest(name="王芳", **OTHER_DAY)
    assert found() == {}
    Customer.objects.filter(pk=two.pk).update(member_no="V1")
    assert found() == {(one.pk, two.pk): ["member_no"]}
    at = PossibleDouble.objects.get().found_at
    Customer.objects.filter(pk=two.pk).update(**BORN)
    assert found() == {(one.pk, two.pk): ["birthday", "member_no"]}
    assert PossibleDouble.objects.get().found_at == at

    Customer.objects.filter(pk=two.pk).update(member_no=None, name="李四")
    assert found() == {}


def test_many_alike_are_a_habit_of_writing_and_left_out() -> None:
    for n in range(MOST_ALIKE + 1):
        guest(name="王芳", birthday_month=1, birthday_day=1, birthday_year=1980 + n % 2)
    summary = find_doubles(nights.tonight())
    assert (summary["new"], summary["groups_left_out"]) == (0, 1)


def test_the_job_does_the_same_twice_and_says_what_it_found() -> None:
    guest(name="王芳"), guest(name="王芳")
    assert FIND_DOUBLES.run(nights.tonight()) == {"new": 1, "changed": 0, "gone": 0, "groups_left_out": 0}
    assert FIND_DOUBLES.run(nights.tonight()) == {"new": 0, "changed": 0, "gone": 0, "groups_left_out": 0}
    assert FIND_DOUBLES.due(nights.tonight()) is not None
