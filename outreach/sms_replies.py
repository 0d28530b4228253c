"""What guests answer to a text message: a word of opting out withdraws their consent, in the log and at once."""

import re
import unicodedata

from django.db import transaction

from customers import phones
from customers.models import PhoneNumber
from feedback.guest_answers import ask_for_silence
from outreach.models import SmsReply
from vipdesk.invisible import drop_all_invisible, drop_invisible

# The whole reply, blanks and marks aside: "R" of 拒收请回复R, and what providers and people use instead.
_OPT_OUT = re.compile(r"(?:R|T|TD|N|0000|00000|退订|拒收|取消|不要再发了?|别再?发了?|STOP|UNSUBSCRIBE)", re.IGNORECASE)
_AROUND = re.compile(r"[\s.,!?。，！？、“”\"'回复:：【】\[\]()（）]+")


def is_opt_out(text: str) -> bool:
    return bool(_OPT_OUT.fullmatch(_AROUND.sub("", unicodedata.normalize("NFKC", drop_all_invisible(text)))))


@transaction.atomic
def take_reply(*, number: str, text: str, dedup: str) -> bool:
    """Keep a reply, once however often the provider tells it, and act on it. Whether it was new. A number that is none
    is kept as it came, for a person to read."""
    number = _normal(number)
    found = PhoneNumber.objects.filter(number=number, released_at=None).values_list("customer", flat=True).first()
    opts_out = is_opt_out(text)
    reply = SmsReply(
        number=number[:16],
        text=drop_invisible(text.replace("\0", ""))[:500],
        customer_id=found,
        is_opt_out=opts_out,
        dedup=dedup[:100],
    )
    before = SmsReply.objects.filter(dedup=reply.dedup).exists()
    SmsReply.objects.bulk_create([reply], ignore_conflicts=True)
    if opts_out and not before and found:
        ask_for_silence(number=number, calls=False)
    return not before


def _normal(number: str) -> str:
    try:
        return phones.normalise(number)
    except phones.BadPhone:
        return number.replace("\0", "")
