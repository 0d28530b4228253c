"""Alibaba Cloud's SMS service (Dysmsapi 2017-05-25): SendSms, and QuerySendDetails for what is unknown.

Its interface is plain HTTPS, signed as the provider publishes (ACS3-HMAC-SHA256), so that nothing stands between us and
the wire that could send again by itself. The out-id is our try's UUID. It sends approved templates only; the text
stands in the template, at the provider, and its variables are none.
"""

import datetime as dt
import hashlib
import hmac
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from outreach.gateways import wire
from outreach.gateways.base import Gateway, Outgoing, Receipt, Said, Verdict
from vipdesk.json_text import read_json

VERSION = "2017-05-25"
ALGORITHM = "ACS3-HMAC-SHA256"
PROVIDERS_ZONE = ZoneInfo("Asia/Shanghai")  # in which the provider counts days
_BUSY = ("Throttling",)
# What it says of one number: of its form, its country, or that it had enough messages today. Any other refusal (limits
# of the account, signature, template, key, address, clock, money, product) would meet the next message too.
_OF_THE_NUMBER = (
    "isv.MOBILE_NUMBER_ILLEGAL",
    "isv.PHONE_NUMBER_ILLEGAL",
    "isv.BUSINESS_LIMIT_CONTROL",
    "BUSINESS_LIMIT_CONTROL_PHONE",
    "isv.DOMESTIC_NUMBER_NOT_SUPPORTED",
    "isv.NOT_SUPPORTED_COUNTRY",
    "isv.COUNTRY_RESTRICTED",
)
# What its own trouble may have left half done.
_UNCLEAR = ("isp.", "ServiceUnavailable", "InternalError", "UnknownError")
_NO_RIGHT = "isp.RAM_PERMISSION_DENY"  # the one of its "isp." codes that is about the account
_STATES = {1: Said.ACCEPTED, 2: Said.FAILED, 3: Said.DELIVERED}


class Aliyun(Gateway):
    name = "aliyun"
    needs_template = True
    can_query = True

    def check(self) -> None:
        if not (settings.ALIYUN_SMS_KEY_ID and settings.ALIYUN_SMS_KEY_SECRET):
            raise ImproperlyConfigured("SMS_GATEWAY is aliyun: ALIYUN_SMS_KEY_ID and ALIYUN_SMS_KEY_SECRET are needed.")
        if urlsplit(settings.ALIYUN_SMS_ENDPOINT).scheme not in ("http", "https"):
            raise ImproperlyConfigured("ALIYUN_SMS_ENDPOINT is no http or https address.")

    def send(self, message: Outgoing) -> Verdict:
        fields = {
            "PhoneNumbers": _number(message.number),
            "SignName": message.signature,
            "TemplateCode": message.template_code,
            "OutId": str(message.out_id),
        }
        answer = self._ask("SendSms", fields)
        if isinstance(answer, Verdict):
            return answer
        return judge(answer, provider_id=str(answer.get("BizId", "")))

    def query(self, message: Outgoing, sent_at: dt.datetime) -> Verdict:
        fields = {
            "PhoneNumber": _number(message.number),
            "SendDate": f"{sent_at.astimezone(PROVIDERS_ZONE):%Y%m%d}",
            "PageSize": "50",
            "CurrentPage": "1",
        }
        answer = self._ask("QuerySendDetails", fields)
        if isinstance(answer, Verdict):
            return Verdict(Said.AWAY, answer.code)  # it changed nothing, and may be asked again
        return _find(answer, str(message.out_id))

    def parse_receipt(self, fields: Mapping[str, str]) -> Receipt | None:
        return None  # it reports by a queue of its own; unknowns are queried

    def _ask(self, action: str, fields: Mapping[str, str]) -> dict[str, Any] | Verdict:
        """What it answered; a verdict where there was no answer that one can read."""
        url = settings.ALIYUN_SMS_ENDPOINT.rstrip("/")
        query = "&".join(f"{_quoted(key)}={_quoted(value)}" for key, value in sorted(fields.items()))
        headers = _signed(action, urlsplit(url).netloc, query)
        try:
            found = wire.ask("POST", f"{url}/?{query}", timeout=settings.SMS_TIMEOUT, headers=headers, body=b"")
        except wire.NeverConnected as error:
            return Verdict(Said.AWAY, str(error))
        except wire.NoAnswer as error:
            return Verdict(Said.UNKNOWN, str(error))
        try:
            said = read_json(found.body)
        except ValueError:
            said = None
        is_readable = isinstance(said, dict) and isinstance(said.get("Code"), str)
        return said if is_readable else Verdict(Said.UNKNOWN, f"HTTP {found.status}")


def judge(answer: Mapping[str, Any], *, provider_id: str) -> Verdict:
    """What an answer with a code means for the message it was about."""
    code = answer["Code"]
    if code == "OK":
        return Verdict(Said.ACCEPTED, code, provider_id)
    if code.startswith(_BUSY):
        return Verdict(Said.BUSY, code)
    if code in _OF_THE_NUMBER:
        return Verdict(Said.FAILED, code)
    is_unclear = code.startswith(_UNCLEAR) and code != _NO_RIGHT
    return Verdict(Said.UNKNOWN if is_unclear else Said.CLOSED, code)


def _find(answer: Mapping[str, Any], out_id: str) -> Verdict:
    if answer["Code"] != "OK":
        return Verdict(Said.AWAY, answer["Code"])
    held = answer.get("SmsSendDetailDTOs")
    rows = held.get("SmsSendDetailDTO", []) if isinstance(held, dict) else []
    for row in rows:
        if isinstance(row, dict) and row.get("OutId") == out_id:
            return Verdict(_STATES.get(row.get("SendStatus", 0), Said.NOT_FOUND), str(row.get("ErrCode", "")))
    return Verdict(Said.NOT_FOUND)


def _number(e164: str) -> str:
    """Eleven digits on the mainland, elsewhere the country and the number without a sign."""
    return e164.removeprefix("+86") if e164.startswith("+86") else e164.removeprefix("+")


# --- the signature -------------------------------------------------------------------------------------------------


def _quoted(text: str) -> str:
    return quote(text, safe="~")


def _signed(action: str, host: str, query: str) -> dict[str, str]:
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        "x-acs-date": f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}",
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-version": VERSION,
    }
    signature = sign(settings.ALIYUN_SMS_KEY_SECRET, "POST", query, headers)
    names = ";".join(sorted(headers))
    who = f"Credential={settings.ALIYUN_SMS_KEY_ID}"
    return headers | {"Authorization": f"{ALGORITHM} {who},SignedHeaders={names},Signature={signature}"}


def sign(secret: str, method: str, query: str, headers: Mapping[str, str]) -> str:
    """As published: the request in its canonical form, hashed, and that hashed with the key."""
    names = sorted(headers)
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    canonical = "\n".join([method, "/", query, lines, ";".join(names), headers["x-acs-content-sha256"]])
    said = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.digest(secret.encode(), said.encode(), "sha256").hex()
