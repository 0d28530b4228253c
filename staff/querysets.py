"""Rules about many staff members."""

from typing import cast

from django.contrib.auth.models import Group, UserManager
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from staff import roles


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

    def open_by_pin(self) -> "UserQuerySet":
        """Managers who may come in by PIN: here, with a PIN, and with a password that they chose themselves."""
        here = self.managers().filter(is_on_leave=False, must_change_password=False)
        return here.exclude(pin="").with_roles()


class StaffManager(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Django's own manager (it makes accounts), with the rules above."""

    use_in_migrations = False
