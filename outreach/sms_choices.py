"""The few fixed choices of campaigns and text messages; a message's states and reasons as the contract writes them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TemplateReview(models.TextChoices):
    """How far the provider's review of a template has come."""

    NONE = "none", _("no template")
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")


class BatchState(models.TextChoices):
    WAITING = "waiting", _("waits for approval")
    SENDING = "sending", _("being sent")
    PAUSED = "paused", _("paused")
    STOPPED = "stopped", _("stopped")
    EXPIRED = "expired", _("expired")


class MessageState(models.TextChoices):
    QUEUED = "queued", _("waiting")
    SENDING = "sending", _("in hand")
    ACCEPTED = "accepted", _("taken by the provider")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", _("refused or failed")
    UNKNOWN = "unknown", _("unknown")
    MANUAL = "manual", _("somebody must decide")
    EXPIRED = "expired", _("expired")
    SKIPPED = "skipped", _("left out")


class SkipReason(models.TextChoices):
    NO_CONSENT = "no_consent", _("no consent")
    OPTED_OUT = "opted_out", _("opted out")
    GAP = "gap", _("written to lately")
    BAD_NUMBER = "bad_number", _("no usable number")


class InboundFaultKind(models.TextChoices):
    """Calls of a gateway that could not be used; `sms_inbound` says what to set."""

    NO_SENDER = "no_sender", _("a reply without its sender")
    METHOD = "method", _("a reply by GET")
    NO_REPORT = "no_report", _("a delivery report that says nothing")


class AttemptState(models.TextChoices):
    """`unsent`: the provider surely did not take it, and the message may be tried again."""

    SENDING = "sending", _("in hand")
    ACCEPTED = "accepted", _("taken by the provider")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", _("refused or failed")
    UNKNOWN = "unknown", _("unknown")
    UNSENT = "unsent", _("not sent")


# Attempts after which no other may be made, since the guest has or may have the message.
LIVE = (AttemptState.SENDING, AttemptState.UNKNOWN, AttemptState.ACCEPTED, AttemptState.DELIVERED)
# Messages a guest has or may have: the next one keeps its distance.
MAY_HAVE = (
    MessageState.SENDING,
    MessageState.ACCEPTED,
    MessageState.DELIVERED,
    MessageState.UNKNOWN,
    MessageState.MANUAL,
)
