"""Who a session belongs to: by password a person with all their roles, by PIN a service manager and nothing else.

The person and their roles arrive in one statement.
"""

from typing import Any

from django.contrib.auth.backends import BaseBackend, ModelBackend

from staff import roles
from staff.models import FloorUser, User

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


class PinBackend(BaseBackend):
    """Sessions opened by a PIN (`staff.pins`). Answers for no password and grants nothing by itself."""

    def get_user(self, user_id: Any) -> FloorUser | None:
        user = next(iter(FloorUser.objects.raw(_WITH_ROLES, [user_id])), None)
        return user if user is not None and user.has_role(roles.MANAGER) else None
