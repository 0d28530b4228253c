"""Text messages to guests (短信): a night's batch, its messages, each try, the provider's receipts, guests' replies.

The design is promises.md's "No message twice, none silently lost". A message is claimed under a lease; each try is a
row, committed before its call; of the tries of one message at most one lives (the database's own constraint). What a
batch says stands on the batch, so that a message names a guest and nothing else; the number stands on the try that used
it.
"""

import datetime as dt
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.families import GuestKey
from customers.models import Customer
from outreach.models.campaign import Campaign
from outreach.sms_choices import LIVE, AttemptState, BatchState, InboundFaultKind, MessageState, SkipReason


class SmsBatch(models.Model):
    """A campaign's messages of one night: planned once, approved, sent."""

    night = models.DateField(_("night"))
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="batches", verbose_name=_("campaign"))
    state = models.CharField(_("state"), max_length=7, choices=BatchState, default=BatchState.WAITING)
    # As the campaign said when the batch was built. `text_en` is for numbers outside greater China.
    text_zh = models.TextField(_("text"))
    text_en = models.TextField(_("English text"), blank=True, default="")
    template_code = models.CharField(max_length=40, blank=True, default="")
    signature = models.CharField(max_length=16)
    segment_price = models.DecimalField(_("yuan per part"), max_digits=8, decimal_places=4, default=Decimal(0))
    built_at = models.DateTimeField(_("built at"), default=timezone.now)
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )
    # What is not sent by then expires, at the end of its night at the latest: nobody wants Friday's offer on Monday.
    expires_at = models.DateTimeField(_("not after"), null=True, blank=True)
    # From when the gateway may be asked again after it said that it is busy, and how often in a row it said so.
    resume_at = models.DateTimeField(null=True, blank=True)
    busy_in_row = models.PositiveSmallIntegerField(default=0)
    # The code with which the gateway takes nothing at all from this desk, until it does again.
    trouble = models.CharField(_("what the gateway says"), max_length=60, blank=True, default="")

    if TYPE_CHECKING:
        messages: Any
        objects: Any

    class Meta:
        ordering = ["-night", "-pk"]
        verbose_name = _("SMS batch")
        verbose_name_plural = _("SMS batches")
        constraints = [
            models.UniqueConstraint(fields=["night", "campaign"], name="one_sms_batch_a_night_and_campaign"),
            models.CheckConstraint(
                condition=Q(state__in=[BatchState.WAITING, BatchState.STOPPED, BatchState.EXPIRED])
                | Q(approved_at__isnull=False),
                name="sms_batch_is_sent_approved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.night} {self.campaign_id}"

    def is_expired(self, now: dt.datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now


class SmsMessage(models.Model):
    """One guest's message of a batch, ever. Written half a million at a time, so its guest is no checked key: guests'
    rows are never deleted."""

    batch = models.ForeignKey(SmsBatch, models.PROTECT, related_name="messages", db_index=False)
    customer = GuestKey(Customer, models.DO_NOTHING, related_name="sms_messages", db_constraint=False, db_index=False)
    state = models.CharField(_("state"), max_length=9, choices=MessageState, default=MessageState.QUEUED)
    reason = models.CharField(_("why left out"), max_length=10, choices=SkipReason, blank=True, default="")
    segments = models.PositiveSmallIntegerField(_("parts"), default=1)
    # Who holds it, until when; a sender that dies leaves it to the sweep. Empty unless `sending`.
    claim = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(default=timezone.now)

    if TYPE_CHECKING:
        attempts: Any

    class Meta:
        verbose_name = _("SMS")
        verbose_name_plural = _("SMS")
        constraints = [
            models.UniqueConstraint(fields=["customer", "batch"], name="one_sms_a_guest_and_batch"),
            models.CheckConstraint(condition=Q(state__in=MessageState.values), name="sms_state_is_one"),
            models.CheckConstraint(
                condition=Q(state=MessageState.SKIPPED, reason__in=SkipReason.values)
                | (~Q(state=MessageState.SKIPPED) & Q(reason="")),
                name="sms_left_out_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state=MessageState.SENDING, lease_until__isnull=False, claim__isnull=False)
                | (~Q(state=MessageState.SENDING) & Q(lease_until=None, claim=None)),
                name="sms_in_hand_has_a_lease",
            ),
        ]
        indexes = [
            models.Index("batch", "state", "id", name="sms_by_state"),
            models.Index("lease_until", name="sms_leased", condition=Q(state=MessageState.SENDING)),
            models.Index("updated_at", name="sms_open_question", condition=Q(state__in=["unknown", "manual"])),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.customer_id}"


class SmsAttempt(models.Model):
    """One try to send a message. Its UUID goes to the provider as our name for it. Holds the number: personal data."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    message = models.ForeignKey(SmsMessage, models.PROTECT, related_name="attempts", db_index=False)
    n = models.PositiveSmallIntegerField(_("try"))
    state = models.CharField(_("state"), max_length=9, choices=AttemptState, default=AttemptState.SENDING)
    gateway = models.CharField(_("gateway"), max_length=20)
    number = models.CharField(_("number"), max_length=16)  # E.164; empty once the guest was erased
    night = models.DateField(_("night"))
    provider_id = models.CharField(_("provider's number"), max_length=64, blank=True, default="")
    answer = models.CharField(_("answer"), max_length=60, blank=True, default="")  # a code, never a text
    started_at = models.DateTimeField(_("begun at"), default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("try of an SMS")
        verbose_name_plural = _("tries of SMS")
        constraints = [
            models.UniqueConstraint(fields=["message", "n"], name="sms_tries_are_counted"),
            models.UniqueConstraint(fields=["message"], condition=Q(state__in=LIVE), name="one_living_try_of_an_sms"),
            models.CheckConstraint(condition=Q(state__in=AttemptState.values), name="sms_try_state_is_one"),
        ]
        indexes = [models.Index("number", "night", name="sms_try_number", condition=~Q(number=""))]

    def __str__(self) -> str:
        return str(self.pk)


class SmsReceipt(models.Model):
    """What the provider said of a try afterwards; each thing once."""

    attempt = models.ForeignKey(SmsAttempt, models.PROTECT, related_name="receipts", db_index=False)
    code = models.CharField(_("what it said"), max_length=20)
    received_at = models.DateTimeField(_("came in at"), default=timezone.now)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [models.UniqueConstraint(fields=["attempt", "code"], name="sms_receipt_once")]

    def __str__(self) -> str:
        return f"{self.attempt_id} {self.code}"


class SmsReply(models.Model):
    """What a guest sent back. `dedup` is the provider's own name for it: it may tell us twice. Personal data."""

    number = models.CharField(_("number"), max_length=16)
    text = models.CharField(_("text"), max_length=500)
    customer = GuestKey(
        Customer, models.SET_NULL, null=True, blank=True, related_name="sms_replies", verbose_name=_("guest")
    )
    is_opt_out = models.BooleanField(_("opts out"), default=False)
    dedup = models.CharField(max_length=100, unique=True)
    received_at = models.DateTimeField(_("came in at"), default=timezone.now)
    # When somebody read it and did what it asks for; at once where it was a clear wish for no more messages.
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )

    class Meta:
        ordering = ["-received_at", "-pk"]
        verbose_name = _("reply")
        verbose_name_plural = _("replies")
        indexes = [models.Index("received_at", name="sms_reply_unread", condition=Q(settled_at=None))]

    def __str__(self) -> str:
        return str(self.pk)


class InboundFault(models.Model):
    """A kind of call from the SMS gateway that could not be used, and how often it came since the last that could."""

    kind = models.CharField(_("what is wrong"), max_length=10, choices=InboundFaultKind, unique=True)
    count = models.PositiveIntegerField(_("how often"), default=0)
    first_at = models.DateTimeField(_("first"), default=timezone.now)
    last_at = models.DateTimeField(_("last"), default=timezone.now)

    class Meta:
        verbose_name = _("unusable call of the SMS gateway")
        verbose_name_plural = _("unusable calls of the SMS gateway")

    def __str__(self) -> str:
        return self.kind
