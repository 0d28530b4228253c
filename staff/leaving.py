"""Leaving the house: who may close whose account, and what ends with it. Nobody is deleted: nights stay theirs."""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from staff import roles
from staff.models import User


def may_let_go(by: User, user: User) -> bool:
    """Operations let managers and after-sales go, superusers everybody; nobody closes their own account."""
    if by.pk == user.pk or not by.has_perm("staff.change_user"):
        return False
    return by.is_superuser or not (user.is_superuser or roles.OPERATIONS in user.roles)


def close_account(user: User) -> None:
    """Nobody signs in with it from here on, and every session of it is over, even should it be opened again tonight."""
    User.objects.filter(pk=user.pk).update(is_active=False)
    end_sessions(user)


def end_sessions(user: User) -> None:
    """Wherever this person is signed in, they are not any more."""
    running = Session.objects.filter(expire_date__gt=timezone.now())
    theirs = [s.session_key for s in running.iterator() if s.get_decoded().get(SESSION_KEY) == str(user.pk)]
    Session.objects.filter(session_key__in=theirs).delete()
