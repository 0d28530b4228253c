"""Wrong passwords: a few at one door lock it for a while, many over all doors lock the account, a tablet is its own door."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from staff import passwords
from staff.models import User
from staff.tests.factories import PASSWORD, make_tablet
from vipdesk import alerts, jobs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("furnished")]
EVENING = dt.datetime(2026, 11, 24, 13, tzinfo=dt.UTC)
LOCKED = 429


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(EVENING, tick=False) as traveller:
        yield traveller


def attempt(user: User, password: str, *, address: str = "10.0.0.9", browser: Client | None = None) -> int:
    data = {"username": user.username, "password": password}
    return (browser or Client()).post("/login/", data, REMOTE_ADDR=address).status_code


def addresses(count: int) -> Iterator[str]:
    return (f"203.0.113.{n}" for n in range(1, count + 1))


# --- slowly, over all addresses --------------------------------------------------------------------------------------


def test_account_guessed_from_many_addresses_takes_no_password_any_more(mgr1: User, mgr2: User, settings: Any) -> None:
    settings.LOGIN_FAILURES_A_DAY = 8
    codes = [attempt(mgr1, f"guess {n}", address=address) for n, address in enumerate(addresses(12))]
    assert codes == [200] * 8 + [LOCKED] * 4
    assert attempt(mgr1, PASSWORD, address="198.51.100.7") == LOCKED
    assert attempt(mgr2, PASSWORD, address="203.0.113.1") == 302


def test_guessing_slowly_is_counted_though_the_fast_count_forgets_and_the_owner_signs_in_between(
    mgr1: User, settings: Any, clock: time_machine.Traveller
) -> None:
    settings.LOGIN_FAILURES_A_DAY = 8
    for n in range(8):
        assert attempt(mgr1, f"guess {n}") == 200
        if n < 7:
            assert attempt(mgr1, PASSWORD, address="10.0.0.1") == 302
        clock.shift(dt.timedelta(minutes=20))
    assert attempt(mgr1, PASSWORD) == LOCKED
    clock.shift(dt.timedelta(hours=22))
    assert attempt(mgr1, PASSWORD) == 302


def test_screen_says_who_helps_and_operations_are_alerted(mgr1: User, ops: User, settings: Any) -> None:
    settings.LOGIN_FAILURES_A_DAY = 3
    jobs.tick()
    assert not any("wrong passwords" in alert.text for alert in alerts.current())
    for address in addresses(3):
        attempt(mgr1, "guess", address=address)
    for address in addresses(3):
        Client().post("/login/", {"username": "nobody-here", "password": "guess"}, REMOTE_ADDR=address)
    (told,) = (alert for alert in alerts.current() if "wrong passwords" in alert.text)
    assert told.text.startswith("3 wrong passwords for mgr1 within a day, from 3 addresses") and told.is_mailed
    page = Client().post("/login/", {"username": "mgr1", "password": "x"}, REMOTE_ADDR="10.0.0.3").content.decode()
    assert "can give you a new one" in page and "very many wrong passwords" in page


def test_new_password_given_by_operations_opens_the_account_at_once(mgr1: User, settings: Any) -> None:
    settings.LOGIN_FAILURES_A_DAY = 3
    for address in addresses(3):
        attempt(mgr1, "guess", address=address)
    given = passwords.give_password(mgr1)
    assert attempt(mgr1, given, address="10.0.0.2") == 302


# --- a tablet is a door of its own -----------------------------------------------------------------------------------


def test_enrolled_tablet_is_not_shut_out_by_mistakes_of_others_at_its_address(
    mgr1: User, ops: User, settings: Any
) -> None:
    settings.LOGIN_FAILURES_A_DAY = 8
    _tablet, browser = make_tablet(by=ops)
    for n in range(12):
        attempt(mgr1, f"guess {n}")  # at the house's own address, where the tablet stands too
    for address in addresses(10):
        attempt(mgr1, "guess", address=address)
    assert attempt(mgr1, PASSWORD) == LOCKED
    assert attempt(mgr1, PASSWORD, browser=browser) == 302


def test_mistakes_on_a_tablet_lock_that_tablet_alone_fast_and_slowly(
    mgr1: User, ops: User, settings: Any, clock: time_machine.Traveller
) -> None:
    settings.LOGIN_FAILURES_A_DAY = 8
    _one, browser = make_tablet(by=ops)
    _two, another = make_tablet("Hall 2", by=ops)
    codes = [attempt(mgr1, f"guess {n}", browser=browser) for n in range(7)]
    assert codes == [200] * 4 + [LOCKED] * 3
    assert attempt(mgr1, PASSWORD, browser=another) == 302
    another.post("/logout/")
    clock.shift(dt.timedelta(minutes=20))
    for n in range(4):
        attempt(mgr1, f"more {n}", browser=browser)  # each fifth locks at once, and is none of the slow count
    clock.shift(dt.timedelta(minutes=20))
    assert attempt(mgr1, PASSWORD, browser=browser) == LOCKED
    assert attempt(mgr1, PASSWORD, browser=another) == 302


def test_cookie_that_is_no_tablets_makes_no_door(mgr1: User) -> None:
    for n in range(5):
        browser = Client()
        browser.cookies["desk_tablet"] = f"made up {n}"
        attempt(mgr1, "guess", browser=browser)
    assert attempt(mgr1, PASSWORD) == LOCKED
