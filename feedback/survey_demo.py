"""The demo venue's surveys: answers of the last nights' parties, codes for its rooms' cards, and where the nights reach
back three weeks, a week that was remarked on, submitted and decided on.

What is told of nights past was answered on paper, as it were: it opens no complaint (see feedback.complaint_demo).
"""

import datetime as dt
import random
from collections.abc import Callable
from uuid import UUID

from django.utils import timezone

from feedback import guest_links, weeks
from feedback.models import Survey, WeekDecision, WeeklySummary
from feedback.models.survey import DIMENSIONS
from staff.floor import assignments
from staff.models import Task, TaskFor, User
from vipdesk import nights as night
from visits.models import Party, Room

ANSWERED = 0.55  # of the parties
CHANNELS = ("tablet", "tablet", "qr", "qr", "qr", "call")
GOOD = (
    "音响效果很好，唱得开心",
    "经理很热情，果盘新鲜",
    "包厢宽敞，服务及时",
    "存酒取得快",
    "Great evening, friendly service",
    "",
)
FAIR = ("点歌系统有点慢", "酒水价格偏高", "空调温度低", "", "", "")
POOR = ("音响有杂音，话筒没声音", "果盘等了很久", "叫服务员没人应", "包厢有烟味", "话筒坏了，等了半小时才换")
DAY, WEEK = dt.timedelta(days=1), dt.timedelta(weeks=1)
REMARKS = (
    "周末人手不够，周五加一人",
    "六楼音响要检修",
    "果盘出品慢，已和厨房沟通",
    "客人对新点歌系统评价好",
    "会员日反响不错",
)


def load(*, customers: int, nights: int, seed: int, out: Callable[[str], None]) -> None:
    """For those of the last nights on which nobody answered yet."""
    for room in Room.objects.in_service().filter(code=None):
        guest_links.code_of(room)
    tonight = night.tonight()
    window = [tonight - n * DAY for n in range(nights - 1, -1, -1)]
    told = set(Survey.objects.filter(night__in=window).values_list("night", flat=True))
    made = [survey for one in window if one not in told for survey in _night(one, seed)]
    Survey.objects.bulk_create(made, batch_size=2_000)
    if made:
        _weeks(window)
    out(f"Demo surveys: {len(made)} answered.")


def _night(one: dt.date, seed: int) -> list[Survey]:
    rng, now = random.Random(f"surveys {seed} {one}"), timezone.now()  # noqa: S311  an invented evening, no secret
    parties = Party.objects.filter(night=one, seated_at__lte=now - dt.timedelta(minutes=40)).select_related("room")
    answered = (party for party in parties.order_by("seated_at", "room__number") if rng.random() < ANSWERED)
    return [_answer(rng, party, now) for party in answered]


def _answer(rng: random.Random, party: Party, now: dt.datetime) -> Survey:
    is_noisy = party.room.number.startswith("6")
    overall = rng.choices(range(1, 6), weights=(4, 6, 12, 38, 40) if not is_noisy else (7, 10, 18, 38, 27))[0]
    around = {name: min(5, max(1, overall + rng.choice((-1, 0, 0, 1)))) for name in DIMENSIONS if rng.random() < 0.7}
    if is_noisy and "sound" in around:
        around["sound"] = max(1, around["sound"] - 1)
    at = party.seated_at + dt.timedelta(minutes=rng.randint(30, 150))
    channel = rng.choice(CHANNELS)
    words = GOOD if overall > 3 else FAIR if overall == 3 else POOR
    return Survey(
        client_id=UUID(int=rng.getrandbits(128), version=4),
        channel=channel,
        submitted_at=min(at, now - dt.timedelta(minutes=1)),
        night=party.night,
        manager=party.attributed_to or party.seated_by,
        room=party.room,
        party=party,
        customer=party.customer if channel == "call" else None,
        overall=overall,
        recommend=min(10, max(0, overall * 2 + rng.choice((-2, -1, 0, 0)))) if rng.random() < 0.6 else None,
        comment=rng.choice(words) if rng.random() < 0.5 else "",
        **around,
    )


def _weeks(window: list[dt.date]) -> None:
    """Last week as a draft; the one before it, where it is wholly told, as operations left it."""
    monday = window[-1] - window[-1].weekday() * DAY
    if window[0] <= monday - WEEK:
        weeks.draft_week(monday - WEEK)
    before = Survey.objects.in_nights(monday - 2 * WEEK, monday - WEEK - DAY)
    if window[0] <= monday - 2 * WEEK and before.exists():
        _submitted(monday - 2 * WEEK)


def _submitted(monday: dt.date) -> None:
    summary, ops = weeks.draft_week(monday), User.objects.filter(username="ops").first()
    managers = list(User.objects.managers())
    if ops is None or summary.is_locked or not managers:
        return
    for manager, text in zip(managers[:-1], REMARKS, strict=False):
        weeks.hand_in_remark(summary=summary, manager=manager, text=text, now=summary.due_at - dt.timedelta(hours=2))
    weeks.submit_week(summary=summary, now=summary.due_at)
    summary.refresh_from_db()
    weeks.acknowledge(summary=summary, by=ops)
    _decided(summary, ops, managers[0])


def _decided(summary: WeeklySummary, ops: User, manager: User) -> None:
    due = summary.due_at + 4 * DAY
    task = Task(title="六楼音响逐间检修", detail="六楼音响评分偏低", due_at=due, given_by=ops, given_at=summary.due_at)
    decision: WeekDecision = weeks.decide(summary=summary, point="六楼音响评分偏低", task=task, to=[manager])
    person = TaskFor.objects.get(task=decision.task)
    assignments.finish(task=person, answer="已换三支话筒")
