"""What must not go live: a demo login with its published password or PIN; the second step switched off."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from staff.demo import LOGINS, PASSWORD, PIN
from staff.models import User


@register(Tags.database, deploy=True)
def no_demo_logins(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Run by `check --deploy --database default` only."""
    if "default" not in (databases or []) or User._meta.db_table not in _tables():
        return []
    demo = User.objects.filter(username__in=[login.username for login in LOGINS], is_active=True)
    open_ones = [
        user.username
        for user in demo.order_by("username")
        if check_password(PASSWORD, user.password) or check_password(PIN, user.pin)
    ]
    if not open_ones:
        return []
    names = ", ".join(open_ones)
    hint = "Deactivate them or give them other passwords: the demo venue is for trying the desk out."
    return [Error(f"Demo logins with the published password or PIN: {names}.", hint=hint, id="staff.E001")]


@register(Tags.security, deploy=True)
def second_step_is_on(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.SECOND_STEP:
        return []
    hint = "Take SECOND_STEP=0 away: operations, after-sales and superusers then sign in with a code of a phone too."
    return [Error("Those who see everything sign in by password alone.", hint=hint, id="staff.E002")]


def _tables() -> list[str]:
    connection = connections["default"]
    with connection.cursor() as cursor:
        return connection.introspection.table_names(cursor)
