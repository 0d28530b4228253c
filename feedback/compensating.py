"""Compensation (G2): asked for, decided by whom the house lets decide, given.

Up to the limit of a role, which counts all that one complaint costs, somebody says yes by asking. Verbs are one
transaction each, lock the complaint's row, write its timeline and raise `CannotCompensate` with a sentence.
"""

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback import timeline
from feedback.complaint_choices import CompensationState, Happening, LimitRole
from feedback.complaints import locked
from feedback.models import Compensation, CompensationLimit, Complaint
from feedback.states import State
from staff import roles
from staff.models import User
from vipdesk import nights
from vipdesk.templatetags.nights import money

CState = CompensationState


class CannotCompensate(Exception):
    """Why not, in words."""


@transaction.atomic
def ask_compensation(*, compensation: Compensation, by: User, now: dt.datetime | None = None) -> Compensation:
    """Ask for one (unsaved: complaint, what, value, why); within the asker's own limit it is approved by that."""
    now = now or timezone.now()
    complaint = locked(compensation.complaint)
    if complaint.state == State.CLOSED:
        raise CannotCompensate(_("This complaint is closed. Reopen it first."))
    if compensation.value < 0:
        raise CannotCompensate(_("An amount below zero is no compensation."))
    is_within = may_say_yes(by, cost_of(complaint) + compensation.value)
    compensation.complaint, compensation.asked_by, compensation.asked_at = complaint, by, now
    compensation.state = CState.ASKED
    compensation.save(force_insert=True)
    _tell(compensation, Happening.ASKED, by, now, compensation.reason)
    return _decide(compensation, CState.APPROVED, by, now, "") if is_within else compensation


@transaction.atomic
def approve(*, compensation: Compensation, by: User, words: str = "", now: dt.datetime | None = None) -> Compensation:
    """Operations say yes."""
    row = _to_decide(compensation, by)
    if not may_say_yes(by, cost_of(row.complaint)):
        raise CannotCompensate(_("Altogether this is above what operations may say yes to."))
    return _decide(row, CState.APPROVED, by, now or timezone.now(), words)


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
    limits = dict(CompensationLimit.objects.values_list("role", "amount"))
    if user.is_superuser and user.has_role(roles.OPERATIONS):
        return True
    if user.has_role(roles.OPERATIONS):
        limit = limits.get(LimitRole.OPERATIONS)
        return limit is None or total <= limit
    return user.has_role(roles.MANAGER) and total <= limits.get(LimitRole.MANAGER, Decimal(0))


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
