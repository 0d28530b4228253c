"""What text messages need done by the clock: the batch of the night, sending, what dead senders left (T10)."""

import datetime as dt
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db.models import Count, F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outreach import rules, sms_inbound, sms_planning, sms_replies, sms_results, sms_sending
from outreach.models import Campaign, OutreachRules, SmsBatch, SmsMessage
from outreach.sms_choices import BatchState, MessageState
from vipdesk import jobs, nights, sweeps
from vipdesk.alerts import Alert
from vipdesk.jobs import Job

SENDERS = 2  # tasks of a batch that a sweep starts; each goes on until the next sweep
A_WHILE = 50.0  # seconds


# --- the night's batch ---------------------------------------------------------------------------------------------


def _due(night: dt.date) -> dt.datetime | None:
    return nights.moment_in(night, settings.SMS_BATCHES_AT) if rules.current().is_sms_night(night) else None


def _until_quiet(night: dt.date) -> dt.datetime:
    """After that nothing would be sent on this night; where it is never quiet, until the night is over."""
    in_force = rules.current()
    if in_force.quiet_from == in_force.quiet_to:
        return nights.night_bounds(night)[1]
    return nights.moment_in(night, in_force.quiet_from)


def campaign_of(night: dt.date) -> Campaign | None:
    """The newest approved campaign that runs on that night."""
    approved = Campaign.objects.filter(approved_at__isnull=False)
    newest = approved.order_by(F("starts_on").desc(nulls_last=True), "-approved_at", "-pk")
    return next((one for one in newest if one.runs_on(night)), None)


def _build(night: dt.date) -> Mapping[str, Any]:
    """The batch waits for operations' approval. Without an approved campaign nothing is built, and they are told."""
    campaign = campaign_of(night)
    if campaign is None:
        return {"campaign": None}
    batch = sms_planning.build_batch(night=night, code=campaign.code, is_forced=True).batch
    return {"campaign": campaign.code, "batch": batch.pk, "planned": batch.messages.count()}


SMS_BATCH = Job(
    name="outreach.sms_batch",
    due=_due,
    catch_up=_until_quiet,
    run=_build,
    title=gettext_lazy("SMS batch"),
    does=gettext_lazy("Builds the night's batch of the newest approved campaign; it waits for approval."),
    asks=gettext_lazy("A night's batch of a campaign is built once. Nothing is sent before somebody approves it."),
    words={
        "campaign": gettext_lazy("campaign"),
        "batch": gettext_lazy("batch"),
        "planned": gettext_lazy("messages planned"),
    },
)


# --- sending -------------------------------------------------------------------------------------------------------


@sweeps.sweep(gettext_lazy("Sends approved text messages, and finds what senders left behind."))
def sweep() -> None:
    """Every minute: what dead senders held, what is too late, what is unknown for long; and senders for what waits."""
    from outreach import tasks  # tasks imports this module

    sms_results.recover()
    sms_results.expire()
    sms_results.reconcile()
    if sms_sending.is_quiet():
        return
    for batch in sms_sending.waiting(timezone.now()):
        for _sender in range(SENDERS):
            jobs.enqueue(tasks.send_sms_batch, batch.pk)


def send_for_a_while(pk: int) -> dict[str, int]:
    """One sender over one batch, until about the next sweep."""
    batch = sms_results.sendable(timezone.now()).filter(pk=pk).first()
    tally = sms_sending.Tally()
    if batch is not None:
        sms_sending.Sender(batch, tally).run(time.monotonic() + A_WHILE)
    return tally.sent


# --- what operations must know -------------------------------------------------------------------------------------


def alerts() -> Iterator[Alert]:
    now = timezone.now()
    night, in_force = nights.tonight(now), rules.current()
    if _is_missing(night, in_force, now):
        text = _("Tonight is an SMS night, and no campaign is approved for it: nothing is sent.")
        yield Alert(f"sms-none:{night}", text, reverse("outreach:sms"))
    batches = list(SmsBatch.objects.filter(night__gte=night - dt.timedelta(days=7)).select_related("campaign"))
    yield from _waiting(batches, night)
    yield from _in_trouble(batches, now)
    yield from _expired([batch for batch in batches if batch.night < night])
    yield from sms_inbound.alerts()
    unread = sms_replies.unread().count()
    if unread:
        text = _("Replies to text messages that nobody has read: %(count)s.") % {"count": unread}
        yield Alert(f"sms-replies:{night}", text, reverse("outreach:sms_replies"))
    open_ones = sms_results.open_questions().filter(state="manual").count()
    if open_ones:
        text = _("Text messages about which somebody must decide: %(count)s.") % {"count": open_ones}
        yield Alert("sms-manual", text, reverse("outreach:sms_questions"))


def _waiting(batches: Sequence[SmsBatch], night: dt.date) -> Iterator[Alert]:
    for batch in batches:
        if batch.state == BatchState.WAITING and batch.night >= night:
            text = _("An SMS batch waits for approval: %(campaign)s.") % {"campaign": batch.campaign}
            yield Alert(f"sms-waits:{batch.pk}", text, reverse("outreach:sms_batch", args=[batch.pk]))


def _in_trouble(batches: Sequence[SmsBatch], now: dt.datetime) -> Iterator[Alert]:
    """Batches of which the gateway takes nothing, while they may still be sent."""
    for batch in batches:
        if batch.state == BatchState.SENDING and batch.trouble and not batch.is_expired(now):
            text = _("The SMS gateway takes nothing (%(code)s): %(campaign)s waits, and is tried again every minute.")
            text %= {"code": batch.trouble, "campaign": batch.campaign}
            yield Alert(f"sms-trouble:{batch.pk}:{batch.trouble}", text, reverse("outreach:sms_batch", args=[batch.pk]))


def _expired(past: Sequence[SmsBatch]) -> Iterator[Alert]:
    """Batches of the last week of which something was not sent because their night was over."""
    ended = {batch.pk: batch for batch in past if batch.state != BatchState.STOPPED}
    if not ended:
        return
    expired = SmsMessage.objects.filter(state=MessageState.EXPIRED, batch__in=ended)
    for pk, count in expired.values_list("batch").order_by("batch").annotate(count=Count("pk")):
        facts = {"campaign": ended[pk].campaign, "night": ended[pk].night, "count": count}
        text = _("%(count)s messages of %(campaign)s, %(night)s, were not sent: their night is over.") % facts
        yield Alert(f"sms-expired:{pk}", text, reverse("outreach:sms_batch", args=[pk]))


def _is_missing(night: dt.date, in_force: OutreachRules, now: dt.datetime) -> bool:
    is_time = in_force.is_sms_night(night) and now >= nights.moment_in(night, settings.SMS_BATCHES_AT)
    return is_time and not SmsBatch.objects.filter(night=night).exists() and campaign_of(night) is None
