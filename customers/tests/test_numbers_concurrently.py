"""Two tablets at one number, two desks at one pair: one wins, the other is told, nothing is half done."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from customers.merging import CannotMerge, merge_customers, undo_merge
from customers.models import Customer, Merge, PhoneNumber, PrivacyNotice
from customers.numbers import TheOnlyNumber, add_number, release_number
from customers.services import Agreement, capture_customer, update_customer
from customers.taken import Taken
from customers.tests.factories import make_customer
from staff.models import User
from vipdesk.deadlocks import retry_deadlock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("furnished")]
ROUNDS = 10
NEW = "+8613816552203"


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each came to: its result, or the refusal it met."""
    barrier = Barrier(len(works))

    def go(work: Callable[[], Any]) -> Any:
        try:
            barrier.wait()
            return work()
        except (Taken, CannotMerge, TheOnlyNumber) as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(go, works))


def refusals(results: list[Any]) -> list[Any]:
    return [result for result in results if isinstance(result, Exception)]


@pytest.fixture
def pair() -> tuple[Customer, Customer]:
    return make_customer(), make_customer()


def test_two_tablets_add_one_number_and_one_wins(pair: tuple[Customer, Customer], mgr1: User) -> None:
    for n in range(ROUNDS):
        number = f"+86138000000{n:02d}"
        results = at_once(*(partial(add_number, customer=guest.pk, number=number, by=mgr1) for guest in pair))
        assert len(refusals(results)) == 1
        assert PhoneNumber.objects.filter(number=number).count() == 1
        assert refusals(results)[0].customer in pair


def test_a_capture_and_an_added_number_meet_and_one_wins(pair: tuple[Customer, Customer], mgr1: User) -> None:
    agreement = Agreement(notice=PrivacyNotice.objects.in_force(), sms=True, call=True)

    def capture(number: str) -> Customer:
        with transaction.atomic():
            guest = Customer(name="孙七", phone=number)
            return capture_customer(customer=guest, agreement=agreement, by=mgr1, at=timezone.now())

    for n in range(ROUNDS):
        number = f"+86138000000{n:02d}"
        results = at_once(
            partial(capture, number),
            partial(add_number, customer=pair[0].pk, number=number, by=mgr1),
        )
        assert len(refusals(results)) == 1
        assert PhoneNumber.objects.filter(number=number, released_at=None).count() == 1


def test_a_capture_and_a_correction_to_one_number_meet_and_neither_waits_for_ever(
    pair: tuple[Customer, Customer], mgr1: User
) -> None:
    """Both write the guest's row first and the number next: no deadlock has to be tried again."""
    agreement = Agreement(notice=PrivacyNotice.objects.in_force(), sms=True, call=True)
    update_once = update_customer.__wrapped__  # type: ignore[attr-defined]  # without the second try

    def capture(number: str) -> Customer:
        with transaction.atomic():
            guest = Customer(name="孙七", phone=number)
            return capture_customer(customer=guest, agreement=agreement, by=mgr1, at=timezone.now())

    def correct(number: str) -> Customer:
        guest = Customer.objects.get(pk=pair[0].pk)
        guest.phone = number
        return update_once(customer=guest, changed=["phone"], seen=guest.updated_at, by=mgr1)

    for n in range(3 * ROUNDS):
        number = f"+861380000{n:04d}"
        results = at_once(partial(capture, number), partial(correct, number))
        assert len(refusals(results)) == 1
        assert PhoneNumber.objects.filter(number=number, released_at=None).count() == 1
        assert Customer.objects.filter(phone=number).count() == 1


def test_a_deadlock_is_tried_again_once(pair: tuple[Customer, Customer]) -> None:
    """Two who lock two guests crosswise: the database ends one, which goes again after the other."""
    both_hold = Barrier(2)

    def lock(first: int, second: int) -> str:
        @retry_deadlock
        def work() -> str:
            tries.append(first)
            with transaction.atomic():
                Customer.objects.select_for_update().get(pk=first)
                if tries.count(first) == 1:
                    both_hold.wait(10)
                Customer.objects.select_for_update().get(pk=second)
            return "done"

        return work()

    tries: list[int] = []
    one, two = (guest.pk for guest in pair)
    assert at_once(partial(lock, one, two), partial(lock, two, one)) == ["done", "done"]
    assert len(tries) == 3


def test_two_people_release_a_guests_two_numbers_and_one_number_stays(
    pair: tuple[Customer, Customer], mgr1: User
) -> None:
    guest = pair[0]
    add_number(customer=guest.pk, number=NEW, by=mgr1)
    keys = list(PhoneNumber.objects.filter(customer=guest).values_list("pk", flat=True))
    results = at_once(*(partial(release_number, customer=guest.pk, number=key, by=mgr1) for key in keys))
    guest.refresh_from_db()
    assert [type(refused) for refused in refusals(results)] == [TheOnlyNumber]
    assert guest.phone == PhoneNumber.objects.get(customer=guest, released_at=None).number


def test_two_desks_merge_a_pair_crosswise_and_no_circle_comes_of_it(
    pair: tuple[Customer, Customer], desk_user: User
) -> None:
    one, two = (guest.pk for guest in pair)
    for _n in range(ROUNDS):
        results = at_once(
            partial(merge_customers, kept=one, merged=two, by=desk_user),
            partial(merge_customers, kept=two, merged=one, by=desk_user),
        )
        assert len(refusals(results)) == 1 and Customer.objects.living().count() == 1
        done = Merge.objects.get(undone_at=None)

        results = at_once(*[partial(undo_merge, merge=done.pk, by=desk_user)] * 2)
        assert len(refusals(results)) == 1 and Customer.objects.living().count() == 2
        assert all(guest.numbers.filter(released_at=None).count() == 1 for guest in pair)
