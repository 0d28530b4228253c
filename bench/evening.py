"""Tonight with all its cards and the room board, in a house with every room taken: statements (issue 4)."""

from collections.abc import Callable, Iterator

from django.conf import settings
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from bench.calls import Browser, statements
from bench.pages import OURS
from bench.table import Row
from customers.models import Customer
from staff.models import User
from vipdesk import nights
from visits.models import Party, PartyGuest, Room

OCCUPIED = 60
FRAGMENT = {"HTTP_HX_REQUEST": "true", "HTTP_X_BACKGROUND": "1"}


def rows() -> Iterator[Row]:
    """The evening's rows of the table."""
    user = User.objects.get(username="mgr1")
    taken = _occupy(user)
    with override_settings(AUTHENTICATION_BACKENDS=[OURS]):
        desk = Browser(user, backend=OURS)
        page = statements(_get(desk, "/tonight/"))
        yield Row(f"tonight, all cards, {taken} rooms", page, None, "≤ 30", page <= 30, "statements")
        urls = [reverse(name) for name in (*settings.TONIGHT_CARDS, *settings.TONIGHT_CLOCK)]
        costs = {url: statements(_get(desk, url, **FRAGMENT)) for url in urls}
        url, most = max(costs.items(), key=lambda cost: cost[1])
        yield Row(f"costliest card, {url}", most, None, "≤ 8", most <= 8, "statements")
        board = statements(_get(desk, "/visits/rooms/"))
        yield Row("room board", board, None, "≤ 8", board <= 8, "statements")
        party = Party.objects.open().filter(seated_by=user).latest("pk")
        one = statements(_get(desk, reverse("visits:party", args=[party.pk])))
        yield Row("a party's page", one, None, "≤ 10", one <= 10, "statements")


def _get(desk: Browser, url: str, **headers: str) -> Callable[[], None]:
    def ask() -> None:
        if (status := desk.ask(url, None, **headers)) != 200:
            raise RuntimeError(f"{url} answered {status}: this would be measured wrongly")

    return ask


def _occupy(user: User) -> int:
    """Somebody with a friend in every room that is still empty; how many rooms are taken then."""
    empty = list(Room.objects.exclude(parties__in=Party.objects.open())[:OCCUPIED])
    guests = list(Customer.objects.living().order_by("-pk")[: 2 * len(empty)])
    seated = {"night": nights.tonight(), "people": 4, "seated_at": timezone.now(), "seated_by": user}
    parties = Party.objects.bulk_create(
        Party(room=room, customer=guest, **seated) for room, guest in zip(empty, guests, strict=False)
    )
    friends = zip(parties, guests[len(empty) :], strict=False)
    PartyGuest.objects.bulk_create(PartyGuest(party=party, customer=one, added_by=user) for party, one in friends)
    return Party.objects.open().count()
