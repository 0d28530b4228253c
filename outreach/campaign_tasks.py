"""What managers must do for a campaign (D5), given to them as a task from leaders (D8) and followed from the campaign.

A campaign has one task or none, a column of its own; who gives it locks the campaign, so that pressing again, or two at
once, give it once. One that was withdrawn may be given anew.
"""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from outreach.models import Campaign
from staff.floor import assignments
from staff.models import Task, User


class CannotGive(Exception):
    """This campaign's task is not to be given, or not again; the message says why."""


@transaction.atomic
def give_campaign_task(*, campaign: Campaign, task: Task, to: Sequence[User]) -> Task:
    """Give the (unsaved) task to these people, and have the campaign name it. Raises `CannotGive`."""
    # The task in a statement of its own: joined, whoever waited for the lock would get none, as before the wait.
    locked = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if not locked.is_approved:
        raise CannotGive(_("The campaign %(code)s is not approved.") % {"code": locked.code})
    if is_given(locked):
        raise CannotGive(_("Its managers have their task already."))
    given = assignments.give_task(task=task, to=to)
    Campaign.objects.filter(pk=locked.pk).update(task=given)
    return given


def is_given(campaign: Campaign) -> bool:
    return campaign.task is not None and campaign.task.withdrawn_at is None


def how_far(campaign: Campaign) -> str:
    """How many have read and done it, in words."""
    people = list(campaign.task.people.all()) if campaign.task else []
    said = {
        "all": len(people),
        "read": sum(one.acknowledged_at is not None for one in people),
        "done": sum(one.done_at is not None for one in people),
    }
    return _("%(read)d of %(all)d have read it, %(done)d have done it") % said
