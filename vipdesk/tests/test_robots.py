"""Group robots: DingTalk's signature as its manual computes it, and what counts as an answer."""

import base64
import datetime as dt
import hashlib
import hmac
from urllib.parse import parse_qs, urlsplit

import pytest

from vipdesk import robots

NOW = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)


def test_dingtalk_is_signed_when_it_is_sent(settings):
    settings.DINGTALK_ROBOT_SECRET = "SEC0"
    url = robots.signed("https://oapi.example/robot/send?access_token=2#dingtalk", NOW)
    asked = parse_qs(urlsplit(url).query)
    stamp = str(int(NOW.timestamp() * 1000))
    digest = hmac.new(b"SEC0", f"{stamp}\nSEC0".encode(), hashlib.sha256).digest()
    assert (asked["timestamp"], asked["sign"]) == ([stamp], [base64.b64encode(digest).decode()])
    assert robots.signed("https://qyapi.example/send?key=1#wecom", NOW) == "https://qyapi.example/send?key=1"
    settings.DINGTALK_ROBOT_SECRET = ""
    assert robots.signed("https://oapi.example/robot/send?a=2#dingtalk", NOW).endswith("?a=2")


def test_other_webhooks_are_no_robots_and_are_left_alone(settings):
    settings.DINGTALK_ROBOT_SECRET = "SEC0"
    assert not robots.is_robot("https://till.example/hook#elsewhere")
    assert robots.signed("https://till.example/hook", NOW) == "https://till.example/hook"


def test_a_house_names_its_robots_or_none(settings):
    settings.WECOM_ROBOT_URL = settings.DINGTALK_ROBOT_URL = ""
    assert robots.addresses() == []
    settings.DINGTALK_ROBOT_URL = "https://oapi.example/robot/send?a=2#whatever"
    assert robots.addresses() == ["https://oapi.example/robot/send?a=2#dingtalk"]


def test_words_are_cut_within_what_robots_take_and_between_characters():
    content = robots.text("投诉" * 2000)["text"]["content"]
    assert 1990 < len(content.encode()) <= 2000 and set(content) == {"投", "诉"}


@pytest.mark.parametrize(
    ("answer", "is_taken"),
    [(b'{"errcode":0,"errmsg":"ok"}', True), (b'{"errcode":45009}', False), (b"", True), (b"ok", True), (b"[]", True)],
)
def test_a_robot_that_refuses_says_so_in_its_answer(answer, is_taken):
    if is_taken:
        robots.check(answer)
    else:
        with pytest.raises(robots.RobotRefused):
            robots.check(answer)
