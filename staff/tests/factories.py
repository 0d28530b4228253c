"""People for tests: invented, one call each."""

import datetime as dt
from typing import Any

from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from staff import pins, roles, tablets
from staff.floor import assignments
from staff.models import Tablet, Task, User
from staff.views import doors

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


def make_task(*to: User, given_by: User, **facts: Any) -> Task:
    """A task to these people, due in an hour."""
    usual = {"title": "大厅布置", "due_at": timezone.now() + dt.timedelta(hours=1)}
    return assignments.give_task(task=Task(given_by=given_by, **(usual | facts)), to=to)


PIN = "246813"


def make_tablet(name: str = "Hall 1", *, by: User) -> tuple[Tablet, Client]:
    """An enrolled tablet, and its browser with nobody signed in."""
    _waiting, code = tablets.add_tablet(name=name, by=by)
    tablet, token = tablets.enrol(code=code)
    browser = Client()
    browser.cookies[doors.TABLET_COOKIE] = token
    return tablet, browser


def give_pin(user: User, pin: str = PIN) -> User:
    pins.set_pin(user=user, pin=pin)
    return User.objects.with_roles().get(pk=user.pk)


def pin_url(user: User) -> str:
    return reverse("staff:pin_login", args=[user.pk])


def confirmed(client: Client) -> Client:
    """This browser, whose person has just given their password once more (staff.stepup)."""
    session = client.session
    session["confirmed_at"] = timezone.now().timestamp()
    session.save()
    return client
