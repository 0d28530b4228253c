"""What guests said while a campaign ran (D5 S4): the week's figures over its nights, and what managers hand in, due to
operations within days.

Of the figures nothing is stored but that somebody of operations has read them: they are those of the answers.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback import complaint_numbers, numbers
from feedback.models import Survey
from feedback.models.survey import LOW
from outreach import rules
from outreach.models import Campaign, CampaignNote
from outreach.trace import Brought, trace
from staff.models import User
from vipdesk import nights
from vipdesk.alerts import Alert
from vipdesk.templatetags.nights import day

DUE_AFTER = dt.timedelta(days=3)  # from the last night, where the campaign names no day of its own
SHOWN = 12


class CannotRead(Exception):
    """There is nothing to put away as read; the message says why."""


@dataclass(frozen=True)
class CampaignFeedback:
    """A campaign's nights so far, beside as many nights before it. Complaints are the contract's `complaints`."""

    first: dt.date
    last: dt.date
    during: numbers.Numbers
    before: numbers.Numbers
    complaints: dict[str, Any]
    lowest: list[Survey]
    brought: Brought


def due_on(campaign: Campaign) -> dt.date | None:
    """The day by which operations have read it; None of a campaign without an end."""
    return campaign.feedback_due_on or (campaign.ends_on and campaign.ends_on + DUE_AFTER)


def ended_unread(night: dt.date) -> QuerySet[Campaign]:
    """Campaigns that ran, are over, and whose feedback nobody has read."""
    over = Campaign.objects.filter(starts_on__isnull=False, ends_on__lt=night, feedback_read_at=None)
    return over.exclude(approved_at=None).order_by("ends_on", "pk")


def feedback_of(campaign: Campaign) -> CampaignFeedback | None:
    """None of a campaign that has not begun, or never does."""
    tonight = nights.tonight()
    first, last = campaign.starts_on, min(campaign.ends_on or tonight, tonight)
    if first is None or first > last:
        return None
    length = last - first + dt.timedelta(days=1)
    said = Survey.objects.filter(night__range=(first, last), overall__lte=LOW).select_related("room", "manager")
    brought = trace(first=first, last=last, days=rules.current().trace_days).by_campaign
    return CampaignFeedback(
        first=first,
        last=last,
        during=numbers.of_nights(first, last),
        before=numbers.of_nights(first - length, last - length),
        complaints=complaint_numbers.of_week(first, last),
        lowest=list(said.order_by("overall", "-submitted_at")[:SHOWN]),
        brought=next((row for row in brought if row.name == campaign.code), Brought(campaign.code)),
    )


def mark_read(*, campaign: Campaign, by: User) -> None:
    """Somebody of operations has read it; the first one stays. Raises `CannotRead` while the campaign runs."""
    if not (campaign.ends_on and campaign.ends_on < nights.tonight()):
        raise CannotRead(_("The campaign is not over yet."))
    unread = Campaign.objects.filter(pk=campaign.pk, feedback_read_at=None)
    unread.update(feedback_read_at=timezone.now(), feedback_read_by=by)


# --- what managers hand in --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MyCampaign:
    """A campaign as a manager sees it: what it offers, what to do, what they handed in, by when it is due."""

    campaign: Campaign
    due_on: dt.date | None
    is_over: bool
    mine: list[CampaignNote]

    @property
    def is_owed(self) -> bool:
        """Whether feedback with a day of its own is not handed in yet."""
        return self.due_on is not None and not self.mine


@dataclass(frozen=True)
class HandedIn:
    """What one manager handed in; `is_late`: only after the day it was due on."""

    manager: User
    notes: list[CampaignNote]
    is_late: bool


def for_managers(night: dt.date) -> QuerySet[Campaign]:
    """Approved campaigns that run on that night, and those that are over and wait for feedback."""
    begun = Q(starts_on=None) | Q(starts_on__lte=night)
    waits = Q(ends_on=None) | Q(ends_on__gte=night) | Q(starts_on__isnull=False, feedback_read_at=None)
    found = Campaign.objects.filter(begun & waits, approved_at__isnull=False)
    return found.order_by(F("ends_on").asc(nulls_last=True), "pk")


def campaigns_of(user: User, night: dt.date) -> list[MyCampaign]:
    """The campaigns this manager works on, with what they handed in; two statements."""
    mine = CampaignNote.objects.filter(manager=user)
    found = for_managers(night).prefetch_related(Prefetch("notes", mine, to_attr="mine"))
    return [MyCampaign(one, due_on(one), bool(one.ends_on and one.ends_on < night), one.mine) for one in found]


@transaction.atomic
def hand_in(*, note: CampaignNote) -> CampaignNote:
    """Keep what guests said of a campaign (unsaved). Raises `CannotRead` once operations have read its feedback."""
    campaign = Campaign.objects.select_for_update().get(pk=note.campaign_id)
    if campaign.feedback_read_at:
        raise CannotRead(_("Operations have read the feedback on this campaign: tell them in person."))
    note.night = nights.tonight()
    note.save(force_insert=True)
    return note


def handed_in(campaign: Campaign) -> tuple[list[HandedIn], list[User]]:
    """What each manager handed in, and the managers at work who have not; by login name."""
    due = due_on(campaign)
    by_manager: dict[int, list[CampaignNote]] = {}
    for note in campaign.notes.select_related("manager"):
        by_manager.setdefault(note.manager_id, []).append(note)
    found = [HandedIn(notes[0].manager, notes, bool(due and notes[0].night > due)) for notes in by_manager.values()]
    missing = User.objects.managers().filter(is_on_leave=False).exclude(pk__in=by_manager)
    return sorted(found, key=lambda one: one.manager.username), list(missing.order_by("username"))


def alerts() -> Iterator[Alert]:
    """What guests said of a campaign that is over, until somebody has read it."""
    for campaign in ended_unread(nights.tonight()):
        due = due_on(campaign)
        text = _("“%(campaign)s” is over: read by %(day)s what guests said.")
        url = reverse("outreach:campaign_feedback", args=[campaign.pk])
        yield Alert(f"campaign-feedback:{campaign.pk}", text % {"campaign": campaign, "day": day(due)}, url)
