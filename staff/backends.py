"""Signing in by login name; the person and their roles arrive in one statement."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from staff.models import User


class RoleBackend(ModelBackend):
    """Django's own backend, whose per-request fetch brings the role groups along."""

    def get_user(self, user_id: Any) -> User | None:
        user = User.objects.with_roles().filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
