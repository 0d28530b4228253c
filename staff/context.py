"""What the frame around every screen needs: the theme, and the places this person's role goes to."""

from typing import TypedDict

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
    """Context of `base.html`: `theme`, `nav` (empty for the signed-out), and whether the session stands on a tablet."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"theme": "dark", "nav": []}
    on_tablet = ON_TABLET in request.session
    return {"theme": user.shows_theme(), "nav": places(user, request.path), "on_tablet": on_tablet}


def places(user: User, path: str) -> list[Place]:
    """Where this person's bottom bar leads. Screens of later issues join here when they stand."""
    found: list[Place] = []

    def place(name: str, label: str, icon: str, is_primary: bool = False) -> None:
        url = reverse(name)
        found.append(Place(url=url, label=label, icon=icon, is_current=False, is_primary=is_primary))

    if user.has_role(roles.MANAGER):
        place("customers:tonight", _("Tonight"), "moon")
        place("visits:rooms", _("Rooms"), "door")
        place("customers:new", _("New guest"), "plus", is_primary=True)
    if user.has_role(roles.AFTERSALES, roles.OPERATIONS):
        place("customers:intake", _("Intake"), "sheet")
    if user.has_role(roles.OPERATIONS):
        place("staff:house", _("The night"), "moon")
    place("customers:list", _("Guests"), "person")
    if not user.is_staff:  # operations have them in their sidebar
        place("visits:bottles", _("Bottles"), "bottle")
    if user.has_role(roles.AFTERSALES, roles.OPERATIONS):
        place("customers:doubles", _("Doubles"), "people")
    if user.has_role(roles.AFTERSALES):
        place("customers:imports", _("Import"), "upload")
        place("customers:erasures", _("Erasures"), "shield")
    if user.is_staff:
        place("admin:index", _("Operations"), "chart")
    here = max((p for p in found if path.startswith(p["url"])), key=lambda p: len(p["url"]), default=None)
    if here:
        here["is_current"] = True
    return found
