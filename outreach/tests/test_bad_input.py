"""What makes no sense is said in the reader's language, and nothing is built, saved or sent (issue: "Bad input")."""

import contextlib
import datetime as dt
import html
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation

from outreach import rules, sms_sending
from outreach.models import CallList, Campaign, OutreachRules, SmsBatch
from outreach.tests.sms_factories import make_campaign, make_reader, make_sms_batch, never_quiet
from staff.models import User
from vipdesk import nights

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("language", ["en", "zh-hans"])
CAMPAIGN = {
    "code": "friday",
    "name": "周五欢唱",
    "signature": "星海会所",
    "message_zh": "周五房费八折。",
    "opt_out": "拒收请回复R",
    "opt_out_en": "Reply R to opt out",
    "template_review": "none",
}
RULES = {
    "call_weekdays": ["wed", "thu"],
    "sms_weekdays": ["mon", "fri"],
    "calls_per_manager": "40",
    "birthday_days": "7",
    "bottle_days": "14",
    "member_day_days": "3",
    "quiet_from": "20:00",
    "quiet_to": "08:00",
    "sms_min_gap_days": "3",
    "trace_days": "14",
    "member_days-TOTAL_FORMS": "0",
    "member_days-INITIAL_FORMS": "0",
}


@pytest.fixture
def office(ops: User, signed_in: Callable[[User], Client]) -> Callable[[str], Client]:
    def reading(language: str) -> Client:
        User.objects.filter(pk=ops.pk).update(language=language)
        return signed_in(ops)

    return reading


@BOTH
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"opt_out": " "}, {"en": "This field is required", "zh-hans": "这个字段是必填项"}),
        ({"message_zh": "字" * 490}, {"en": "characters, 500 are allowed", "zh-hans": "500"}),
        ({"message_zh": "【星海】八折"}, {"en": "No 【】 in the body", "zh-hans": "【】"}),
        ({"message_zh": "您好${name}"}, {"en": "take no variables", "zh-hans": "变量"}),
        ({"signature": "星"}, {"en": "2 to 16 characters", "zh-hans": "2"}),
        (
            {"starts_on": "2026-12-02", "ends_on": "2026-12-01"},
            {"en": "ends before it begins", "zh-hans": "结束时间要晚于开始时间"},
        ),
    ],
)
def test_campaign_that_cannot_be_sent_is_not_saved(
    office: Any, language: str, fields: dict[str, str], said: dict[str, str]
) -> None:
    answer = office(language).post(reverse("admin:outreach_campaign_add"), CAMPAIGN | fields)
    assert answer.status_code == 200
    assert said[language] in answer.content.decode()
    assert not Campaign.objects.exists()


def test_the_campaign_of_these_tests_is_saved_where_nothing_is_wrong_with_it(office: Any) -> None:
    assert office("en").post(reverse("admin:outreach_campaign_add"), CAMPAIGN).status_code == 302
    assert Campaign.objects.get().code == "friday"


def test_characters_that_nobody_sees_are_dropped_from_a_campaign(office: Any) -> None:
    fields = CAMPAIGN | {"opt_out": "\u200b" + CAMPAIGN["opt_out"]}
    assert office("en").post(reverse("admin:outreach_campaign_add"), fields).status_code == 302
    assert Campaign.objects.get().opt_out == CAMPAIGN["opt_out"]


@BOTH
@pytest.mark.parametrize(
    "fields",
    [
        {"calls_per_manager": "0"},
        {"calls_per_manager": "-3"},
        {"birthday_days": "9999"},
        {"quiet_from": "25:00"},
        {"call_weekdays": ["someday"]},
        {"trace_days": "0"},
        {"sms_min_gap_days": "x"},
    ],
)
def test_rules_that_make_no_sense_are_not_saved(office: Any, language: str, fields: dict[str, Any]) -> None:
    before = OutreachRules.objects.values().get(pk=rules.current().pk)
    url = reverse("admin:outreach_outreachrules_change", args=[before["id"]])
    answer = office(language).post(url, RULES | fields)
    assert answer.status_code == 200
    with translation.override(language):
        (said,) = (str(error) for errors in answer.context["errors"] for error in errors)
    assert said.isascii() is (language == "en") and said in html.unescape(answer.content.decode())
    assert OutreachRules.objects.values().get() == before


