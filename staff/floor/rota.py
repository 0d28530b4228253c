"""The roster (G18): who is planned on which night, week by week, and who is on duty.

A plan says on, off or leave. Where nobody is planned on, everybody is on duty but those off or on leave, so that leave
entered ahead does not send the others home. Whoever has leave over a night (`Leave`), or whose account says "on leave",
is on leave, whatever the plan.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from staff import roles
from staff.models import Leave, Shift, User
from vipdesk import nights

Plan = Shift.Plan
NOT_PLANNED = ""
AHEAD = dt.timedelta(weeks=26)
# One tap goes on to the next; the last takes the plan back.
NEXT = {NOT_PLANNED: Plan.ON.value, Plan.ON.value: Plan.OFF.value, Plan.OFF.value: Plan.LEAVE.value}


class CannotPlan(Exception):
    """Why not, in words."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One person's plan for one night; leave with dates outweighs it, and is planned by itself."""

    user: User
    night: dt.date
    plan: str
    is_away: bool = False

    @property
    def next(self) -> str:
        return NEXT.get(self.plan, NOT_PLANNED)

    @property
    def is_open(self) -> bool:
        """Whether it may still be planned: a night that is over stays as it was."""
        return self.night >= nights.tonight() and not self.is_away

    @property
    def shown(self) -> str:
        return Plan.LEAVE.value if self.is_away else self.plan

    @property
    def label(self) -> str:
        """One short word, for a cell."""
        words = {Plan.ON.value: _("On"), Plan.OFF.value: _("Off"), Plan.LEAVE.value: _("Leave")}
        return words.get(self.shown, "–")

    @property
    def words(self) -> str:
        return str(Plan(self.shown).label) if self.shown else _("not planned")


@dataclass(frozen=True, kw_only=True)
class Row:
    user: User
    cells: list[Cell]


@dataclass(frozen=True, kw_only=True)
class Head:
    """A night of the week, and how many are on duty then."""

    night: dt.date
    on_duty: int
    is_tonight: bool


@dataclass(frozen=True, kw_only=True)
class Week:
    name: str
    heads: list[Head]
    rows: list[Row]

    @property
    def first(self) -> dt.date:
        return self.heads[0].night

    @property
    def last(self) -> dt.date:
        return self.heads[-1].night

    @property
    def before(self) -> str:
        return nights.week_of(self.first - dt.timedelta(days=7))

    @property
    def after(self) -> str:
        return nights.week_of(self.first + dt.timedelta(days=7))

    @property
    def is_open(self) -> bool:
        return self.last >= nights.tonight()


# --- who is on duty --------------------------------------------------------------------------------------------------


def on_duty(night: dt.date) -> list[User]:
    """Active managers on duty that night, by login name; two statements."""
    return duty_and_leave(night)[0]


def duty_and_leave(night: dt.date) -> tuple[list[User], list[User]]:
    """Active managers on duty that night, and those on leave by dates, account or plan; two statements."""
    plans = dict(Shift.objects.filter(night=night).values_list("user", "plan"))
    managers = _managers()
    away = [user for user in managers if plans.get(user.pk) == Plan.LEAVE or is_away(user, night)]
    return _on_duty(managers, night, plans), away


def is_on_duty(user: User, night: dt.date) -> bool:
    """Whether this manager is on duty that night; two statements."""
    return user in on_duty(night)


def is_off(user: User, night: dt.date) -> bool:
    """Whether somebody is planned off or on leave that night; one statement."""
    shift = Shift.objects.filter(user=OuterRef("pk"), night=night, plan__in=(Plan.OFF, Plan.LEAVE))
    mine = User.objects.filter(pk=user.pk).with_leaves().annotate(is_off=Exists(shift)).get()
    return bool(mine.is_off) or is_away(mine, night)


def is_away(user: User, night: dt.date) -> bool:
    """Whether somebody (of `with_leaves`) is on leave that night, by dates or by their account."""
    leaves: list[dict[str, str]] = user.leaves  # type: ignore[attr-defined]
    return user.is_on_leave or any(one["first"] <= night.isoformat() <= one["last"] for one in leaves)


def _on_duty(people: Iterable[User], night: dt.date, plans: Mapping[int, str]) -> list[User]:
    is_planned = Plan.ON in plans.values()
    wanted = {Plan.ON.value} if is_planned else {Plan.ON.value, NOT_PLANNED}
    return [user for user in people if not is_away(user, night) and plans.get(user.pk, NOT_PLANNED) in wanted]


def _managers() -> Sequence[User]:
    return list(User.objects.with_roles().managers().with_leaves())


# --- a week on the screen --------------------------------------------------------------------------------------------


