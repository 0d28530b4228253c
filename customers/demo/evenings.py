"""The last nights of the demo venue (S1): who captured how many and when, what after-sales did with it."""

import datetime as dt
import random
from collections.abc import Sequence
from typing import NamedTuple

from customers.choices import IntakeStatus
from customers.demo.people import draws
from vipdesk import nights

MANAGERS = 6
FROM, UNTIL, STEP = dt.time(19), dt.time(1, 50), dt.timedelta(minutes=30)
TONIGHT_UNTIL = dt.time(23, 30)
_REASONS = ("请补全姓名", "生日请再确认", "地址太笼统，请补门牌号", "电话打不通，请核对", "请确认会员卡号")


class Decision(NamedTuple):
    status: IntakeStatus
    reason: str
    at: dt.datetime


class Capture(NamedTuple):
    """One guest taken in by manager number `manager` (0 to 5), and what became of the record."""

    manager: int
    night: dt.date
    at: dt.datetime
    story: tuple[Decision, ...] = ()

    @property
    def status(self) -> IntakeStatus:
        return self.story[-1].status if self.story else IntakeStatus.NEW

    @property
    def reason(self) -> str:
        told = [decision.reason for decision in self.story if decision.reason]
        return told[-1] if told and self.status != IntakeStatus.ACCEPTED else ""

    @property
    def changed_at(self) -> dt.datetime:
        """When the facts were last touched: at their correction, else at the capture."""
        return next((d.at for d in reversed(self.story) if d.status == IntakeStatus.CORRECTED), self.at)


class Sheet(NamedTuple):
    manager: int
    handed_in_at: dt.datetime
    rows: int


class Evening(NamedTuple):
    """`exported_at`: when after-sales took the night's sheet away, None where they have not yet."""

    night: dt.date
    captures: list[Capture]
    sheets: list[Sheet]
    exported_at: dt.datetime | None


def evenings(*, seed: int, wanted: Sequence[dt.date], guests: int, now: dt.datetime) -> list[Evening]:
    """Evenings for the nights `wanted`, newest first, which take `guests` at most: the newest take what they need."""
    found = []
    for index, night in enumerate(wanted):
        # Where there are too few guests, a night has about twice what its equal share with all older ones would be.
        share = -(-2 * guests // (len(wanted) - index + 1))
        evening = _evening(seed, night, min(share, guests), now, is_only=len(wanted) == 1)
        guests -= len(evening.captures)
        found.append(evening)
    return found


def _evening(seed: int, night: dt.date, most: int, now: dt.datetime, is_only: bool) -> Evening:
    rng = draws(seed, "evening", night)
    age = (nights.tonight(now) - night).days
    captures: list[Capture] = []
    for manager, count in enumerate(_counts(rng, age, most)):
        for place, at in enumerate(_moments(rng, night, count, now if age == 0 else None)):
            is_first = manager == 0 and place == 0
            captures.append(Capture(manager, night, at, _story(rng, age, night, at, is_first, is_only)))
    captures.sort(key=lambda capture: capture.at)
    exported_at = nights.shift_end(night) + dt.timedelta(minutes=rng.randint(75, 110)) if age > 1 and captures else None
    return Evening(night, captures, _sheets(rng, age, night, captures), exported_at)


def _counts(rng: random.Random, age: int, most: int) -> list[int]:
    """How many each manager captured: ten and more, one of them short; tonight, half-way, fewer."""
    wishes = [rng.randint(3, 7) if age == 0 else rng.randint(10, 13) for _n in range(MANAGERS)]
    if age:
        wishes[rng.randrange(MANAGERS)] = rng.randint(6, 9)
    if sum(wishes) <= most:
        return wishes
    if age == 0:
        return [most // MANAGERS + (n < most % MANAGERS) for n in range(MANAGERS)]
    return _on_duty(rng, wishes, most)


def _on_duty(rng: random.Random, wishes: list[int], most: int) -> list[int]:
    """With too few guests for all, some managers have the night off rather than all being short."""
    counts = [0] * MANAGERS
    for manager in [0, *rng.sample(range(1, MANAGERS), MANAGERS - 1)]:
        counts[manager] = min(wishes[manager], most - sum(counts))
    return counts


def _moments(rng: random.Random, night: dt.date, count: int, now: dt.datetime | None) -> list[dt.datetime]:
    """When they were captured, between 19:00 and 01:50; on the night that runs, never later than `now`."""
    start, end = nights.moment_in(night, FROM), nights.moment_in(night, UNTIL)
    if now is not None:
        opens, end = nights.night_bounds(night)[0], min(_half_hour(now), nights.moment_in(night, TONIGHT_UNTIL))
        start = start if start < end else opens
    span = max(int((end - start).total_seconds()), 0)
    return sorted(start + dt.timedelta(seconds=rng.randint(0, span)) for _n in range(count))


def _half_hour(moment: dt.datetime) -> dt.datetime:
    return moment - (moment - nights.night_bounds(nights.night_of(moment))[0]) % STEP


def _story(
    rng: random.Random, age: int, night: dt.date, at: dt.datetime, is_first: bool, is_only: bool
) -> tuple[Decision, ...]:
    """Old nights are settled but for a few; last night's are half checked; tonight's wait."""
    draw, reason = rng.random(), rng.choice(_REASONS)
    checked = nights.shift_end(night) + dt.timedelta(minutes=rng.randint(10, 70))
    next_evening = nights.moment_in(night + dt.timedelta(days=1), FROM) + dt.timedelta(minutes=rng.randint(0, 90))
    accepted = Decision(IntakeStatus.ACCEPTED, "", checked)
    sent_back = Decision(IntakeStatus.SENT_BACK, reason, checked)
    corrected = Decision(IntakeStatus.CORRECTED, "", next_evening)
    settled = Decision(IntakeStatus.ACCEPTED, "", next_evening + dt.timedelta(hours=6))
    if age == 0:
        # With no other night to show one, the first record of the first manager came back.
        return (sent_back._replace(at=at),) if is_only and is_first else ()
    if age == 1:
        return (sent_back,) if draw < 0.08 or is_first else (accepted,) if draw < 0.6 else ()
    if draw < 0.9:
        return (accepted,)
    if draw < 0.97:
        return (sent_back, corrected, settled)
    return (sent_back, corrected) if draw < 0.99 else (sent_back,)


def _sheets(rng: random.Random, age: int, night: dt.date, captures: list[Capture]) -> list[Sheet]:
    """Handed in before 02:00; one comes late, and last night's slowest has not come at all. Tonight's are to come."""
    if age == 0:
        return []
    late, found = rng.randrange(MANAGERS), []
    for manager in sorted({capture.manager for capture in captures}):
        minutes = rng.randint(8, 95) if manager == late else -rng.randint(1, 9)
        at = nights.shift_end(night) + dt.timedelta(minutes=minutes, seconds=rng.randint(0, 59))
        if age > 1 or manager != (late + 1) % MANAGERS:
            found.append(Sheet(manager, at, sum(capture.manager == manager for capture in captures)))
    return found


def early_moment(number: int, night: dt.date) -> dt.datetime:
    """When guest `number` of earlier years was captured on that night."""
    minutes = number * 7919 % 410
    return nights.moment_in(night, FROM) + dt.timedelta(minutes=minutes, seconds=number % 60)
