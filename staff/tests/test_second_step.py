"""The second step of signing in: who is asked, what a code opens, and how a phone comes and goes."""

from datetime import datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from staff import roles
from staff.checks import second_step_is_on
from staff.models import User
from staff.tests.factories import PASSWORD, PIN, give_pin, make_tablet, make_user, pin_url

NOON = datetime(2026, 11, 20, 14, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
STEP = "/login/code/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def asked(settings):
    settings.SECOND_STEP = True


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def come_in(user: User) -> Client:
    client = Client()
    answer = client.post("/login/", {"username": user.username, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def shown_by(user: User) -> str:
    """What the phone shows now, from the secret alone."""
    return f"{totp(TOTPDevice.objects.get(user=user).bin_key, t0=0):06d}"


def with_phone(user: User, clock: time_machine.Traveller) -> User:
    client = come_in(user)
    client.get(STEP)
    assert client.post(STEP, {"code": shown_by(user)}).status_code == 302
    clock.shift(timedelta(minutes=1))
    return user


def test_office_sees_nothing_between_the_password_and_the_code(ops, desk_user):
    chief = make_user("chief", None, is_superuser=True, is_staff=True)
    for user in (ops, desk_user, chief):
        client = come_in(user)
        for path in ("/customers/", "/intake/", "/admin/", "/password/", "/"):
            answer = client.get(path)
            assert answer.status_code == 302 and answer["Location"].startswith(STEP), (user, path)
        assert client.get("/customers/", HTTP_HX_REQUEST="true")["HX-Redirect"] == STEP
        assert client.post("/logout/").status_code == 302


def test_managers_need_no_second_step(mgr1):
    assert come_in(mgr1).get("/tonight/").status_code == 200


def test_whoever_comes_in_by_pin_is_a_manager_and_needs_none(ops):
    ops.groups.add(Group.objects.get(name=roles.MANAGER))
    tablet = make_tablet(by=ops)[1]
    tablet.post(pin_url(give_pin(ops)), {"pin": PIN})
    assert tablet.get("/tonight/").status_code == 200


def test_a_house_that_does_not_ask_asks_nobody(ops, settings):
    settings.SECOND_STEP = False
    assert come_in(ops).get("/customers/").status_code == 200
    assert [found.id for found in second_step_is_on(None)] == ["staff.E002"]


def test_first_code_makes_the_phone_known_and_leads_on(ops, clock):
    client = come_in(ops)
    page = client.get(STEP, {"next": "/customers/"}).content.decode()
    assert "<svg" in page and client.get(STEP).content.decode().count("<code>") == 1
    before = client.cookies["desk_session"].value

    answer = client.post(STEP, {"code": shown_by(ops), "next": "/customers/"})

    assert answer["Location"] == "/customers/"
    assert client.cookies["desk_session"].value != before, "a session that can do more is a new one"
    assert client.get("/customers/").status_code == 200


def test_setting_up_shows_the_same_picture_until_it_is_done(ops):
    first, second = come_in(ops).get(STEP).context["secret"], come_in(ops).get(STEP).context["secret"]
    assert first == second


def test_known_phone_never_shows_its_secret_again(ops, clock):
    client = come_in(with_phone(ops, clock))
    answer = client.get(STEP)
    assert "secret" not in answer.context and "<code>" not in answer.content.decode()


def test_code_opens_once(ops, clock):
    with_phone(ops, clock)
    code = shown_by(ops)
    assert come_in(ops).post(STEP, {"code": code}).status_code == 302
    assert come_in(ops).post(STEP, {"code": code}).status_code == 422


def test_code_is_understood_as_people_type_it(ops, clock):
    with_phone(ops, clock)
    code = shown_by(ops)
    typed = f"{code[:3]} {code[3:]}".translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert come_in(ops).post(STEP, {"code": typed}).status_code == 302


def test_next_never_leads_out_of_the_house(ops, clock):
    client = come_in(with_phone(ops, clock))
    assert client.post(STEP, {"code": shown_by(ops), "next": "https://evil.example/"})["Location"] == "/"


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "12345６７", "-12345", "1e5000"])
def test_what_is_no_code_is_refused_at_the_field(ops, clock, code):
    client = come_in(with_phone(ops, clock))
    answer = client.post(STEP, {"code": code})
    assert answer.status_code == 422 and answer.context["form"].errors["code"]
    assert client.get("/customers/").status_code == 302


def test_wrong_codes_wait_ever_longer_whatever_the_next_code(ops, clock):
    with_phone(ops, clock)
    client, evaluated = come_in(ops), 0
    for _second in range(60):
        right = int(shown_by(ops))
        errors = client.post(STEP, {"code": f"{(right + 500) % 10**6:06d}"}).context["form"].errors["code"]
        evaluated += "Wait for its next one" in errors[0]
        clock.shift(timedelta(seconds=1))
    assert evaluated <= 7, "after 1, 2, 4, 8 … seconds"
    assert client.post(STEP, {"code": shown_by(ops)}).status_code == 422, "the right one waits too"
    clock.shift(timedelta(minutes=5))
    assert client.post(STEP, {"code": shown_by(ops)}).status_code == 302


def test_lost_phone_is_forgotten_in_the_admin_and_every_session_ends(ops, desk_user, clock):
    with_phone(desk_user, clock)
    theirs = come_in(desk_user)
    theirs.post(STEP, {"code": shown_by(desk_user)})
    office = come_in(with_phone(ops, clock))
    office.post(STEP, {"code": shown_by(ops)})
    address = f"/admin/staff/user/{desk_user.pk}/forget-phone/"

    assert office.get(address).status_code == 200 and theirs.get("/intake/").status_code == 200
    assert office.post(address).status_code == 302

    assert theirs.get("/intake/")["Location"].startswith("/login/?"), "signed out, not merely asked for a code"
    assert "secret" in come_in(desk_user).get(STEP).context


def test_operations_cannot_take_the_phone_of_one_another(ops, clock):
    other = with_phone(make_user("ops2", roles.OPERATIONS), clock)
    office = come_in(with_phone(ops, clock))
    office.post(STEP, {"code": shown_by(ops)})
    assert office.post(f"/admin/staff/user/{other.pk}/forget-phone/").status_code == 403
    assert TOTPDevice.objects.filter(user=other).exists()


def test_secrets_stand_nowhere_in_the_admin(ops, clock):
    office = come_in(with_phone(make_user("chief", None, is_superuser=True, is_staff=True), clock))
    assert office.get("/admin/otp_totp/totpdevice/").status_code in (302, 404)


def test_command_forgets_a_superusers_phone(clock):
    chief = with_phone(make_user("chief", None, is_superuser=True, is_staff=True), clock)
    out = StringIO()
    call_command("forget_phone", "chief", stdout=out)
    assert out.getvalue() == "chief: the phone is forgotten.\n" and not TOTPDevice.objects.filter(user=chief).exists()
    with pytest.raises(CommandError, match="nobody"):
        call_command("forget_phone", "no-one")


def test_passing_costs_the_next_screens_nothing(ops, clock, django_assert_max_num_queries):
    client = come_in(with_phone(ops, clock))
    client.post(STEP, {"code": shown_by(ops)})
    client.get("/customers/")
    with django_assert_max_num_queries(6):
        assert client.get("/customers/").status_code == 200
