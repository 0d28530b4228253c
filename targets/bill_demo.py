"""Bills of the demo venue: one of each party that has gone, some sales of cards, a refund here and there; what open
rooms have spent so far, and what a fruit plate costs. They follow from the seed, the night and the room."""

import datetime as dt
import random
from collections.abc import Callable, Iterable
from decimal import Decimal

from django.utils import timezone

from staff.demo import MANAGERS
from staff.models import User
from targets.bills.reading import Said
from targets.bills.taking import take_bills
from targets.choices import ChargeKind, Payment, Source
from targets.models import GiftCost
from vipdesk import nights as night
from visits.models import Party, PartySpend
from visits.visiting import note_spend

USUAL_SPEND = 480  # of a table of the hall, which has no minimum
PAYMENTS = (Payment.WECHAT, Payment.WECHAT, Payment.ALIPAY, Payment.CARD, Payment.STORED_VALUE, Payment.CASH)
PLATE, SINCE = Decimal("38.00"), dt.date(2024, 1, 1)
# A bill is paid before its party leaves the room.
BEFORE_LEAVING = dt.timedelta(minutes=4)


def load(*, customers: int, nights: int, seed: int, out: Callable[[str], None]) -> None:
    """What is in already is left alone: the same number brings the same bill."""
    if not GiftCost.objects.exists():
        GiftCost.objects.create(effective_from=SINCE, cost=PLATE)
    if not customers:
        return
    window = [night.tonight() - dt.timedelta(days=n) for n in range(nights)]
    parties = Party.objects.filter(night__in=window, seated_by__username__in=[one.username for one in MANAGERS])
    rows = list(parties.select_related("room").order_by("night", "pk"))
    said = [*_bills(rows, seed), *_cards(window, seed)]
    created = sum(outcome.fate.value == "created" for outcome in take_bills(said, source=Source.TILL))
    for party in rows:
        if party.is_open and not party.spends.exists():
            _note(party, seed)
    out(f"Demo bills: {created} added.")


def _bills(parties: Iterable[Party], seed: int) -> Iterable[Said]:
    for party in parties:
        if party.closed_at is None:
            continue
        rng = _chance(f"bill {seed} {party.night} {party.room}")
        paid_at = max(party.seated_at, party.closed_at - BEFORE_LEAVING)
        bill_no = f"D{party.night:%y%m%d}-{party.room}"
        amount = _spend(party, rng, Decimal(1))
        yield _said(bill_no, paid_at, amount, rng, manager=party.seated_by_id, room=party.room_id)
        if rng.random() < 0.03:
            yield _said(f"{bill_no}R", paid_at, -amount // 10, rng, refund_of=bill_no)


def _cards(window: Iterable[dt.date], seed: int) -> Iterable[Said]:
    """Stored-value cards, sold about 21:00."""
    managers = list(User.objects.filter(username__in=[one.username for one in MANAGERS]).order_by("username"))
    now = timezone.now()
    for one in window:
        for manager in managers:
            rng = _chance(f"card {seed} {one} {manager.username}")
            paid_at = night.moment_in(one, dt.time(21, rng.randrange(60)))
            if rng.random() < 0.25 and paid_at <= now:
                amount = Decimal(rng.choice((1000, 2000, 3000, 5000, 10000)))
                bill_no = f"D{one:%y%m%d}-C{manager.username}"
                yield _said(bill_no, paid_at, amount, rng, kind=ChargeKind.CARD, manager=manager.pk)


def _said(bill_no: str, paid_at: dt.datetime, amount: Decimal, rng: random.Random, **facts: object) -> Said:
    usual = {"kind": ChargeKind.ROOM, "manager": None, "room": None, "refund_of": "", "payment": rng.choice(PAYMENTS)}
    known = {"row": 0, "bill_no": bill_no, "paid_at": paid_at, "night": night.night_of(paid_at), "amount": amount}
    return Said(**(usual | known | facts))  # type: ignore[arg-type]


def _note(party: Party, seed: int) -> None:
    rng = _chance(f"spent {seed} {party.night} {party.room}")
    amount = _spend(party, rng, Decimal("0.7"))
    note_spend(spend=PartySpend(party=party, amount=amount, origin=PartySpend.Origin.TILL, at=timezone.now()))


def _spend(party: Party, rng: random.Random, share: Decimal) -> Decimal:
    """Mostly a little over the room's minimum, in whole yuan."""
    usual = party.room.minimum_spend or Decimal(USUAL_SPEND)
    return Decimal(int(usual * share * rng.randint(70, 190) / 100))


def _chance(words: str) -> random.Random:
    return random.Random(words)  # noqa: S311  an invented evening, no secret
