"""Rules about many staff members."""

from typing import cast

from django.apps import apps
from django.contrib.auth.models import Group, UserManager
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from staff import roles

_LEAVE = {"first": "first_night", "last": "last_night"}


class UserQuerySet(QuerySet):  # type: ignore[type-arg]
    def with_roles(self) -> "UserQuerySet":
        """Each row carries its role names, so that asking for them costs no further statement."""
        theirs = Group.objects.filter(user=OuterRef("pk")).values("name")
        return cast("UserQuerySet", self.annotate(role_names=ArraySubquery(theirs)))

    def in_role(self, role: str) -> "UserQuerySet":
        return self.filter(groups__name=role)

    def managers(self) -> "UserQuerySet":
        """Active VIP service managers, by login name."""
        return self.filter(is_active=True).in_role(roles.MANAGER).order_by("username")

    def with_leaves(self) -> "UserQuerySet":
        """Each row carries the first and last nights of its leave (`leaves`), for `is_away`."""
        theirs = apps.get_model("staff", "Leave").objects.filter(user=OuterRef("pk")).order_by("first_night")
        return cast("UserQuerySet", self.annotate(leaves=ArraySubquery(theirs.values(json=JSONObject(**_LEAVE)))))

    def open_by_pin(self) -> "UserQuerySet":
        """Managers who may come in by PIN: here, with a PIN, and with a password that they chose themselves."""
        here = self.managers().filter(is_on_leave=False, must_change_password=False)
        return here.exclude(pin="").with_roles()


class StaffManager(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Django's own manager (it makes accounts), with the rules above."""

    use_in_migrations = False
