"""Staff in the admin: who gets in, who may change whom, and new passwords."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from staff import roles
from staff.models import User
from staff.tests.factories import PASSWORD, make_user

SignIn = Callable[[User], Client]
GIVEN = re.compile(r'id="new-password"[^>]*>([a-z2-9]{4}(?:-[a-z2-9]{4}){3})<')


@pytest.fixture
def boss(db: None) -> User:
    return make_user("admin", None, display_name="系统管理", is_staff=True, is_superuser=True)


def form_data(user: User, **changes: Any) -> dict[str, Any]:
    groups = list(user.groups.values_list("pk", flat=True))
    usual = {"username": user.username, "display_name": user.display_name, "email": "", "groups": groups}
    return usual | {"is_active": "on"} | changes


def change_url(user: User) -> str:
    return reverse("admin:staff_user_change", args=[user.pk])


def reset_url(user: User) -> str:
    return reverse("admin:staff_user_reset_password", args=[user.pk])


# --- getting in ----------------------------------------------------------------------------------------------------


def test_manager_and_after_sales_open_the_admin_and_are_refused(mgr1: User, desk_user: User, signed_in: SignIn) -> None:
    for user in (mgr1, desk_user):
        response = signed_in(user).get("/admin/", follow=True)
        assert response.status_code == 403


def test_nobody_opens_the_admin_and_is_sent_to_the_desks_own_login(db: None, client: Client) -> None:
    response = client.get("/admin/staff/user/", follow=True)

    assert response.redirect_chain[-1][0] == "/login/?next=/admin/staff/user/"


def test_operations_sign_out_of_the_admin_and_stand_at_the_login(ops: User, signed_in: SignIn) -> None:
    client = signed_in(ops)
    assert client.get("/admin/logout/").status_code == 405
    assert client.post("/admin/logout/").url == "/login/"  # type: ignore[attr-defined]
    assert "/login/" in client.get("/admin/").url  # type: ignore[attr-defined]


def test_operations_choose_their_own_password_on_the_desks_page(ops: User, signed_in: SignIn) -> None:
    assert signed_in(ops).get("/admin/password_change/").url == "/password/"  # type: ignore[attr-defined]


def test_groups_are_not_in_the_admin_even_for_superusers(boss: User, signed_in: SignIn) -> None:
    assert signed_in(boss).get("/admin/auth/group/").status_code == 404


# --- who may change whom -------------------------------------------------------------------------------------------


def test_operations_put_a_manager_on_leave_and_close_an_account(ops: User, mgr1: User, signed_in: SignIn) -> None:
    data = form_data(mgr1, display_name="林静静", is_on_leave="on")
    del data["is_active"]
    response = signed_in(ops).post(change_url(mgr1), data)

    assert response.status_code == 302
    mgr1 = User.objects.get(pk=mgr1.pk)
    assert (mgr1.display_name, mgr1.is_on_leave, mgr1.is_active) == ("林静静", True, False)
    assert mgr1.username == "mgr1"


def test_operations_name_somebody_else_to_after_sales(ops: User, mgr1: User, signed_in: SignIn) -> None:
    aftersales = Group.objects.get(name=roles.AFTERSALES)
    signed_in(ops).post(change_url(mgr1), form_data(mgr1, groups=[aftersales.pk]))

    assert User.objects.with_roles().get(pk=mgr1.pk).roles == {roles.AFTERSALES}


def test_operations_try_to_hand_out_their_own_role_or_more_and_cannot(ops: User, mgr1: User, signed_in: SignIn) -> None:
    operations = Group.objects.get(name=roles.OPERATIONS)
    client = signed_in(ops)
    assert client.post(change_url(mgr1), form_data(mgr1, groups=[operations.pk])).status_code == 200
    client.post(change_url(mgr1), form_data(mgr1, is_superuser="on", is_staff="on", username="root"))

    mgr1 = User.objects.with_roles().get(pk=mgr1.pk)
    assert mgr1.roles == {roles.MANAGER}
    assert (mgr1.is_superuser, mgr1.is_staff, mgr1.username) == (False, False, "mgr1")


def test_operations_change_neither_superusers_nor_one_another_nor_themselves(
    ops: User, boss: User, signed_in: SignIn
) -> None:
    other = make_user("ops2", roles.OPERATIONS)
    client = signed_in(ops)
    for user in (boss, other, ops):
        assert client.get(change_url(user)).status_code == 200
        assert client.post(change_url(user), form_data(user, display_name="X")).status_code == 403


def test_operations_make_and_delete_no_accounts(ops: User, mgr1: User, signed_in: SignIn) -> None:
    client = signed_in(ops)
    assert client.get(reverse("admin:staff_user_add")).status_code == 403
    assert client.post(reverse("admin:staff_user_delete", args=[mgr1.pk]), {"post": "yes"}).status_code == 403


def test_superuser_makes_an_account_for_operations_and_gives_it_a_password(boss: User, signed_in: SignIn) -> None:
    client = signed_in(boss)
    operations = Group.objects.get(name=roles.OPERATIONS)
    data = {"username": "ops9", "display_name": "周岚", "email": "", "groups": [operations.pk]}
    response = client.post(reverse("admin:staff_user_add"), data)

    made = User.objects.with_roles().get(username="ops9")
    assert response.url == reset_url(made)  # type: ignore[attr-defined]
    assert (made.roles, made.is_staff, made.has_usable_password()) == ({roles.OPERATIONS}, True, False)
    assert GIVEN.search(client.post(reset_url(made)).content.decode())


def test_superuser_takes_operations_away_and_the_admin_closes(boss: User, ops: User, signed_in: SignIn) -> None:
    signed_in(boss).post(change_url(ops), form_data(ops, groups=[]))

    assert User.objects.get(pk=ops.pk).is_staff is False


# --- a new password ------------------------------------------------------------------------------------------------


def test_operations_give_a_new_password_that_opens_once_and_ends_all_sessions(
    ops: User, mgr1: User, signed_in: SignIn
) -> None:
    tablet, office = signed_in(mgr1), signed_in(ops)
    assert tablet.get("/tonight/").status_code == 200
    assert GIVEN.search(office.get(reset_url(mgr1)).content.decode()) is None
    assert User.objects.get(pk=mgr1.pk).check_password(PASSWORD)

    response = office.post(reset_url(mgr1))
    found = GIVEN.search(response.content.decode())

    assert found and "no-store" in response["Cache-Control"]
    assert tablet.get("/tonight/").status_code == 302
    assert "/login/" in tablet.get("/tonight/").url  # type: ignore[attr-defined]
    fresh = Client()
    fresh.post("/login/", {"username": "mgr1", "password": found[1]})
    assert fresh.get("/tonight/").url == "/password/"  # type: ignore[attr-defined]
    chosen = {"old_password": found[1], "new_password1": "mine alone 42", "new_password2": "mine alone 42"}
    assert fresh.post("/password/", chosen).status_code == 302
    assert fresh.get("/tonight/").status_code == 200
    assert found[1] not in "".join(LogEntry.objects.values_list("change_message", flat=True))
    assert LogEntry.objects.filter(user=ops, object_id=str(mgr1.pk)).exists()


def test_somebody_locked_out_gets_in_with_the_new_password(ops: User, mgr1: User, signed_in: SignIn) -> None:
    tablet = Client()
    for _try in range(5):
        tablet.post("/login/", {"username": "mgr1", "password": "wrong"})
    assert tablet.post("/login/", {"username": "mgr1", "password": PASSWORD}).status_code == 429

    found = GIVEN.search(signed_in(ops).post(reset_url(mgr1)).content.decode())
    assert found
    assert tablet.post("/login/", {"username": "mgr1", "password": found[1]}).status_code == 302


def test_operations_give_no_password_to_superusers_one_another_or_themselves(
    ops: User, boss: User, signed_in: SignIn
) -> None:
    client = signed_in(ops)
    for user in (boss, make_user("ops2", roles.OPERATIONS), ops):
        assert client.get(reset_url(user)).status_code == 403
        assert client.post(reset_url(user)).status_code == 403
        assert reset_url(user) not in client.get(change_url(user)).content.decode()
        assert User.objects.get(pk=user.pk).check_password(PASSWORD)


def test_managers_give_no_passwords(mgr1: User, mgr2: User, signed_in: SignIn) -> None:
    assert signed_in(mgr1).post(reset_url(mgr2), follow=True).status_code == 403
    assert User.objects.get(pk=mgr2.pk).check_password(PASSWORD)


def test_superuser_gives_operations_a_new_password(ops: User, boss: User, signed_in: SignIn) -> None:
    assert GIVEN.search(signed_in(boss).post(reset_url(ops)).content.decode())
