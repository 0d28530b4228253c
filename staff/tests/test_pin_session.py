"""A session that a PIN opened: floor work under the right name, and nothing else; a new one at each change of hands."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from customers.tests.factories import capture_data, make_customer
from staff import passwords, pins, roles
from staff.backends import PinBackend
from staff.models import FloorUser, User
from staff.tests.factories import PASSWORD, PIN, give_pin, make_tablet, make_user, pin_url

EVENING = datetime(2026, 11, 20, 19, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def both(ops) -> User:
    """Somebody of operations who serves on the floor too; a superuser on top."""
    user = make_user("both", roles.OPERATIONS, display_name="周岚", is_superuser=True, is_staff=True)
    user.groups.add(Group.objects.get(name=roles.MANAGER))
    return give_pin(user)


@pytest.fixture
def tablet(ops) -> Client:
    return make_tablet(by=ops)[1]


def come_in(tablet: Client, user: User) -> Client:
    assert tablet.post(pin_url(user), {"pin": PIN}).status_code == 302
    return tablet


# --- who it is -----------------------------------------------------------------------------------------------------


def test_person_by_pin_is_a_manager_and_nothing_else(both, django_assert_num_queries):
    with django_assert_num_queries(1):
        user = PinBackend().get_user(both.pk)
        assert user is not None
        assert (set(user.roles), user.is_staff, user.is_superuser) == ({roles.MANAGER}, False, False)
        assert (user.is_by_pin, user.is_manager, user.is_office) == (True, True, False)
        assert not user.has_perm("customers.export_intake") and not user.has_module_perms("customers")
        assert user.get_all_permissions() == user.get_group_permissions() == user.get_user_permissions() == set()
    assert user == both and isinstance(user, User)
    assert User.objects.with_roles().get(pk=both.pk).has_perm("customers.export_intake")


def test_person_by_pin_is_never_saved_but_for_the_moment_of_signing_in(both):
    user = PinBackend().get_user(both.pk)
    assert user is not None
    user.last_login = EVENING
    for arguments in ({}, {"update_fields": ["display_name"]}, {"update_fields": ["last_login", "is_staff"]}):
        with pytest.raises(TypeError):
            user.save(**arguments)
    user.save(update_fields=["last_login"])
    kept = User.objects.get(pk=both.pk)
    assert (kept.last_login, kept.is_staff, kept.is_superuser) == (EVENING, True, True)


def test_pin_backend_answers_for_no_password_and_no_pin(both, rf):
    for credentials in ({"username": "both", "password": PIN}, {"username": "both", "pin": PIN}):
        assert authenticate(rf.post("/login/"), **credentials) is None
    found = authenticate(rf.post("/login/"), username="both", password=PASSWORD)
    assert found is not None and not isinstance(found, FloorUser)


@pytest.mark.parametrize("change", [{"is_active": False}, {"groups": []}, {"pin": ""}, {"password": "x"}])
def test_person_by_pin_is_out_as_soon_as_the_pin_would_not_let_them_in(tablet, mgr1, change):
    come_in(tablet, give_pin(mgr1))
    if "groups" in change:
        mgr1.groups.clear()
    else:
        User.objects.filter(pk=mgr1.pk).update(**change)
    assert tablet.get("/tonight/").status_code == 302


# --- what it may ---------------------------------------------------------------------------------------------------


def test_person_by_pin_captures_a_guest_in_their_own_name(tablet, mgr1):
    come_in(tablet, give_pin(mgr1))
    answer = tablet.post("/customers/new/", capture_data())
    assert answer.status_code == 303
    guest = Customer.objects.get()
    assert (guest.captured_by, guest.owner) == (mgr1, mgr1)
    assert tablet.post(f"/customers/{guest.pk}/reveal/").status_code == 200
    assert tablet.post("/tonight/hand-in/", {"night": guest.night}).status_code == 302


def test_history_names_the_person_by_pin(tablet, mgr1):
    guest = make_customer(owner=mgr1, name="王芳")
    come_in(tablet, give_pin(mgr1))
    page = tablet.get(f"/customers/{guest.pk}/edit/")
    assert page.status_code == 200
    data = {k: v for k, v in page.context["form"].initial.items() if v is not None} | {"name": "王芳芳"}
    answer = tablet.post(f"/customers/{guest.pk}/edit/", data)
    assert answer.status_code in (302, 303), answer.context["form"].errors
    assert guest.events.get().pgh_context["user"] == mgr1.pk


def test_person_of_operations_by_pin_finds_the_office_closed(tablet, both):
    come_in(tablet, both)
    assert tablet.get("/tonight/").status_code == 200
    for url in ("/intake/", "/customers/imports/", "/tablets/"):
        assert tablet.get(url).status_code == 403, url
    assert tablet.get("/admin/", follow=True).status_code == 403
    assert tablet.get("/admin/staff/user/", follow=True).status_code == 403
    assert 'href="/admin/"' not in tablet.get("/tonight/").content.decode()

    tablet.post("/logout/")
    tablet.post("/login/", {"username": "both", "password": PASSWORD})
    assert tablet.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    ("method", "name"),
    [("get", "password"), ("post", "password"), ("get", "pin"), ("post", "pin"), ("post", "pin_remove")],
)
def test_person_by_pin_changes_neither_password_nor_pin_and_is_told_why(tablet, mgr1, method, name):
    come_in(tablet, give_pin(mgr1))
    data = {"old_password": PASSWORD, "new_password1": "mine alone 42", "new_password2": "mine alone 42"}
    data |= {"password": PASSWORD, "pin": "880517", "again": "880517"}
    kept = User.objects.get(pk=mgr1.pk)
    answer = getattr(tablet, method)(reverse(f"staff:{name}"), data)
    assert answer.status_code == 403
    assert "You came in by PIN. Sign in with your password for this." in answer.content.decode()
    now = User.objects.get(pk=mgr1.pk)
    assert (now.password, now.pin) == (kept.password, kept.pin)
    assert 'href="/pin/"' not in tablet.get("/tonight/").content.decode()


def test_forms_of_the_pad_need_their_token(tablet, mgr1, ops, signed_in):
    give_pin(mgr1)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies["desk_tablet"] = tablet.cookies["desk_tablet"].value
    assert strict.post(pin_url(mgr1), {"pin": PIN}).status_code == 403
    assert strict.post("/tablet/enrol/", {"code": "abcdefgh"}).status_code == 403
    page = strict.get(pin_url(mgr1))
    assert (
        strict.post(pin_url(mgr1), {"pin": PIN, "csrfmiddlewaretoken": page.context["csrf_token"]}).status_code == 302
    )


# --- changing hands ------------------------------------------------------------------------------------------------


def test_each_change_of_hands_is_a_new_session_that_knows_nothing_of_the_last(tablet, mgr1, mgr2):
    keys = []
    for user in (give_pin(mgr1), give_pin(mgr2), mgr1, mgr1):
        come_in(tablet, user)
        assert f'data-user="{user.username}"' in tablet.get("/tonight/").content.decode()
        keys.append(tablet.session.session_key)
        session = tablet.session
        session["left behind"] = user.username
        session.save()
        tablet.post("/logout/")
        assert tablet.get("/tonight/").status_code == 302
    assert len(set(keys)) == 4
    come_in(tablet, mgr2)
    assert "left behind" not in tablet.session


def test_a_key_planted_before_is_not_the_key_afterwards(tablet, mgr1):
    tablet.get("/login/")
    session = tablet.session
    session["planted"] = True
    session.save()
    tablet.cookies["desk_session"] = planted = session.session_key
    come_in(tablet, give_pin(mgr1))
    assert tablet.cookies["desk_session"].value != planted
    assert "planted" not in tablet.session
    thief = Client()
    thief.cookies["desk_session"] = planted
    assert thief.get("/tonight/").status_code == 302


def test_form_of_the_last_person_is_refused_after_a_change_of_hands(mgr1, mgr2, tablet):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies["desk_tablet"] = tablet.cookies["desk_tablet"].value

    def token(url: str) -> str:
        return str(strict.get(url).context["csrf_token"])

    strict.post(pin_url(give_pin(mgr1)), {"pin": PIN, "csrfmiddlewaretoken": token(pin_url(mgr1))})
    stale = token("/customers/new/")
    strict.post("/logout/", {"csrfmiddlewaretoken": stale})
    strict.post(pin_url(give_pin(mgr2)), {"pin": PIN, "csrfmiddlewaretoken": token(pin_url(mgr2))})

    answer = strict.post("/customers/new/", capture_data() | {"csrfmiddlewaretoken": stale})
    assert answer.status_code == 403 and not Customer.objects.exists()


def test_switch_is_offered_on_a_tablet_alone(tablet, mgr1, signed_in):
    give_pin(mgr1)
    assert "Switch" in come_in(tablet, mgr1).get("/tonight/").content.decode()
    assert "Switch" not in signed_in(mgr1).get("/tonight/").content.decode()


def test_manager_by_password_on_a_tablet_switches_too_and_keeps_all_rights(tablet, mgr1):
    tablet.post("/login/", {"username": "mgr1", "password": PASSWORD})
    page = tablet.get("/tonight/").content.decode()
    assert "Switch" in page and 'href="/pin/"' in page


# --- how long ------------------------------------------------------------------------------------------------------


def test_session_by_pin_ends_after_ten_idle_minutes_even_for_operations(tablet, both, time_machine):
    time_machine.move_to(EVENING, tick=False)
    come_in(tablet, both)
    time_machine.move_to(EVENING + timedelta(minutes=10), tick=False)
    assert tablet.get("/tonight/").status_code == 200
    time_machine.move_to(EVENING + timedelta(minutes=20, seconds=1), tick=False)
    assert tablet.get("/tonight/", HTTP_HX_REQUEST="true").status_code == 401
    assert come_in(tablet, both).get("/tonight/").status_code == 200


@pytest.mark.venue_zone
def test_session_by_pin_does_not_outlive_the_night_however_busy(tablet, mgr1, time_machine):
    end = EVENING + timedelta(hours=17)
    time_machine.move_to(end - timedelta(minutes=28), tick=False)
    come_in(tablet, give_pin(mgr1))
    for minutes in (19, 10, 1):  # never idle for ten minutes
        time_machine.move_to(end - timedelta(minutes=minutes), tick=False)
        assert tablet.get("/tonight/").status_code == 200
    time_machine.move_to(end, tick=False)
    assert tablet.get("/tonight/").status_code == 302


# --- operations help -----------------------------------------------------------------------------------------------


def test_operations_take_a_pin_away_and_what_it_opened_is_closed(tablet, mgr1, ops, signed_in):
    come_in(tablet, give_pin(mgr1))
    office, url = signed_in(ops), reverse("admin:staff_user_clear_pin", args=[mgr1.pk])
    assert url in office.get(reverse("admin:staff_user_change", args=[mgr1.pk])).content.decode()
    assert office.get(url).status_code == 200
    assert User.objects.get(pk=mgr1.pk).pin
    assert office.post(url).status_code == 302

    assert User.objects.get(pk=mgr1.pk).pin == ""
    assert tablet.get("/tonight/").status_code == 302
    assert tablet.post(pin_url(mgr1), {"pin": PIN}).status_code == 422
    assert url not in office.get(reverse("admin:staff_user_change", args=[mgr1.pk])).content.decode()


def test_operations_take_no_pin_from_one_another(ops, both, mgr1, signed_in):
    url = reverse("admin:staff_user_clear_pin", args=[both.pk])
    for user in (ops, mgr1):
        assert signed_in(user).post(url, follow=True).status_code == 403
    assert User.objects.get(pk=both.pk).pin


def test_new_password_takes_the_pin_with_it(tablet, mgr1):
    come_in(tablet, give_pin(mgr1))
    passwords.give_password(User.objects.get(pk=mgr1.pk))
    assert User.objects.get(pk=mgr1.pk).pin == ""
    assert tablet.get("/tonight/").status_code == 302


def test_new_pin_ends_what_the_old_one_opened(tablet, mgr1):
    come_in(tablet, give_pin(mgr1))
    pins.set_pin(user=mgr1, pin="880517")
    assert tablet.get("/tonight/").status_code == 302
