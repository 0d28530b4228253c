"""Calls of the SMS gateway that could not be used: operations are told until a usable one of the same kind comes."""

from collections.abc import Iterator

from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from outreach.models import InboundFault
from outreach.sms_choices import InboundFaultKind
from vipdesk.alerts import Alert

REPLY = (InboundFaultKind.NO_SENDER, InboundFaultKind.METHOD)
REPORT = (InboundFaultKind.NO_REPORT,)


def note(kind: InboundFaultKind) -> None:
    """Count such a call."""
    now = timezone.now()
    fault, is_new = InboundFault.objects.get_or_create(
        kind=kind, defaults={"count": 1, "first_at": now, "last_at": now}
    )
    if not is_new:
        InboundFault.objects.filter(pk=fault.pk).update(count=F("count") + 1, last_at=now)


def is_mended(kinds: tuple[InboundFaultKind, ...]) -> None:
    """A usable call came: what was wrong with these is over."""
    InboundFault.objects.filter(kind__in=kinds).delete()


def alerts() -> Iterator[Alert]:
    words = {
        InboundFaultKind.NO_SENDER: _(
            "Kannel hands over guests' replies without their sender: set send-sender = true. Replies so far: %(count)d."
        ),
        InboundFaultKind.METHOD: _(
            "Kannel hands over guests' replies by GET: set post-url instead of get-url. Lost so far: %(count)d."
        ),
        InboundFaultKind.NO_REPORT: _("The SMS gateway's delivery reports cannot be read: %(count)d so far."),
    }
    for fault in InboundFault.objects.order_by("kind"):
        text = words[InboundFaultKind(fault.kind)] % {"count": fault.count}
        yield Alert(f"sms-inbound:{fault.kind}:{fault.first_at:%Y%m%d}", text, reverse("outreach:sms_replies"))