def week(name: str, *, reader: User) -> Week:
    """The week "2026-W48" as its reader sees it, their own row first; two statements."""
    of_week = nights.week_nights(name)
    plans: dict[dt.date, dict[int, str]] = {night: {} for night in of_week}
    for night, user, plan in Shift.objects.filter(night__in=of_week).values_list("night", "user", "plan"):
        plans[night][user] = plan
    managers = sorted(_managers(), key=lambda user: user.pk != reader.pk)
    heads = [_head(night, len(_on_duty(managers, night, plans[night]))) for night in of_week]
    return Week(name=name, heads=heads, rows=[Row(user=user, cells=_cells(user, plans)) for user in managers])


def head(night: dt.date) -> Head:
    """How many are on duty on one night, as above its column; two statements."""
    return _head(night, len(on_duty(night)))


def _head(night: dt.date, count: int) -> Head:
    return Head(night=night, on_duty=count, is_tonight=night == nights.tonight())


def _cells(user: User, plans: Mapping[dt.date, Mapping[int, str]]) -> list[Cell]:
    return [
        Cell(user=user, night=night, plan=plan.get(user.pk, NOT_PLANNED), is_away=is_away(user, night))
        for night, plan in plans.items()
    ]


# --- planning --------------------------------------------------------------------------------------------------------


@transaction.atomic
def plan_shift(*, user: User, night: dt.date, plan: str, by: User) -> Cell:
    """Plan one manager for one night; an empty `plan` takes it back. The same again changes nothing.

    Raises `CannotPlan`: a night that is over, or too far ahead; somebody who is no manager, or on leave that night.
    """
    check_night(night)
    if not (user.is_active and roles.MANAGER in user.roles):
        raise CannotPlan(_("%(name)s is no service manager.") % {"name": user})
    if plan == Plan.ON and Leave.objects.filter(user=user, first_night__lte=night, last_night__gte=night).exists():
        raise CannotPlan(_("%(name)s is on leave that night.") % {"name": user})
    if plan == NOT_PLANNED:
        Shift.objects.filter(user=user, night=night).delete()
    else:
        planned = {"plan": Plan(plan), "planned_by": by}
        Shift.objects.update_or_create(user=user, night=night, defaults=planned)
    return Cell(user=user, night=night, plan=plan)


def check_night(night: dt.date) -> None:
    """Raises `CannotPlan` where this night is over, or too far ahead to be planned."""
    tonight = nights.tonight()
    if night < tonight:
        raise CannotPlan(_("This night is over; its plan stays as it was."))
    if night > tonight + AHEAD:
        raise CannotPlan(_("This is more than half a year ahead."))


@transaction.atomic
def copy_week(*, week: str, by: User) -> int:
    """Plan a week as the one before it, on and off alike, and say how many plans that made.

    What is planned already stays, and nights that are over; leave is not copied. Raises `CannotPlan`.
    """
    to_plan = [night for night in nights.week_nights(week) if night >= nights.tonight()]
    if not to_plan:
        raise CannotPlan(_("This week is over; its plan stays as it was."))
    check_night(to_plan[0])
    back = dt.timedelta(days=7)
    before = Shift.objects.filter(night__in=[night - back for night in to_plan], user__in=_managers())
    missing = [
        Shift(user_id=shift.user_id, night=shift.night + back, plan=shift.plan, planned_by=by)
        for shift in before.exclude(plan=Plan.LEAVE)
    ]
    had = Shift.objects.filter(night__in=to_plan)
    count = had.count()
    Shift.objects.bulk_create(missing, ignore_conflicts=True)
    return had.count() - count


# --- leave with dates ------------------------------------------------------------------------------------------------


def leave_from(night: dt.date) -> QuerySet[Leave]:
    """Leave of that night and later, the next first."""
    return Leave.objects.filter(last_night__gte=night).select_related("user", "planned_by")


@transaction.atomic
def plan_leave(*, leave: Leave) -> Leave:
    """Give somebody leave (unsaved: who, nights, kind, planned by). Plans for single nights stay, and count again where
    it is called off. Raises `CannotPlan`: nights that are over or too far ahead, none at all, leave they have already;
    somebody who is no manager."""
    if leave.last_night < leave.first_night:
        raise CannotPlan(_("It ends before it begins."))
    check_night(leave.first_night)
    check_night(leave.last_night)
    if not (leave.user.is_active and roles.MANAGER in leave.user.roles):
        raise CannotPlan(_("%(name)s is no service manager.") % {"name": leave.user})
    try:
        with transaction.atomic():
            leave.save(force_insert=True)
    except IntegrityError as error:
        if "on_leave_once" not in str(error):
            raise
        raise CannotPlan(_("%(name)s has leave over some of these nights already.") % {"name": leave.user}) from None
    return leave


@transaction.atomic
def call_off_leave(*, leave: Leave) -> None:
    """They are back from tonight on: nights that are over stay as they were. Called off again, it changes nothing."""
    tonight = nights.tonight()
    Leave.objects.filter(pk=leave.pk, first_night__gte=tonight).delete()
    running = Leave.objects.filter(pk=leave.pk, last_night__gte=tonight)
    running.update(last_night=tonight - dt.timedelta(days=1))
