"""Giving somebody a new password: who may, and how."""

import secrets

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from staff import lockout, roles
from staff.models import User

# Letters and digits that nobody takes for one another when they are read out or typed from a slip of paper.
_CHARACTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4
_SHORT, _LEFT = 2, 10  # letters of a short login name; what a password has to hold beside it


class LoginNameValidator:
    """A validator of passwords that repeat the login name, forwards or backwards: mgr1mgr1mgr1 is the first that
    anybody tries. A name of one or two letters stands in many a word, and counts where little else is left."""

    def validate(self, password: str, user: User | None = None) -> None:
        name, typed = (user.username.casefold() if user else ""), password.casefold()
        for word in {name, name[::-1]} - {""}:
            if word in typed and (len(word) > _SHORT or len(typed.replace(word, "")) < _LEFT):
                raise ValidationError(self.get_help_text(), code="password_repeats_login_name")

    def get_help_text(self) -> str:
        return _("The password must not repeat your login name.")


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
    lockout.forget_failures(user.username)
    return password
