"""Planning a batch of text messages: who would get one, building the batch, approving, pausing, stopping it (T10 D5).

A batch is built once; its row is the lock: of two builders the second waits in the INSERT and finds the first one's.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from outreach import gateways, occasions, rules, sms_sql, sms_text
from outreach.choices import CallOutcome
from outreach.models import Campaign, SmsBatch, SmsMessage
from outreach.sms_choices import LIVE, MAY_HAVE, BatchState, MessageState, TemplateReview
from staff.models import User
from vipdesk import nights
from vipdesk.database_roles import analyze

READS_CHINESE = r"^\+(86|852|853|886)"
FIRST_NIGHT, LAST_NIGHT = dt.date(1934, 1, 1), dt.date(2055, 12, 31)  # as far as the lunar calendar is vouched for
PAID = (MessageState.SENDING, MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.UNKNOWN, MessageState.MANUAL)


class CannotSend(Exception):
    """A campaign or batch that cannot go out, or not so; one line for a person."""


@dataclass(frozen=True)
class Built:
    """A night's batch of a campaign, and whether this call made it."""

    batch: SmsBatch
    is_new: bool


@dataclass(frozen=True)
class Audience:
    """Whom a campaign would reach on a night: messages, parts and what they cost; who is left out, by reason."""

    to_send: int
    parts: int
    cost: Decimal
    left_out: dict[str, int]


def gap_after(night: dt.date, gap: int) -> dt.date:
    """Whoever has a message of a later night than this has one too lately: N − last < gap. Without a gap, nobody."""
    return night - dt.timedelta(days=gap) if gap else dt.date.max


@transaction.atomic
def build_batch(*, night: dt.date, code: str, is_forced: bool = False) -> Built:
    """The night's batch of this campaign, as it was built first. Raises CannotSend: no SMS night (unless forced), no
    such campaign, or one that is not approved, cannot be sent, or does not run on that night."""
    in_force = rules.current()
    if not FIRST_NIGHT <= night <= LAST_NIGHT:
        raise CannotSend(_("%(night)s is no night for a batch.") % {"night": night})
    if not (is_forced or in_force.is_sms_night(night)):
        raise CannotSend(_("%(night)s is no SMS night.") % {"night": night})
    campaign = Campaign.objects.filter(code=code).first()
    if campaign is None:
        raise CannotSend(_("There is no campaign %(code)s.") % {"code": code})
    standing = SmsBatch.objects.filter(night=night, campaign=campaign).first()
    return Built(standing, False) if standing else _build(campaign, night, in_force.sms_min_gap_days)


def _build(campaign: Campaign, night: dt.date, gap: int) -> Built:
    refuse_unsendable(campaign, night)
    text = {"text_zh": campaign.text_zh, "text_en": campaign.text_en, "signature": campaign.signature}
    price = {"segment_price": Decimal(settings.SMS_SEGMENT_PRICE), "template_code": campaign.template_code}
    batch, is_new = SmsBatch.objects.get_or_create(night=night, campaign=campaign, defaults={**text, **price})
    if is_new:
        with connection.cursor() as cursor:
            # Else every key of half a million would wait in memory for the commit to be checked.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(sms_sql.PLAN, _facts(campaign, night, gap) | {"batch": batch.pk, "now": timezone.now()})
        # Senders begin at once, and without figures the database would read the whole table for each message.
        analyze("outreach_smsmessage", "outreach_smsbatch")
    return Built(batch, is_new)


def refuse_unsendable(campaign: Campaign, night: dt.date) -> None:
    """Raises CannotSend where this campaign may not go out on that night."""
    if not campaign.is_approved:
        raise CannotSend(_("The campaign %(code)s is not approved.") % {"code": campaign.code})
    if not campaign.runs_on(night):
        raise CannotSend(
            _("The campaign %(code)s does not run on %(night)s.") % {"code": campaign.code, "night": night}
        )
    for said in campaign.faults().values():
        raise CannotSend(f"{campaign.code}: {said[0]}")
    refuse_template(campaign)


def refuse_template(campaign: Campaign) -> None:
    """Raises CannotSend, also where the gateway itself is not set up."""
    is_reviewed = campaign.template_review == TemplateReview.APPROVED
    if campaign.template_code and not is_reviewed:
        raise CannotSend(_("The provider has not approved the template of %(code)s.") % {"code": campaign.code})
    try:
        gateway = gateways.gateway()
    except ImproperlyConfigured as why:
        raise CannotSend(str(why)) from why
    if gateway.needs_template and not campaign.template_code:
        raise CannotSend(_("This gateway sends approved templates only: %(code)s has none.") % {"code": campaign.code})


def audience(campaign: Campaign, night: dt.date) -> Audience:
    """Whom it would reach if it were built now; writes nothing."""
    facts = _facts(campaign, night, rules.current().sms_min_gap_days)
    with connection.cursor() as cursor:
        cursor.execute(sms_sql.COUNT, facts | {"batch": 0})
        found = {reason: (count, parts) for reason, count, parts in cursor.fetchall()}
    to_send, parts = found.pop("", (0, 0))
    price = Decimal(settings.SMS_SEGMENT_PRICE)
    return Audience(to_send, parts, price * parts, {reason: count for reason, (count, _parts) in found.items()})


