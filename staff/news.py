"""Whether something is new to a person (`User.has_news`): others' acts that they read on Tonight.

It stands on the person's own row, which each request reads anyway; what it is, is asked for only where it is set.
"""

from staff.models import User


def announce(*keys: int) -> None:
    """There is something new to these people."""
    User.objects.filter(pk__in=keys, has_news=False).update(has_news=True)


def clear(user: User) -> None:
    """They have seen all of it."""
    User.objects.filter(pk=user.pk).update(has_news=False)
    user.has_news = False
