"""The password asked once more: before files leave, before a guest is copied or erased; wrong ones count as at the door."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from customers.models import AccessLog, Customer, IntakeExport, Looks, LookTally
from customers.tests.factories import make_customer
from staff.models import User
from staff.tests.factories import PASSWORD, confirmed, make_user
from targets.tests.factories import make_plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("furnished")]
SignIn = Callable[[User], Client]
EVENING = dt.datetime(2026, 11, 24, 13, tzinfo=dt.UTC)
SHEET = "/intake/2026-11-24/"
EXPORTS = [
    (SHEET + "sheet.csv", "desk_user"),
    (SHEET + "sheet.xlsx", "desk_user"),
    (SHEET + "print/", "desk_user"),
    ("/targets/statements/2026-11/statements.csv", "ops"),
    ("/targets/statements/2026-11/statements.xlsx", "ops"),
    ("/feedback/weeks/2026-W47/week.xlsx", "ops"),
]
WRONG = "not my password"
ASKED = {"identity": "in_person", "requested_on": "2026-11-24", "is_sure": "on"}
COPY = {"identity": "called_back", "language": "en", "format": "html"}


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(EVENING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def guest(mgr1: User) -> Customer:
    make_plan()
    return make_customer(name="欧阳修远", phone="+8613816552203", owner=mgr1, captured_by=mgr1, captured_at=EVENING)


def leaves(answer: Any, url: str) -> bool:
    """Whether what was asked for came."""
    if "print/" in url:
        return answer.status_code == 200 and "欧阳修远" in answer.content.decode()
    return answer.status_code == 200 and "attachment" in answer.get("Content-Disposition", "")


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("url", "who"), EXPORTS)
def test_file_leaves_by_post_after_the_password_alone(
    url: str, who: str, guest: Customer, signed_in: SignIn, request: pytest.FixtureRequest
) -> None:
    office = signed_in(request.getfixturevalue(who))
    asked = office.get(url)
    assert asked.status_code == 200 and 'name="password"' in asked.content.decode() and not leaves(asked, url)
    for data in ({}, {"password": ""}, {"password": WRONG}):
        refused = office.post(url, data)
        assert refused.status_code == 422 and not leaves(refused, url), data
    assert not IntakeExport.objects.exists() and not AccessLog.objects.exists()
    assert leaves(office.post(url, {"password": PASSWORD}), url)


@pytest.mark.parametrize(("url", "who"), EXPORTS)
def test_password_holds_for_a_quarter_of_an_hour_in_its_session_and_never_by_get(
    url: str,
    who: str,
    guest: Customer,
    signed_in: SignIn,
    request: pytest.FixtureRequest,
    clock: time_machine.Traveller,
) -> None:
    user = request.getfixturevalue(who)
    office = signed_in(user)
    office.post(url, {"password": PASSWORD})
    clock.shift(dt.timedelta(minutes=14, seconds=59))
    assert leaves(office.post(url), url)
    assert not leaves(office.get(url), url)
    assert not leaves(signed_in(user).post(url), url)
    clock.shift(dt.timedelta(seconds=1))
    assert not leaves(office.post(url), url)


def test_wrong_password_before_a_file_counts_as_one_at_the_door(
    guest: Customer, desk_user: User, signed_in: SignIn
) -> None:
    office = signed_in(desk_user)
    answers = [office.post(SHEET + "sheet.csv", {"password": WRONG}).status_code for _try in range(5)]
    assert answers == [422, 422, 422, 422, 429]
    assert office.post(SHEET + "sheet.csv", {"password": PASSWORD}).status_code == 429


def test_button_of_the_night_posts_at_once_where_the_password_was_given(
    guest: Customer, desk_user: User, signed_in: SignIn
) -> None:
    page = signed_in(desk_user).get(SHEET).content.decode()
    for url in (SHEET + "sheet.csv", SHEET + "sheet.xlsx", SHEET + "print/"):
        assert f'href="{url}"' not in page and f'formaction="{url}"' in page


# --- copy and erasure ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "data", "done"), [("copy/", COPY, 200), ("erase/", ASKED, 302)])
def test_guest_is_copied_and_erased_after_the_password_alone(
    path: str, data: dict[str, str], done: int, guest: Customer, desk_user: User, signed_in: SignIn
) -> None:
    office, url = signed_in(desk_user), f"/customers/{guest.pk}/{path}"
    assert 'name="password"' in office.get(url).content.decode()
    for more in ({}, {"password": WRONG}):
        assert office.post(url, data | more).status_code == 422
    guest.refresh_from_db()
    assert guest.erased_at is None and not AccessLog.objects.filter(kind="export").exists()
    assert office.post(url, data | {"password": PASSWORD}).status_code == done


def test_guests_nobody_needs_are_erased_after_the_password_alone(
    guest: Customer, desk_user: User, signed_in: SignIn
) -> None:
    office, data = signed_in(desk_user), {"pick": [str(guest.pk)], "is_sure": "on"}
    assert office.post("/customers/retention/", data).status_code == 422
    assert office.post("/customers/retention/", data | {"password": PASSWORD}).status_code == 302


def test_form_with_another_fault_costs_no_try(guest: Customer, desk_user: User, signed_in: SignIn) -> None:
    signed_in(desk_user).post(f"/customers/{guest.pk}/erase/", {"password": WRONG})
    assert not AccessAttempt.objects.exists()
    assert (
        'name="password"' not in confirmed(signed_in(desk_user)).get(f"/customers/{guest.pk}/erase/").content.decode()
    )


# --- numbers on the sheet --------------------------------------------------------------------------------------------


def test_numbers_on_the_sheet_count_and_leave_one_row_a_night_and_person(
    guest: Customer, desk_user: User, ops: User, signed_in: SignIn, clock: time_machine.Traveller
) -> None:
    make_customer(name="王芳", captured_at=EVENING, intake_status="accepted")
    desk = signed_in(desk_user)
    for _time in range(3):
        assert "138 1655 2203" in desk.get(SHEET).content.decode()
    signed_in(ops).get(SHEET)
    rows = AccessLog.objects.filter(kind="sheet").values_list("user", "detail").order_by("pk")
    assert list(rows) == [(desk_user.pk, "2026-11-24"), (ops.pk, "2026-11-24")]
    assert LookTally.objects.get(user=desk_user, kind=Looks.SHEET).count == 3  # of the accepted one nothing is shown

    clock.shift(dt.timedelta(days=1))
    signed_in(desk_user).get(SHEET)
    assert AccessLog.objects.filter(kind="sheet", user=desk_user).count() == 2


# --- one's own password ----------------------------------------------------------------------------------------------


def change(client: Client, old: str, new: str = "zwölf lange Abende") -> Any:
    return client.post("/password/", {"old_password": old, "new_password1": new, "new_password2": new})


def test_wrong_old_passwords_lock_as_at_the_door_and_are_kept_nowhere(mgr1: User, signed_in: SignIn) -> None:
    floor = signed_in(mgr1)
    answers = [change(floor, f"{WRONG} {n}").status_code for n in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    assert change(floor, PASSWORD).status_code == 429
    mgr1.refresh_from_db()
    assert mgr1.check_password(PASSWORD)
    kept = "".join(f"{row.post_data}{row.get_data}" for row in AccessAttempt.objects.all())
    assert WRONG not in kept and "Abende" not in kept and "old_password" in kept


def test_right_old_password_changes_it(mgr1: User, signed_in: SignIn) -> None:
    assert change(signed_in(mgr1), PASSWORD).status_code == 302
    mgr1.refresh_from_db()
    assert mgr1.check_password("zwölf lange Abende")


@pytest.mark.parametrize(
    ("name", "password", "may"),
    [
        ("mgr1", "mgr1mgr1mgr1", False),
        ("mgr1", "MGR1-2026-2026", False),
        ("mgr1", "my1rgmpassphrase", False),
        ("mgr1", "a quiet long evening", True),
        ("li", "lililililili", False),
        ("li", "li-li-2026", False),
        ("li", "a silent holiday evening", True),
    ],
)
def test_password_that_repeats_the_login_name_is_refused(name: str, password: str, may: bool) -> None:
    user = make_user(name)
    if may:
        validate_password(password, user)
    else:
        with pytest.raises(ValidationError, match="login name"):
            validate_password(password, user)


def test_own_new_password_that_repeats_the_login_name_is_refused(mgr1: User, signed_in: SignIn) -> None:
    answer = change(signed_in(mgr1), PASSWORD, "mgr1mgr1mgr1").content.decode()
    assert "must not repeat your login name" in answer