def _facts(campaign: Campaign, night: dt.date, gap: int) -> dict[str, Any]:
    kept = _birthdays(campaign.birthday_month, night)
    return {
        "gap_after": gap_after(night, gap),
        "may_have": list(MAY_HAVE),
        "live": list(LIVE),
        "wrong": CallOutcome.WRONG_NUMBER,
        "counts_unasked": campaign.counts_unasked,
        "tiers": list(campaign.tiers.values_list("pk", flat=True)),
        "tags": list(campaign.tags.values_list("pk", flat=True)),
        "owners": list(campaign.owners.values_list("pk", flat=True)),
        "seen_since": _before(night, campaign.seen_within_days),
        "unseen_since": _before(night, campaign.not_seen_for_days),
        "by_birthday": campaign.birthday_month is not None,
        "kept_calendar": [one.calendar for one in kept],
        "kept_month": [one.month for one in kept],
        "kept_day": [one.day for one in kept],
        "kept_leap": [one.is_leap for one in kept],
        "parts_zh": sms_text.segments(campaign.text_zh),
        "parts_en": sms_text.segments(campaign.text_en),
        "reads_chinese": READS_CHINESE,
    }


def _before(night: dt.date, days: int | None) -> dt.date | None:
    return None if days is None else night - dt.timedelta(days=days)


def _birthdays(month: int | None, night: dt.date) -> list[occasions.KeptBirthday]:
    """Birthdays kept in that calendar month, of the night's year or, where it is over by then, of the next."""
    if month is None:
        return []
    year = night.year if month >= night.month else night.year + 1
    days = nights.month_nights(f"{year:04d}-{month:02d}")
    return occasions.birthdays_kept(days[0], len(days) - 1)


# --- approving, pausing, stopping ----------------------------------------------------------------------------------


def approve_campaign(*, campaign: Campaign, by: User) -> None:
    """Raises CannotSend where it says what cannot be sent."""
    for said in campaign.faults().values():
        raise CannotSend(said[0])
    refuse_template(campaign)
    Campaign.objects.filter(pk=campaign.pk, approved_at=None).update(approved_at=timezone.now(), approved_by=by)


def approve_batch(*, batch: SmsBatch, by: User | None = None) -> bool:
    """Let it be sent, from now until it expires, which is the end of its night at the latest. Whether it waited for
    that: approving again changes nothing. `by` None: from the command line. Raises CannotSend: stopped, its night is
    over, or the campaign's approval was taken back."""
    now = timezone.now()
    with transaction.atomic():
        locked = SmsBatch.objects.select_for_update(of=("self",)).select_related("campaign").get(pk=batch.pk)
        if locked.state == BatchState.STOPPED:
            raise CannotSend(_("This batch was stopped."))
        if locked.state == BatchState.EXPIRED or locked.night < nights.night_of(now):
            raise CannotSend(_("The night of this batch is over: nothing is sent any more."))
        if locked.state != BatchState.WAITING:
            return False
        refuse_unsendable(locked.campaign, locked.night)
        locked.state, locked.approved_at, locked.approved_by = BatchState.SENDING, now, by
        latest = nights.night_bounds(locked.night)[1]
        locked.expires_at = min(now + dt.timedelta(hours=settings.SMS_EXPIRES_AFTER_HOURS), latest)
        locked.save(update_fields=["state", "approved_at", "approved_by", "expires_at"])
        return True


def pause_batch(*, batch: SmsBatch) -> bool:
    """Nothing more is handed over from now on; what the provider has is with the provider. Whether anything was still
    to be sent."""
    return bool(_with_something_left(batch).filter(state=BatchState.SENDING).update(state=BatchState.PAUSED))


def resume_batch(*, batch: SmsBatch, now: dt.datetime | None = None) -> bool:
    """Send on. Whether it was paused, with something left and time to send it."""
    paused = _with_something_left(batch).filter(state=BatchState.PAUSED, expires_at__gt=now or timezone.now())
    return bool(paused.update(state=BatchState.SENDING, resume_at=None, busy_in_row=0, trouble=""))


def _with_something_left(batch: SmsBatch) -> "QuerySet[SmsBatch]":
    left = SmsMessage.objects.filter(batch=OuterRef("pk"), state__in=[MessageState.QUEUED, MessageState.SENDING])
    found: QuerySet[SmsBatch] = SmsBatch.objects.filter(Exists(left), pk=batch.pk)
    return found


def stop_batch(*, batch: SmsBatch) -> bool:
    """For good: what still waits expires. Whether anything was still to be stopped."""
    over = [BatchState.STOPPED, BatchState.EXPIRED]
    stopped = _with_something_left(batch).exclude(state__in=over).update(state=BatchState.STOPPED)
    with connection.cursor() as cursor:
        cursor.execute(sms_sql.EXPIRE, {"now": timezone.now()})
    return bool(stopped)


# --- how it stands -------------------------------------------------------------------------------------------------


def report(batch: SmsBatch) -> dict[str, Any]:
    """contract.md, "SMS gateways": every row in exactly one state, those left out by reason too."""
    rows = batch.messages.values_list("state", "reason").order_by("state", "reason")
    states: dict[str, int] = {}
    skipped: dict[str, int] = {}
    for state, reason, count in rows.annotate(count=Count("pk")):
        states[state] = states.get(state, 0) + count
        if reason:
            skipped[reason] = count
    return {"batch": batch.pk, "planned": sum(states.values()), "states": states, "skipped": skipped}


def cost(batches: Any) -> Decimal:
    """Yuan for what the provider has, or may have, taken of these batches (G10)."""
    paid = Sum("messages__segments", filter=Q(messages__state__in=PAID))
    found = batches.annotate(parts=paid).values_list("segment_price", "parts")
    return sum((price * (parts or 0) for price, parts in found), Decimal(0)).quantize(Decimal("0.01"))
