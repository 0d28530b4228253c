"""Every screen in a real Chromium, both themes, tablet and phone: sound, nothing serious for axe, no policy broken."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from conftest import THEME_RULES
from customers.models import CustomerImport, MembershipTier
from customers.tests.factories import make_customer
from staff import roles
from staff.models import Shift, User
from staff.tests.factories import make_task, make_user
from vipdesk import nights
from visits.forms.reservations import end_of
from visits.models import RoomVisit
from visits.tests.factories import make_bottle, make_party, make_reservation, make_room
from visits.visiting import Promised, record_visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = {"tablet": (1024, 768), "phone": (390, 844)}
THEME = "theme => document.documentElement.dataset.bsTheme = theme"


@pytest.fixture
def house(mgr1: User, desk_user: User, furnished: None) -> dict[str, list[str]]:
    """A guest of each kind, and the screens of each role that show them."""
    gold = MembershipTier.objects.get(code="gold")
    guest = make_customer(
        owner=mgr1, tier=gold, member_no="V1", likes_drinks="麦卡伦", name="李总", name_is_partial=True
    )
    make_customer(owner=mgr1, intake_status="sent_back", intake_reason="门牌号", home_address="")
    make_customer(owner=mgr1, intake_status="accepted", birthday_calendar="lunar")
    upload = CustomerImport.objects.create(
        created_by=desk_user,
        filename="x.csv",
        content_sha256="0" * 64,
        status="done",
        report={"rows": 0, "errors": [], "warnings": []},
    )
    night = nights.tonight()
    ops = make_user("ops", roles.OPERATIONS, display_name="周岚")
    make_task(mgr1, given_by=ops)
    bottle = make_bottle(guest, expires_on=night)
    Shift.objects.create(user=mgr1, night=night, plan="on", planned_by=ops)
    now = timezone.now()
    suite, free = make_room("888", kind="presidential", floor=8), make_room("601")
    party = make_party(by=mgr1, room=suite, customer=guest, now=now)
    held = {"starts_at": now, "ends_at": end_of(now), "customer": guest}  # whatever the hour, within one night
    reservation = make_reservation(by=mgr1, now=now, room=make_room("602"), **held)
    make_room("603", to_clean_since=now)
    promised = Promised(text="换一支麦克风", due_at=now)
    record_visit(visit=RoomVisit(party=party, manager=mgr1, opinion="音响很好"), met=[guest], promises=[promised])
    return {
        "mgr1": [
            "/tonight/",
            "/customers/",
            "/customers/new/",
            f"/customers/{guest.pk}/",
            f"/customers/{guest.pk}/edit/",
            "/visits/rooms/",
            f"/visits/rooms/{free.pk}/seat/",
            f"/visits/parties/{party.pk}/",
            f"/visits/parties/{party.pk}/visit/",
            "/visits/reservations/",
            "/visits/reservations/new/",
            f"/visits/reservations/{reservation.pk}/",
            "/visits/first/",
            "/visits/promises/",
            "/visits/spending/",
            "/visits/bottles/",
            f"/visits/bottles/{bottle.pk}/",
            f"/visits/guests/{guest.pk}/bottles/new/",
            "/floor/clock/",
            "/floor/evening/",
            "/floor/tasks/mine/",
            "/floor/rota/",
            "/floor/wrap-up/",
            "/outreach/campaigns/",
        ],
        "ops": [
            "/visits/rooms/",
            f"/visits/parties/{party.pk}/",
            f"/visits/bottles/{bottle.pk}/",
            "/floor/rota/",
            "/floor/tasks/",
            "/floor/tasks/new/",
            "/floor/night/",
            "/targets/bills/",
        ],
        "desk": ["/intake/", f"/intake/{night}/", "/customers/imports/", f"/customers/imports/{upload.pk}/"],
        "": ["/login/", "/nowhere/"],
    }


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("who", ["mgr1", "desk", "ops", ""])
def test_screens_are_sound_for_everybody(
    house: dict[str, list[str]], open_page: Any, flaws: Callable[..., list[str]], who: str, size: str
) -> None:
    user = User.objects.filter(username=who).first()
    page: Page = open_page(user, size=SIZES[size])
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    for url in house[who]:
        answer = page.goto(url)
        page.wait_for_load_state("networkidle")
        page.evaluate(THEME, "dark")
        assert flaws(page) == [], url
        page.evaluate(THEME, "light")
        assert flaws(page, rules=THEME_RULES) == [], f"{url} in the light theme"
        is_wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not is_wide, f"{url} scrolls sideways"
        if answer is not None and answer.status < 400:
            assert said == [], url
        said.clear()
