"""People for tests: invented, one call each."""

from typing import Any

from django.contrib.auth.models import Group

from staff import roles
from staff.models import User

PASSWORD = "a long evening"


def make_user(username: str = "mgr1", role: str | None = roles.MANAGER, **facts: Any) -> User:
    """Somebody who works here, with PASSWORD; `role=None` for nobody's role."""
    user = User(username=username, **({"display_name": username.title()} | facts))
    user.set_password(PASSWORD)
    user.is_staff = facts.get("is_staff", role == roles.OPERATIONS)
    user.save()
    if role:
        user.groups.add(Group.objects.get(name=role))
    return User.objects.with_roles().get(pk=user.pk)
