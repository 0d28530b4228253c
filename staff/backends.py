"""Signing in by login name; the person and their roles arrive in one statement."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from staff.models import User

# What `UserQuerySet.with_roles` says, ready-made: every request asks it, and putting the query together costs more than
# the database takes to answer it.
_WITH_ROLES = """
    SELECT u.*, ARRAY(
        SELECT g.name FROM auth_group g JOIN staff_user_groups m ON m.group_id = g.id WHERE m.user_id = u.id
    ) AS role_names
    FROM staff_user u WHERE u.id = %s
"""


class RoleBackend(ModelBackend):
    """Django's own backend, whose per-request fetch brings the role groups along."""

    def get_user(self, user_id: Any) -> User | None:
        user = next(iter(User.objects.raw(_WITH_ROLES, [user_id])), None)
        return user if user is not None and self.user_can_authenticate(user) else None
