"""The aliyun gateway on the wire: a local server that verifies each signature by the published algorithm, written here a
second time, and then misbehaves as it is told to."""

import contextlib
import datetime as dt
import hashlib
import hmac
import json
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from outreach.gateways import Outgoing, Said, aliyun

KEY, SECRET = "LTAI-test", "s3cret&="
OUT_ID = uuid.UUID(int=7)
SENT_AT = dt.datetime(2026, 11, 27, 17, tzinfo=dt.UTC)  # 01:00 on the 28th where the provider counts


class Provider(HTTPServer):
    def __init__(self, status: int, body: Any) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.status, self.body = status, body if isinstance(body, bytes) else json.dumps(body).encode()
        self.asked: list[dict[str, str]] = []
        Thread(target=self.serve_forever, daemon=True).start()


class Answering(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        fields = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        self.server.asked.append({"action": self.headers["x-acs-action"], **fields})
        is_ours = self._expected(fields) == self.headers["Authorization"]
        status, body = (
            (self.server.status, self.server.body) if is_ours else (400, b'{"Code": "SignatureDoesNotMatch"}')
        )
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _expected(self, fields: dict[str, str]) -> str:
        """Method, path, sorted query, signed headers, their names, hash of the body; each on its line."""
        query = "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in sorted(fields.items()))
        names = sorted(name.lower() for name in self.headers if name.lower() == "host" or name.lower()[:6] == "x-acs-")
        body = hashlib.sha256(self.rfile.read(int(self.headers.get("Content-Length", 0)))).hexdigest()
        lines = [f"{name}:{self.headers[name]}" for name in names]
        canonical = "\n".join(["POST", "/", query, *lines, "", ";".join(names), body])
        told = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
        signature = hmac.new(SECRET.encode(), told.encode(), hashlib.sha256).hexdigest()
        return f"ACS3-HMAC-SHA256 Credential={KEY},SignedHeaders={';'.join(names)},Signature={signature}"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@contextlib.contextmanager
def provider(settings: Any, status: int, body: Any) -> Iterator[Provider]:
    found = Provider(status, body)
    settings.ALIYUN_SMS_ENDPOINT = f"http://127.0.0.1:{found.server_address[1]}"
    settings.ALIYUN_SMS_KEY_ID, settings.ALIYUN_SMS_KEY_SECRET = KEY, SECRET
    yield found
    found.shutdown()
    found.server_close()


def a_message(number: str = "+8613816552203") -> Outgoing:
    return Outgoing(out_id=OUT_ID, number=number, text="", signature="星海 会所", template_code="SMS_1")


def test_a_message_goes_out_signed_once_with_our_name_for_it(settings: Any) -> None:
    with provider(settings, 200, {"Code": "OK", "BizId": "9^0", "Message": "OK"}) as server:
        verdict = aliyun.Aliyun().send(a_message())
    assert (verdict.said, verdict.provider_id) == (Said.ACCEPTED, "9^0")
    assert server.asked == [
        {
            "action": "SendSms",
            "PhoneNumbers": "13816552203",
            "SignName": "星海 会所",
            "TemplateCode": "SMS_1",
            "OutId": str(OUT_ID),
        }
    ]


def test_with_a_wrong_key_all_waits(settings: Any) -> None:
    with provider(settings, 200, {"Code": "OK"}):
        settings.ALIYUN_SMS_KEY_SECRET = "another"
        verdict = aliyun.Aliyun().send(a_message())
    assert (verdict.said, verdict.code) == (Said.CLOSED, "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, {"Code": "isv.MOBILE_NUMBER_ILLEGAL"}, Said.FAILED),
        (200, {"Code": "isv.BUSINESS_LIMIT_CONTROL"}, Said.FAILED),  # of that one number
        (400, {"Code": "Throttling.User"}, Said.BUSY),
        (200, {"Code": "isv.COUNTRY_RESTRICTED"}, Said.FAILED),
        (200, {"Code": "isv.AMOUNT_NOT_ENOUGH"}, Said.CLOSED),
        (200, {"Code": "isv.DAY_LIMIT_CONTROL"}, Said.CLOSED),
        (200, {"Code": "isv.SMS_SIGNATURE_ILLEGAL"}, Said.CLOSED),
        (200, {"Code": "isv.SMS_TEMPLATE_ILLEGAL"}, Said.CLOSED),
        (200, {"Code": "isv.DENY_IP_RANGE"}, Said.CLOSED),
        (400, {"Code": "InvalidTimeStamp.Expired"}, Said.CLOSED),
        (200, {"Code": "isv.PRODUCT_UN_SUBSCRIPT"}, Said.CLOSED),
        (403, {"Code": "isp.RAM_PERMISSION_DENY"}, Said.CLOSED),
        (200, {"Code": "isv.WHATEVER_IS_NEW"}, Said.CLOSED),
        (200, {"Code": "isp.GATEWAY_ERROR"}, Said.UNKNOWN),
        (503, {"Code": "ServiceUnavailable"}, Said.UNKNOWN),
        (500, {"Code": "isp.SYSTEM_ERROR"}, Said.UNKNOWN),
        (502, b"<html>", Said.UNKNOWN),
        (200, b"[]", Said.UNKNOWN),
        (200, {"Code": 7}, Said.UNKNOWN),
        (200, b"", Said.UNKNOWN),
    ],
)
def test_what_it_says_otherwise_is_judged_with_care(settings: Any, status: int, body: Any, said: Said) -> None:
    with provider(settings, status, body) as server:
        assert aliyun.Aliyun().send(a_message()).said == said
    assert len(server.asked) == 1, "never a second request"


@pytest.mark.parametrize(("status", "said"), [(1, Said.ACCEPTED), (2, Said.FAILED), (3, Said.DELIVERED)])
def test_what_is_unknown_is_looked_up_by_our_name_for_it(settings: Any, status: int, said: Said) -> None:
    rows = [{"OutId": "another", "SendStatus": 3}, {"OutId": str(OUT_ID), "SendStatus": status, "ErrCode": "X"}]
    with provider(settings, 200, {"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": rows}}) as server:
        assert aliyun.Aliyun().query(a_message("+85291234567"), SENT_AT).said == said
    assert (server.asked[0]["SendDate"], server.asked[0]["PhoneNumber"]) == ("20261128", "85291234567")


def test_what_it_does_not_know_is_a_person_s_to_decide(settings: Any) -> None:
    with provider(settings, 200, {"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": []}}):
        assert aliyun.Aliyun().query(a_message(), SENT_AT).said == Said.NOT_FOUND
    with provider(settings, 500, b""):
        assert aliyun.Aliyun().query(a_message(), SENT_AT).said == Said.AWAY
