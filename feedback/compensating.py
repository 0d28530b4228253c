"""Compensation (G2): asked for, decided by whom the house lets decide, given.

Up to the limits of a role somebody says yes by asking. A limit holds for a sum: all that one complaint costs, all that
one party or guest is promised in a night, all that one person says yes to alone in a month. Verbs are one transaction
each, lock the complaint's row, write its timeline and raise `CannotCompensate` with a sentence.
"""

import datetime as dt
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.families import who_goes_on, with_merged
from customers.models import Customer
from feedback import timeline
from feedback.complaint_choices import CompensationKind, CompensationState, Happening, LimitRole
from feedback.complaints import locked
from feedback.models import Compensation, CompensationLimit, Complaint
from feedback.states import State
from staff import roles
from staff.models import User
from vipdesk import locks, nights
from vipdesk.locks import Lock
from vipdesk.templatetags.nights import money
from visits.models import Party

CState = CompensationState


class CannotCompensate(Exception):
    """Why not, in words."""


@transaction.atomic
def ask_compensation(*, compensation: Compensation, by: User, now: dt.datetime | None = None) -> Compensation:
    """Ask for one (unsaved: complaint, what, value, why); within the asker's own limits it is approved by that, else
    its `waits_because` says which limit it is above."""
    now = now or timezone.now()
    _take_turns()
    complaint = locked(compensation.complaint)
    if complaint.state == State.CLOSED:
        raise CannotCompensate(_("This complaint is closed. Reopen it first."))
    if compensation.value < 0:
        raise CannotCompensate(_("An amount below zero is no compensation."))
    compensation.complaint, compensation.asked_by, compensation.asked_at = complaint, by, now
    compensation.state = CState.ASKED
    compensation.save(force_insert=True)
    _tell(compensation, Happening.ASKED, by, now, compensation.reason)
    compensation.waits_because = why_not_alone(compensation, by, now)
    return compensation if compensation.waits_because else _decide(compensation, CState.APPROVED, by, now, "")


@transaction.atomic
def approve(*, compensation: Compensation, by: User, words: str = "", now: dt.datetime | None = None) -> Compensation:
    """Operations say yes; to what they asked for themselves, within the sums of their own limit only."""
    now = now or timezone.now()
    _take_turns()
    row = _to_decide(compensation, by)
    if not may_say_yes(by, cost_of(row.complaint)) or (row.asked_by_id == by.pk and why_not_alone(row, by, now)):
        raise CannotCompensate(_("Altogether this is above what operations may say yes to."))
    return _decide(row, CState.APPROVED, by, now, words)


@transaction.atomic
def refuse(*, compensation: Compensation, by: User, words: str = "", now: dt.datetime | None = None) -> Compensation:
    """Operations say no."""
    return _decide(_to_decide(compensation, by), CState.REFUSED, by, now or timezone.now(), words)


@transaction.atomic
def give(*, compensation: Compensation, by: User, now: dt.datetime | None = None) -> Compensation:
    """The guest has it: from now on it is a cost of this night's month."""
    now = now or timezone.now()
    row = _locked(compensation)
    if row.state != CState.APPROVED:
        said = {"state": row.get_state_display()}
        raise CannotCompensate(_("This compensation is %(state)s: it cannot be given.") % said)
    row.state, row.given_by, row.given_at, row.given_night = CState.GIVEN, by, now, nights.night_of(now)
    row.save(update_fields=["state", "given_by", "given_at", "given_night"])
    _tell(row, Happening.GIVEN, by, now, "")
    return row


def cost_of(complaint: Complaint) -> Decimal:
    """All that was asked for and not refused, in yuan."""
    asked = complaint.compensations.exclude(state=CState.REFUSED).aggregate(yuan=Sum("value"))["yuan"]
    return asked or Decimal(0)


def may_say_yes(user: User, total: Decimal) -> bool:
    """Whether this person may say yes to so much for one complaint, without anybody else."""
    limit = _limit_of(user)
    return limit is None or total <= limit.amount


