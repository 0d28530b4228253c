"""Group robots of WeCom and DingTalk: the JSON they take, DingTalk's signature, and whether they really took it.

Both answer 200 to what they refuse and say so in the document (`errcode`). DingTalk's signature holds for an hour only,
so that it is made when a message is sent and not when it is written: a robot's address carries its kind as fragment.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any
from urllib.parse import quote, urldefrag

from django.conf import settings

from vipdesk.json_text import read_json

WECOM, DINGTALK = "wecom", "dingtalk"
LONGEST = 2000  # bytes of UTF-8; WeCom takes 2048
ANSWER = 65_536  # bytes of an answer that are read at most


class RobotRefused(ValueError):
    """The robot answered that it did not take the message."""


def addresses() -> list[str]:
    """The robots of this house, as `outbox.put_webhook` takes them."""
    known = ((settings.WECOM_ROBOT_URL, WECOM), (settings.DINGTALK_ROBOT_URL, DINGTALK))
    return [f"{urldefrag(url)[0]}#{kind}" for url, kind in known if url]


def text(words: str) -> dict[str, Any]:
    """A message of plain words; both robots read the same document."""
    cut = words.encode()[:LONGEST].decode(errors="ignore")
    return {"msgtype": "text", "text": {"content": cut}}


def is_robot(address: str) -> bool:
    return urldefrag(address)[1] in (WECOM, DINGTALK)


def signed(address: str, now: datetime) -> str:
    """Where to post now: without the fragment, and signed where DingTalk asks for it."""
    url, kind = urldefrag(address)
    secret = settings.DINGTALK_ROBOT_SECRET
    if kind != DINGTALK or not secret:
        return url
    stamp = int(now.timestamp() * 1000)
    digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    sign = quote(base64.b64encode(digest), safe="")
    return f"{url}{'&' if '?' in url else '?'}timestamp={stamp}&sign={sign}"


def check(answer: bytes) -> None:
    """Raises `RobotRefused` where the answer says that the message was not taken."""
    try:
        said = read_json(answer)
    except ValueError:
        return  # no robot's answer; the status alone counts
    code = said.get("errcode", 0) if isinstance(said, dict) else 0
    if code != 0:
        raise RobotRefused(str(code))
