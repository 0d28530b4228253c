"""The demo venue's complaints: one every night or so, some settled in time, some not, one open tonight."""

import datetime as dt
import random
from collections.abc import Callable
from decimal import Decimal

from django.utils import timezone

from feedback import compensating, complaints
from feedback.complaint_choices import Category, CompensationKind, RootCause, Severity
from feedback.escalating import sweep
from feedback.models import Compensation, Complaint
from staff.models import User
from vipdesk import nights as night
from visits.models import Party

OF_A_NIGHT = 2
SAID = (
    (Category.WAITING, "果盘等了四十分钟还没有上", "今晚就要上", RootCause.STAFFING),
    (Category.EQUIPMENT, "左边的话筒一直有杂音", "换一支话筒", RootCause.EQUIPMENT),
    (Category.SERVICE, "服务员进来不敲门", "", RootCause.TRAINING),
    (Category.BILL, "账单上多了一打啤酒", "重新核对账单", RootCause.INFORMATION),
    (Category.ROOM, "包厢里有烟味，沙发没有擦", "换一间包厢", RootCause.PROCESS),
    (Category.FOOD_DRINK, "点的冰镇，拿来是常温的", "", RootCause.SUPPLY),
)
SEVERITIES = (Severity.LOW, Severity.NORMAL, Severity.NORMAL, Severity.NORMAL, Severity.HIGH)


def load(*, customers: int, nights: int, seed: int, out: Callable[[str], None]) -> None:
    """For the last nights on which nobody complained yet, where there were parties; told by the services themselves."""
    now, ops = timezone.now(), User.objects.filter(username="ops").first()
    window = [night.tonight(now) - dt.timedelta(days=n) for n in range(nights - 1, -1, -1)]
    told = set(Complaint.objects.filter(night__in=window).values_list("night", flat=True))
    wanted = [one for one in window if one not in told] if ops else []
    count = 0
    for one in wanted:
        rng = random.Random(f"complaints {seed} {one}")  # noqa: S311  an invented evening, no secret
        parties = list(Party.objects.filter(night=one, seated_at__lte=now - dt.timedelta(minutes=10)).order_by("pk"))
        for party in rng.sample(parties, min(len(parties), OF_A_NIGHT)):
            _tell(rng, party, ops or party.seated_by, now)
            count += 1
        # As it would have been that night: what was late by its end went to operations then.
        sweep(min(now, night.shift_end(one)))
    out(f"Demo complaints: {count} told.")


def _tell(rng: random.Random, party: Party, ops: User, now: dt.datetime) -> None:
    about, words, wished, cause = rng.choice(SAID)
    at = min(party.seated_at + dt.timedelta(minutes=rng.randint(10, 60)), now - dt.timedelta(minutes=5))
    manager = party.attributed_to or party.seated_by
    one = complaints.open_complaint(
        complaint=Complaint(
            party=party, channel="visit", category=about, severity=rng.choice(SEVERITIES), words=words, wished=wished
        ),
        by=manager,
        now=at,
    )
    answered = at + dt.timedelta(minutes=rng.randint(3, 45))
    solved = answered + dt.timedelta(minutes=rng.randint(5, 200))
    if answered > now or rng.random() < 0.1:
        return
    complaints.answer(complaint=one, by=manager, words="已当面致歉，马上处理", now=answered)
    if solved > now:
        return
    _compensate(rng, one, manager, answered)
    complaints.solve(complaint=one, by=manager, words="已解决，客人满意", now=solved)
    if rng.random() < 0.8:
        complaints.close(complaint=one, by=ops, root_cause=cause, now=solved + dt.timedelta(seconds=60))


def _compensate(rng: random.Random, one: Complaint, manager: User, at: dt.datetime) -> None:
    if rng.random() < 0.5:
        kind, value = rng.choice([(CompensationKind.FRUIT, "68.00"), (CompensationKind.DRINKS, "168.00")])
        asked = Compensation(complaint=one, kind=kind, value=Decimal(value), reason="等待太久，表示歉意")
        asked = compensating.ask_compensation(compensation=asked, by=manager, now=at)
        if asked.state == "approved":
            compensating.give(compensation=asked, by=manager, now=at)
