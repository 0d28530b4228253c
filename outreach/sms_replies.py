"""What guests answer to a text message: a wish for no more of them is done at once, all else is read the same day."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from customers import phones
from customers.models import PhoneNumber
from feedback.guest_answers import ask_for_silence
from outreach.models import SmsReply
from outreach.sms_opt_out import is_opt_out
from staff.models import User
from vipdesk.invisible import drop_invisible

LONGEST = 500


@transaction.atomic
def take_reply(*, number: str, text: str, dedup: str) -> bool:
    """Keep a reply, once however often the provider tells it, and act on it. Whether it was new. A number that is none,
    or "" where the gateway names no sender, is kept as it came, for a person to read."""
    number = _normal(number)
    found = PhoneNumber.objects.filter(number=number, released_at=None).values_list("customer", flat=True).first()
    opts_out = is_opt_out(text)
    reply = SmsReply(
        number=number[:16],
        text=drop_invisible(text.replace("\0", ""))[:LONGEST],
        customer_id=found,
        is_opt_out=opts_out,
        dedup=dedup[:100],
        # Without a sender nobody knows whose wish it is.
        settled_at=timezone.now() if opts_out and number else None,
    )
    before = SmsReply.objects.filter(dedup=reply.dedup).exists()
    SmsReply.objects.bulk_create([reply], ignore_conflicts=True)
    if opts_out and not before and found:
        ask_for_silence(number=number, calls=False)
    return not before


def unread() -> Any:
    """Replies that somebody has to read, the oldest first."""
    return SmsReply.objects.filter(settled_at=None).select_related("customer").order_by("received_at", "pk")


@transaction.atomic
def settle(*, reply: SmsReply, by: User, opts_out: bool) -> bool:
    """Somebody read it: the guest wants no more messages, or nothing is to be done. Whether it was still open."""
    facts: dict[str, Any] = {"settled_at": timezone.now(), "settled_by": by}
    if opts_out:
        facts["is_opt_out"] = True
    is_open = SmsReply.objects.filter(pk=reply.pk, settled_at=None).update(**facts)
    if is_open and opts_out and reply.number:
        ask_for_silence(number=reply.number, calls=False)
    return bool(is_open)


def _normal(number: str) -> str:
    try:
        return phones.normalise(number)
    except phones.BadPhone:
        return number.replace("\0", "")
