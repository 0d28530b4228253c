"""What the frame around every screen needs: the theme, and the places this person's role goes to."""

from collections.abc import Iterator
from typing import TypedDict

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from staff import roles
from staff.models import User
from staff.tablets import ON_TABLET


class Place(TypedDict):
    """One item of the bottom bar."""

    url: str
    label: str
    icon: str
    is_current: bool
    is_primary: bool


def shell(request: HttpRequest) -> dict[str, object]:
    """Context of `base.html`: `theme`, `nav` (empty for the signed-out), the zone whose clock it shows, whether the
    session stands on a tablet, and after how many idle seconds a manager's screen is covered."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"theme": "dark", "nav": [], "house_zone": settings.TIME_ZONE}
    on_tablet = ON_TABLET in request.session
    nav = places(user, request.path)
    return {
        "theme": user.shows_theme(),
        "nav": nav,
        "on_tablet": on_tablet,
        "house_zone": settings.TIME_ZONE,
        "idle_seconds": settings.FLOOR_IDLE_MINUTES * 60,
    }


def places(user: User, path: str) -> list[Place]:
    """Where this person's bottom bar leads: a line of `_places` for each place of theirs, no name twice."""
    found = {
        name: Place(url=reverse(name), label=label, icon=icon, is_current=False, is_primary=name == "customers:new")
        for name, label, icon in _places(user)
    }
    here = max((p for p in found.values() if path.startswith(p["url"])), key=lambda p: len(p["url"]), default=None)
    if here:
        here["is_current"] = True
    return list(found.values())


def _places(user: User) -> Iterator[tuple[str, str, str]]:
    """Five on the floor, as the design has them: bottles stand in the menu of who is there, and operations have the
    rest in their sidebar."""
    is_aftersales, is_operations = user.has_role(roles.AFTERSALES), user.has_role(roles.OPERATIONS)
    if user.is_manager:
        yield from _floor()
    if is_aftersales or is_operations:
        yield "customers:intake", _("Intake"), "sheet"
    if is_operations:
        yield "staff:house", _("The night"), "moon"
    yield "customers:list", _("Guests"), "person"
    if user.is_manager:
        yield "targets:my_month", _("My month"), "chart"
    elif not user.is_staff:
        yield "visits:bottles", _("Bottles"), "bottle"
    if is_aftersales or is_operations:
        yield "customers:doubles", _("Doubles"), "people"
    if is_aftersales:
        yield "customers:imports", _("Import"), "upload"
        yield "customers:erasures", _("Erasures"), "shield"
    if user.is_staff:
        yield "admin:index", _("Operations"), "chart"


def _floor() -> Iterator[tuple[str, str, str]]:
    yield "customers:tonight", _("Tonight"), "moon"
    yield "visits:rooms", _("Rooms"), "door"
    yield "customers:new", _("New guest"), "plus"
