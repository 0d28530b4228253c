"""The roles as groups: what migrate leaves them with."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group

from staff import roles

pytestmark = pytest.mark.django_db


def held() -> dict[str, set[str]]:
    return {
        group.name: {
            f"{app}.{name}" for app, name in group.permissions.values_list("content_type__app_label", "codename")
        }
        for group in Group.objects.all()
    }


def test_after_migrate_each_role_holds_exactly_what_is_written_down_of_every_app() -> None:
    assert held() == {role: set(names) for role, names in roles.PERMISSIONS.items()}


def test_what_was_given_by_hand_is_gone_after_the_last_app_and_only_then(django_assert_num_queries: Any) -> None:
    everything = held()
    Group.objects.get(name=roles.MANAGER).permissions.set(Group.objects.get(name=roles.OPERATIONS).permissions.all())
    *others, last = [app for app in apps.get_app_configs() if app.models_module]
    with django_assert_num_queries(0):
        for app in others:
            roles.sync_roles(sender=app)
    assert held() != everything
    roles.sync_roles(sender=last)
    assert held() == everything
