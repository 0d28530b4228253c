"""Kannel (kannel.org): HTTP sendsms of its smsbox, delivery reports back to our own address.

Answers: 202 accepted; 503 and 429 back to the queue with a pause; of the other 4xx, what is said of the number is
failed, and everything else (password, sender, our own mistakes) would meet the next message too; the rest is unknown.
It has no query. A report's address carries a secret and our try's UUID; Kannel fills in its `%d` with what happened.
"""

import hmac
import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from outreach import sms_text
from outreach.gateways import wire
from outreach.gateways.base import Gateway, Outgoing, Receipt, Said, Verdict

# Delivered, failed, queued at the centre, taken by the centre, refused by it: all of them, as Kannel's mask has it.
MASK = 1 | 2 | 4 | 8 | 16
_REPORTS = {
    "1": Said.DELIVERED,
    "2": Said.FAILED,
    "4": Said.ACCEPTED,
    "8": Said.ACCEPTED,
    "16": Said.FAILED,
}
_UCS2, _GSM = "2", "0"
LONGEST_PAUSE = 600.0
# What smsbox says of the one number of a request.
_OF_THE_NUMBER = re.compile(rb"denied by white- and/or black-lists|receiver", re.IGNORECASE)


def secret() -> str:
    """What the addresses of reports and replies carry; without a setting of its own it follows SECRET_KEY."""
    if settings.KANNEL_SECRET:
        return str(settings.KANNEL_SECRET)
    return hmac.digest(settings.SECRET_KEY.encode(), b"outreach.gateways.kannel", "sha256").hex()[:40]


def is_secret(said: str) -> bool:
    return hmac.compare_digest(said.encode(), secret().encode())


class Kannel(Gateway):
    name = "kannel"

    def check(self) -> None:
        parts = urlsplit(settings.KANNEL_URL)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ImproperlyConfigured("SMS_GATEWAY is kannel, and KANNEL_URL does not name its sendsms address.")

    def send(self, message: Outgoing) -> Verdict:
        try:
            answer = wire.ask("GET", self._url(message), timeout=settings.SMS_TIMEOUT, headers={"Connection": "close"})
        except wire.NeverConnected as error:
            return Verdict(Said.AWAY, code=str(error))
        except wire.NoAnswer as error:
            return Verdict(Said.UNKNOWN, code=str(error))
        return self._judge(answer)

    def parse_receipt(self, fields: Mapping[str, str]) -> Receipt | None:
        code = fields.get("type", "")
        if not (code.isascii() and code.isdecimal() and len(code) < 4):
            return None
        return Receipt(code, _REPORTS.get(code))

    def _judge(self, answer: wire.Answer) -> Verdict:
        code = f"HTTP {answer.status}"
        if answer.status == 202:
            return Verdict(Said.ACCEPTED, code=code)
        if answer.status in (429, 503):
            return Verdict(Said.BUSY, code=code, pause=_pause(answer.headers.get("retry-after", "")))
        if not 400 <= answer.status < 500 or answer.status == 408:  # 408: it may have read the request to its end
            return Verdict(Said.UNKNOWN, code=code)
        return Verdict(Said.FAILED if _OF_THE_NUMBER.search(answer.body) else Said.CLOSED, code=code)

    def _url(self, message: Outgoing) -> str:
        fields = {
            "username": settings.KANNEL_USER,
            "password": settings.KANNEL_PASSWORD,
            "to": message.number,
            "text": message.text,
            "charset": "UTF-8",
            "coding": _GSM if sms_text.is_gsm(message.text) else _UCS2,
        }
        if message.is_reported:
            fields |= {"dlr-mask": str(MASK), "dlr-url": self._report_to(message.out_id)}
        joint = "&" if "?" in settings.KANNEL_URL else "?"
        return f"{settings.KANNEL_URL}{joint}{urlencode(fields, quote_via=quote)}"

    def _report_to(self, out_id: UUID) -> str:
        return f"{settings.SITE_URL}{reverse('outreach:dlr_kannel', args=[secret(), out_id])}?type=%d"


def _pause(retry_after: str) -> float:
    """Seconds, where it says some."""
    is_number = retry_after.isascii() and retry_after.isdecimal() and len(retry_after) < 6
    return min(float(retry_after), LONGEST_PAUSE) if is_number else 0.0


def words(body: bytes, coding: str) -> str:
    """What a guest wrote. Kannel converts to UTF-8 as a rule, and hands UCS-2 through where it is told to."""
    if coding == _UCS2 and len(body) % 2 == 0 and (b"\0" in body or not _is_utf8(body)):
        return body.decode("utf-16-be", "replace")
    return body.decode("utf-8", "replace")


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def fingerprint(number: str, text: str, at: str) -> str:
    """A name for a reply that came without one: the same reply of the same second is the same."""
    said = f"{number}\0{text}\0{at}".encode()
    return hmac.digest(settings.SECRET_KEY.encode(), said, "sha256").hex()[:40]
