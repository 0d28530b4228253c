"""Bottles of the demo venue's members: eight to ten of them, most in date, some running out, a few expired.

Whether a guest has any, and which, follows from the seed and the guest's number in the venue alone; their days lie
around the night of the load. A million guests bring 400,000 bottles.
"""

import datetime as dt
import io
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone

from customers.demo import people
from customers.demo.loading import DEMO_GUESTS
from customers.demo.rows import line
from customers.models import Customer
from staff.demo import MANAGERS
from staff.models import User
from vipdesk.nights import tonight
from visits.models import StoredBottle

AT_ONCE = 20_000
COLUMNS = (
    "bottle_no, customer_id, product, category, is_opened, stored_on, expires_on, remaining, locker, stored_by_id,"
    " client_id, updated_at"
)
PRODUCTS = [
    ("麦卡伦12年", "spirits", 20),
    ("轩尼诗XO", "spirits", 16),
    ("芝华士12年", "spirits", 14),
    ("山崎12年", "spirits", 8),
    ("黑方", "spirits", 12),
    ("飞天茅台", "spirits", 8),
    ("拉菲传奇", "wine", 10),
    ("奔富407", "wine", 8),
    ("巴黎之花香槟", "wine", 2),
    ("梅酒", "other", 2),
]
_PRODUCTS = [(product, category) for product, category, _weight in PRODUCTS]
_WEIGHTS = [weight for _product, _category, weight in PRODUCTS]
HOW_MANY = (0, 0, 0, 1, 1, 1, 1, 1, 1, 2)  # of ten guests with a tier
DAYS = ((-20, -1, 4), (0, 7, 6), (8, 14, 8), (15, 60, 82))  # until the last day: from, to, of a hundred
KEPT_FULL, KEPT_OPENED = 90, 45  # days, as houses usually keep them


class Drawn(NamedTuple):
    product: str
    category: str
    remaining: str
    days: int
    locker: str

    @property
    def is_opened(self) -> bool:
        return self.remaining != "1"


def client_id(number: int, place: int) -> str:
    """The UUID of the bottle at `place` (0 or 1) of demo guest `number`."""
    return f"de3b0{place:03d}-0000-4000-8000-{number:012d}"


def load(*, seed: int, out: Callable[[str], None]) -> None:
    """Give bottles to the demo guests with a tier who had none drawn yet; what stands is not touched."""
    lines, done = _lines(seed), 0
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else every key would wait in memory for the commit
        while batch := list(islice(lines, AT_ONCE)):
            cursor.copy_expert(f"COPY visits_storedbottle ({COLUMNS}) FROM STDIN", io.StringIO("".join(batch)))
            done += len(batch)
    out(f"Demo bottles: {done} added.")


def _lines(seed: int) -> Iterator[str]:
    night, now = tonight(), timezone.now()
    logins = [login.username for login in MANAGERS]
    managers = list(User.objects.filter(username__in=logins).order_by("username").values_list("pk", flat=True))
    # A real bottle keeps its number: the invented ones step aside.
    taken = set(StoredBottle.objects.filter(bottle_no__startswith="B").values_list("bottle_no", flat=True))
    for key, guest in _guests():
        number = int(str(guest)[-12:])
        for place, drawn in enumerate(_bottles_of(seed, number)):
            bottle_no = f"B{2 * number + place:05d}"
            kept = KEPT_OPENED if drawn.is_opened else KEPT_FULL
            expires_on = night + dt.timedelta(days=min(drawn.days, kept))
            if bottle_no not in taken:
                yield line(
                    bottle_no,
                    key,
                    drawn.product,
                    drawn.category,
                    drawn.is_opened,
                    expires_on - dt.timedelta(days=kept),
                    expires_on,
                    drawn.remaining,
                    drawn.locker,
                    managers[number % len(managers)],
                    client_id(number, place),
                    now,
                )


def _guests() -> Iterator[tuple[int, object]]:
    first = (client_id(0, 0), client_id(people.MOST, 0))
    had = StoredBottle.objects.filter(customer=OuterRef("pk"), client_id__range=first)
    members = Customer.objects.filter(DEMO_GUESTS, ~Exists(had), tier__isnull=False).order_by("client_id")
    return iter(members.values_list("pk", "client_id").iterator(AT_ONCE))


def _bottles_of(seed: int, number: int) -> tuple[Drawn, ...]:
    return _block(seed, number // people.BLOCK)[number % people.BLOCK]


@lru_cache(maxsize=2)  # guests come in their order
def _block(seed: int, block: int) -> list[tuple[Drawn, ...]]:
    """Everybody of a block draws, with a tier or not, so that nobody's bottles hang on somebody else's."""
    rng = people.draws(seed, "bottles", block)
    many = people.BLOCK * 2
    products = rng.choices(_PRODUCTS, _WEIGHTS, k=many)
    levels = rng.choices(("1", "0.75", "0.5", "0.3", "0.25"), (40, 18, 22, 10, 10), k=many)
    spans = rng.choices(DAYS, [share for _first, _last, share in DAYS], k=many)
    lockers = [f"{letter}{shelf:02d}" for letter in "ABCDEF" for shelf in range(1, 41)]
    drawn = [
        Drawn(product, category, level, rng.randint(first, last), locker)
        for (product, category), level, (first, last, _share), locker in zip(
            products, levels, spans, rng.choices(lockers, k=many), strict=True
        )
    ]
    counts = rng.choices(HOW_MANY, k=people.BLOCK)
    return [tuple(drawn[2 * n : 2 * n + count]) for n, count in enumerate(counts)]