def test_the_rules_of_these_tests_are_saved_where_nothing_is_wrong_with_them(office: Any) -> None:
    url = reverse("admin:outreach_outreachrules_change", args=[rules.current().pk])
    assert office("en").post(url, RULES | {"trace_days": "10"}).status_code == 302
    assert rules.current().trace_days == 10


@BOTH
def test_night_without_messages_is_said_at_the_form(office: Any, language: str) -> None:
    said = {"campaign": make_campaign().code, "night": "2026-11-25"}
    answer = office(language).post(reverse("outreach:sms_new"), said)
    assert answer.status_code == 422
    assert {"en": "is no SMS night", "zh-hans": "不是短信之夜"}[language] in answer.content.decode()
    assert not SmsBatch.objects.exists()


@BOTH
def test_night_without_calls_is_said_in_one_line(mgr1: User, language: str) -> None:
    with translation.override(language), pytest.raises(CommandError) as refused:
        call_command("build_call_list", "2026-11-27")
    words = {"en": "2026-11-27 is no call night.", "zh-hans": "2026-11-27 不是回访之夜"}[language]
    assert str(refused.value).startswith(words)
    assert not CallList.objects.exists()


# --- a gateway that answers nonsense -------------------------------------------------------------------------------

NONSENSE = [
    b"",
    b"\x00\xff\xfe" * 400,
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"HTTP/1.1 999 Whatever\r\n\r\n",
    b"HTTP/1.1 202\xff Accepted?\r\nContent-Length: nine\r\n\r\n0: Accepted",
    b"HTTP/1.1 200 OK\r\nContent-Length: 31\r\n\r\n<html>It works, perhaps.</html>",
    b"HTTP/1.1 200 OK\r\n" + b"X-More: 1\r\n" * 2000 + b"\r\n",
    b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
]


@contextlib.contextmanager
def answering(nonsense: bytes, settings: Any) -> Iterator[list[str]]:
    """A socket that takes each request and says only this; the lines that it was asked."""
    asked: list[str] = []
    server = socket.create_server(("127.0.0.1", 0))
    settings.SMS_GATEWAY, settings.SMS_TIMEOUT = "kannel", 2
    settings.KANNEL_URL = f"http://127.0.0.1:{server.getsockname()[1]}/cgi-bin/sendsms"

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                wire, _address = server.accept()
                asked.append(wire.recv(65536).decode("latin-1").split("\r\n")[0])
                wire.sendall(nonsense)
                wire.close()

    threading.Thread(target=serve, daemon=True).start()
    yield asked
    server.close()


@pytest.mark.django_db(transaction=True)
def test_gateway_that_answers_nonsense_is_asked_once_a_guest_and_a_person_decides(settings: Any) -> None:
    never_quiet()
    for _n in range(2):
        make_reader()
    for week, nonsense in enumerate(NONSENSE):
        batch = make_sms_batch(night=nights.tonight() + dt.timedelta(weeks=week + 1), is_approved=True)
        with answering(nonsense, settings) as asked:
            sms_sending.send_all(until_done=True)
            sms_sending.send_all(until_done=True)
        states = set(batch.messages.values_list("state", flat=True))
        assert (len(asked), states) == (2, {"unknown"}), nonsense[:40]


@BOTH
def test_test_message_without_a_clear_answer_is_not_called_refused(office: Any, settings: Any, language: str) -> None:
    batch = make_sms_batch()
    with answering(NONSENSE[5], settings):
        url = reverse("outreach:sms_test", args=[batch.pk])
        answer = office(language).post(url, {"number": "138 1655 2203"}, follow=True)
    words = {"en": "gave no clear answer (HTTP 200)", "zh-hans": "没有给出明确答复（HTTP 200）"}[language]
    assert words in answer.content.decode()


@BOTH
def test_gateway_that_is_not_set_up_is_said_and_nothing_is_built(office: Any, settings: Any, language: str) -> None:
    settings.SMS_GATEWAY, settings.KANNEL_URL = "kannel", "not an address"
    campaign = make_campaign()
    answer = office(language).post(reverse("outreach:sms_new"), {"campaign": campaign.code, "night": "2026-11-27"})
    assert answer.status_code == 422 and "KANNEL_URL" in answer.content.decode()
    assert not SmsBatch.objects.exists()
