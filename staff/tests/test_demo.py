"""The demo venue's logins: made once, and refused where the desk is checked for going live."""

from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from staff import demo, roles
from staff.models import User


def load() -> None:
    demo.load(customers=0, nights=1, seed=1, out=lambda text: None)


@pytest.mark.django_db
def test_demo_staff_hold_the_roles_of_the_contract() -> None:
    load()
    found = {u.username: (u.roles, u.is_staff, u.is_superuser) for u in User.objects.with_roles()}

    assert len(found) == 9
    assert found["mgr1"] == ({roles.MANAGER}, False, False)
    assert found["ops"] == ({roles.OPERATIONS}, True, False)
    assert found["desk"] == ({roles.AFTERSALES}, False, False)
    assert found["admin"] == (frozenset(), True, True)
    assert User.objects.get(username="mgr6").check_password(demo.PASSWORD)


@pytest.mark.django_db
def test_demo_staff_loaded_again_keep_what_people_changed() -> None:
    load()
    user = User.objects.get(username="mgr1")
    user.set_password("my own long words")
    user.display_name = "林静静"
    user.save()
    load()

    assert User.objects.count() == 9
    assert User.objects.get(username="mgr1").check_password("my own long words")
    assert User.objects.get(username="mgr1").display_name == "林静静"


@pytest.mark.django_db
def test_check_for_going_live_fails_while_a_demo_login_is_open(settings: Any) -> None:
    settings.SILENCED_SYSTEM_CHECKS = ["async.E001"]  # browser tests of the same worker ask for what it warns of
    settings.SECOND_STEP = True
    load()
    with pytest.raises(SystemCheckError, match=r"(?s)staff.E001.*mgr1") as failure:
        call_command("check", "--deploy", database=["default"])
    assert "mgr6, ops" in str(failure.value)
    call_command("check", "--deploy")

    User.objects.exclude(username="ops").update(is_active=False)
    ops = User.objects.get(username="ops")
    ops.set_password("my own long words")
    ops.save()
    call_command("check", "--deploy", database=["default"])
