"""Giving somebody a new password: who may, and how."""

import secrets

from axes.utils import reset as forget_failures
from django.db import transaction

from staff import roles
from staff.models import User

# Letters and digits that nobody takes for one another when they are read out or typed from a slip of paper.
_CHARACTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4


def may_reset(by: User, user: User) -> bool:
    """Operations help managers and after-sales; superusers everybody. One's own is chosen, not given."""
    if by.pk == user.pk or not by.has_perm("staff.reset_password"):
        return False
    return by.is_superuser or not (user.is_superuser or roles.OPERATIONS in user.roles)


@transaction.atomic
def give_password(user: User) -> str:
    """Set a password that must be changed at the next login, and return it: it is kept nowhere in clear.

    Ends every session of that person (a session carries a hash of the password), takes their PIN away and forgets
    their failed logins.
    """
    password = "-".join("".join(secrets.choice(_CHARACTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    user.set_password(password)
    user.must_change_password, user.pin = True, ""
    user.save(update_fields=["password", "must_change_password", "pin"])
    forget_failures(username=user.username)
    return password