def why_not_alone(compensation: Compensation, by: User, now: dt.datetime) -> str:
    """Why `by` cannot say yes to their own compensation alone, in words; empty where they can. `_take_turns` before."""
    limit = _limit_of(by)
    if limit is None:
        return ""
    complaint, value = compensation.complaint, compensation.value
    others = Compensation.objects.exclude(state=CState.REFUSED).exclude(pk=compensation.pk)
    tonight = others.filter(_of_the_same(complaint, now), asked_at__range=_night(now))
    plates = tonight.filter(kind=CompensationKind.FRUIT).count()
    if compensation.kind == CompensationKind.FRUIT and plates >= settings.PLATES_PER_PARTY:
        return _("Operations decide: this party or guest has had its fruit plates of tonight.")
    if _sum(others.filter(complaint=complaint)) + value > limit.amount:
        return _("Operations decide: for this complaint it is above your limit of %(limit)s.") % {
            "limit": money(limit.amount)
        }
    if _sum(tonight) + value > limit.amount:
        return _("Operations decide: for this party or guest tonight it is above your limit of %(limit)s.") % {
            "limit": money(limit.amount)
        }
    if _sum(_said_alone(by, now).exclude(pk=compensation.pk)) + value > limit.month_amount:
        return _("Operations decide: it is above your limit of %(limit)s a month.") % {
            "limit": money(limit.month_amount)
        }
    return ""


def _limit_of(user: User) -> CompensationLimit | None:
    """The limit that this person has; None where they have none. Whoever may say yes to nothing has one of zero."""
    if user.is_superuser and user.has_role(roles.OPERATIONS):
        return None
    limits = {limit.role: limit for limit in CompensationLimit.objects.all()}
    if user.has_role(roles.OPERATIONS):
        return limits.get(LimitRole.OPERATIONS)
    nothing = CompensationLimit(amount=Decimal(-1), month_amount=Decimal(0))
    return limits.get(LimitRole.MANAGER, nothing) if user.has_role(roles.MANAGER) else nothing


def _of_the_same(complaint: Complaint, now: dt.datetime) -> Q:
    """Compensations of the same people: of this party or guest, of the guests of that party, of the parties of that
    guest tonight. A complaint that names neither stands by itself: the month's sum limits it."""
    family = Customer.objects.family(complaint.customer.pk) if complaint.customer else []
    hosted = Party.objects.filter(night=nights.night_of(now)).filter(
        Q(customer__in=family) | Q(guests__customer__in=family)
    )
    parties = {*hosted.values_list("pk", flat=True), *filter(None, [complaint.party_id])}
    hosts = Party.objects.filter(pk__in=parties).values_list("customer", "guests__customer")
    guests = set(who_goes_on({pk for pair in hosts for pk in pair if pk} | set(family)).values())
    if not parties and not guests:
        return Q(complaint=complaint)
    theirs = with_merged(Customer.objects.filter(pk__in=guests))
    return Q(complaint__party__in=parties) | Q(complaint__customer__in=theirs)


def _said_alone(by: User, now: dt.datetime) -> QuerySet[Compensation]:
    """What this person asked for and said yes to by themselves, in the month of `now`."""
    month = nights.month_nights(nights.month_of(nights.night_of(now)))
    begin, end = nights.night_bounds(month[0])[0], nights.night_bounds(month[-1])[1]
    said_yes = Compensation.objects.filter(asked_by=by, decided_by=by, decided_at__gte=begin, decided_at__lt=end)
    return said_yes.filter(state__in=[CState.APPROVED, CState.GIVEN])


def _night(now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    return nights.night_bounds(nights.night_of(now))


def _sum(rows: QuerySet[Compensation]) -> Decimal:
    return rows.aggregate(yuan=Sum("value"))["yuan"] or Decimal(0)


def _take_turns() -> None:
    """One asks at a time, until the transaction ends: a sum that two add to at once would hold for neither. Taken
    before any complaint is locked."""
    locks.hold(Lock.COMPENSATION)


def _locked(compensation: Compensation) -> Compensation:
    """The complaint first, as everybody else does; then the row as it is now."""
    locked(compensation.complaint)
    return Compensation.objects.select_for_update(of=("self",)).select_related("complaint").get(pk=compensation.pk)


def _to_decide(compensation: Compensation, by: User) -> Compensation:
    if not by.has_role(roles.OPERATIONS):
        raise CannotCompensate(_("Operations decide on this."))
    row = _locked(compensation)
    if row.state != CState.ASKED:
        raise CannotCompensate(_("This compensation is %(state)s already.") % {"state": row.get_state_display()})
    return row


def _decide(row: Compensation, state: CState, by: User, now: dt.datetime, words: str) -> Compensation:
    row.state, row.decided_by, row.decided_at = state, by, now
    row.save(update_fields=["state", "decided_by", "decided_at"])
    kind = Happening.APPROVED if state == CState.APPROVED else Happening.REFUSED
    _tell(row, kind, by, now, words)
    return row


def _tell(row: Compensation, kind: Happening, by: User, now: dt.datetime, words: str) -> None:
    timeline.write(row.complaint, kind, by=by, at=now, compensation=row, words=words)


def in_words(compensation: Compensation) -> str:
    return f"{compensation.get_kind_display()} · {money(compensation.value)}"
