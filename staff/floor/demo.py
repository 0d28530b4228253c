"""The demo venue's roster of this week, its tasks of tonight, and who clocked in and signed on the last nights."""

import datetime as dt
import random
from collections.abc import Callable, Sequence

from django.utils import timezone

from staff.demo import MANAGERS
from staff.floor import assignments
from staff.models import Attendance, NightSignature, Shift, Task, User
from vipdesk import nights as night

TASKS = (
    ("请各位再核对一次 8 楼的预订", "有两位客人改过时间，以前台的本子为准。", dt.time(19, 30)),
    ("23:00 前到大厅帮忙布置活动", "带上今晚的赠券。", dt.time(22, 45)),
)


def load(*, customers: int, nights: int, seed: int, out: Callable[[str], None]) -> None:
    """Plan what nobody has planned, and tell of nights that nobody has told of; nothing stands twice."""
    managers = list(User.objects.filter(username__in=[login.username for login in MANAGERS]).order_by("username"))
    tonight = night.tonight()
    _plan(managers, tonight)
    _were_here(managers, [tonight - dt.timedelta(days=n) for n in range(1, nights)], seed)
    _are_here(managers[1:], tonight, seed)
    _give(managers, tonight)
    out("Roster, attendance and tasks: this week's.")


def _plan(managers: Sequence[User], tonight: dt.date) -> None:
    """Everybody on up to tonight, as the guests captured tell; then two off a night in turn, one on leave."""
    ops = User.objects.get(username="ops")
    week = night.week_nights(night.week_of(tonight))
    if Shift.objects.filter(night__in=week).exists():
        return
    Shift.objects.bulk_create(
        Shift(user=user, night=one, plan=_plan_of(place, one, tonight), planned_by=ops)
        for one in week
        for place, user in enumerate(managers)
    )


def _plan_of(place: int, one: dt.date, tonight: dt.date) -> str:
    if one <= tonight:
        return Shift.Plan.ON
    if place == 5:
        return Shift.Plan.LEAVE
    return Shift.Plan.OFF if one.weekday() % 5 == place else Shift.Plan.ON


def _were_here(managers: Sequence[User], wanted: Sequence[dt.date], seed: int) -> None:
    told = set(Attendance.objects.filter(night__in=wanted).values_list("night", flat=True))
    for one in (n for n in wanted if n not in told):
        rng = random.Random(f"{seed} {one}")  # noqa: S311  an invented evening, no secret
        here = [_attendance(rng, user, one) for user in managers]
        Attendance.objects.bulk_create(here)
        # Somebody forgets to sign now and then.
        signers = [attendance for attendance in here if rng.random() < 0.9]
        NightSignature.objects.bulk_create(
            [
                NightSignature(user=a.user, night=one, signed_at=a.out_at - dt.timedelta(minutes=4), summary={})
                for a in signers
                if a.out_at
            ],
            ignore_conflicts=True,
        )


def _are_here(managers: Sequence[User], tonight: dt.date, seed: int) -> None:
    """Who has come by now tonight; the first of them is left to whoever tries the desk."""
    if Attendance.objects.filter(night=tonight).exists():
        return
    rng, now = random.Random(f"{seed} {tonight}"), timezone.now()  # noqa: S311  an invented evening, no secret
    coming = [Attendance(user=user, night=tonight, in_at=_attendance(rng, user, tonight).in_at) for user in managers]
    Attendance.objects.bulk_create([one for one in coming if one.in_at <= now])


def _attendance(rng: random.Random, user: User, one: dt.date) -> Attendance:
    came = night.moment_in(one, dt.time(17, 50)) + dt.timedelta(minutes=rng.randint(0, 12))
    left = night.shift_end(one) + dt.timedelta(minutes=rng.randint(2, 25))
    return Attendance(user=user, night=one, in_at=came, out_at=left)


def _give(managers: Sequence[User], tonight: dt.date) -> None:
    """Two tasks for tonight; the second to the first two alone. What is due has been read by then."""
    if Task.objects.filter(night=tonight).exists():
        return
    ops = User.objects.get(username="ops")
    opens = night.night_bounds(tonight)[0]
    for (title, detail, clock), to in zip(TASKS, (managers, managers[:2]), strict=True):
        due_at = night.moment_in(tonight, clock)
        task = Task(title=title, detail=detail, due_at=due_at, given_by=ops, given_at=min(opens, timezone.now()))
        assignments.give_task(task=task, to=to)
