"""Answers to text messages: who opts out in their own words, what a person has to read, what a gateway hands over badly."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Consent
from outreach import sms_jobs, sms_replies
from outreach.gateways import kannel
from outreach.models import InboundFault, SmsReply
from outreach.sms_opt_out import is_opt_out
from outreach.tests.sms_factories import make_reader, never_quiet
from staff.models import User

OPT_OUTS = [
    "R",
    "r",
    " R。",
    "T",
    "TD",
    "td",
    "N",
    "0000",
    "退订",
    "退订R",
    "退订r",
    "我要退订",
    "谢谢 退订",
    "谢谢，退订",
    "退订，谢谢！",
    "请退订",
    "请不要再发短信",
    "请不要再发短信了",
    "不要再发了",
    "不要再给我发短信",
    "别发了",
    "别再发了",
    "别再给我发广告了",
    "请勿再发",
    "勿扰？",
    "取消",
    "取消订阅",
    "请取消订阅",
    "我想取消订阅，谢谢",
    "麻烦取消短信",
    "拒收",
    "拒收短信",
    "拒收请回复R",
    "停止",
    "停止发送",
    "停止发短信",
    "不需要",
    "不需要短信",
    "不再接收",
    "不想再收到短信",
    "我不想收到你们的短信",
    "以后不要再给我发信息了",
    "请不要给我发短信",
    "请停止发送短信，谢谢。",
    "STOP",
    "Stop.",
    "Stop. Thank you",
    "stop please",
    "Please stop sending me messages",
    "STOP ALL",
    "unsubscribe",
    "Unsubscribe me please",
    "don't text me anymore",
    "Do not send me any more messages",
    "no more messages please",
    "opt out",
    "opt-out",
    "remove me from your list",
    "回复R",
    "退 订",
    "回T退订",
    "不要打扰",
    "请不要打扰我",
    "不要骚扰我了",
    "退訂",
    "取消訂閱",
    "請不要再發短信",
    "我要退订短信",
    "TD退订",
    "退订TD",
]
OTHERS = [
    "取消预订",
    "取消今晚的包厢",
    "不要取消",
    "停车方便吗",
    "你好",
    "谢谢",
    "好的",
    "R1",
    "今晚有房吗",
    "不要烟味的房间",
    "别忘了留房",
    "我来",
    "不来了",
    "周五我来，别取消",
    "stop by tonight?",
    "See you, don't forget my room",
    "不需要了，已经订了别家",
    "能不能停止收费",
    "Thanks",
    "收到",
    "好",
    "no",
    "不",
    "不要",
    "请给我留一间房",
    "别发错房间",
    "can you cancel my booking",
    "cancel my reservation",
]


@pytest.mark.parametrize("text", OPT_OUTS)
def test_wish_for_no_more_messages_is_understood(text: str) -> None:
    assert is_opt_out(text)


@pytest.mark.parametrize("text", OTHERS)
def test_other_answers_are_no_such_wish(text: str) -> None:
    assert not is_opt_out(text)


def hand_in(client: Client, text: str, number: str | None = "+8613816553601", **headers: str) -> Any:
    """A reply as Kannel's post-url brings it."""
    said = {"X-Kannel-From": number} if number is not None else {}
    return client.post(
        reverse("outreach:reply_kannel", args=[kannel.secret()]),
        text.encode(),
        content_type="text/plain",
        headers={**said, **headers},
    )


@pytest.fixture
def guest(db: None) -> Any:
    never_quiet()
    return make_reader(phone="+8613816553601")


@pytest.mark.parametrize("text", ["退订R", "请不要再发短信", "我要退订", "谢谢 退订"])
def test_wish_in_own_words_withdraws_consent_at_once(guest: Any, client: Client, text: str) -> None:
    """Case 36b."""
    assert hand_in(client, text).status_code == 200
    guest.refresh_from_db()
    assert not guest.sms_consent
    last = Consent.objects.filter(customer=guest, kind="sms").latest("pk")
    assert last.action == Consent.Action.WITHDRAWN
    assert not sms_replies.unread().exists(), "nobody has to read it"


def test_what_is_not_understood_is_read_the_same_day(
    guest: Any, client: Client, ops: User, signed_in: Callable[[User], Client]
) -> None:
    hand_in(client, "能不能少发点", **{"X-Kannel-Message-Id": "1"})
    hand_in(client, "周五我来", **{"X-Kannel-Message-Id": "2"})
    hand_in(client, "周五我来", **{"X-Kannel-Message-Id": "2"})
    assert sms_replies.unread().count() == 2
    assert [alert for alert in sms_jobs.alerts() if alert.key.startswith("sms-replies")]
    office, page = signed_in(ops), reverse("outreach:sms_replies")
    first, second = sms_replies.unread()
    assert "能不能少发点" in office.get(page).content.decode()
    office.post(page, {"reply": first.pk, "word": "stop"})
    office.post(page, {"reply": second.pk, "word": "read"})
    guest.refresh_from_db()
    assert not guest.sms_consent and not sms_replies.unread().exists()
    assert list(SmsReply.objects.order_by("pk").values_list("is_opt_out", "settled_by")) == [
        (True, ops.pk),
        (False, ops.pk),
    ]
    again = office.post(page, {"reply": first.pk, "word": "read"}, follow=True)
    assert "It was settled already." in again.content.decode()
    for nonsense in ({"reply": first.pk, "word": "burn"}, {"reply": "x", "word": "read"}, {}):
        assert office.post(page, nonsense).status_code == 409
    assert not [alert for alert in sms_jobs.alerts() if alert.key.startswith("sms-replies")]


def test_reply_without_its_sender_is_kept_and_operations_told_until_one_has_it(guest: Any, client: Client) -> None:
    assert hand_in(client, "R", None).status_code == 200
    assert SmsReply.objects.get().number == "" and sms_replies.unread().count() == 1
    assert [alert for alert in sms_jobs.alerts() if "send-sender = true" in alert.text]
    hand_in(client, "好")
    assert not InboundFault.objects.exists()


def test_calls_that_cannot_be_used_are_told_of(guest: Any, client: Client) -> None:
    url = reverse("outreach:reply_kannel", args=[kannel.secret()])
    assert client.get(url, {"from": "1", "text": "R"}).status_code == 405
    assert client.get(url).status_code == 405
    texts = [alert.text for alert in sms_jobs.alerts() if alert.key.startswith("sms-inbound")]
    assert len(texts) == 1 and "post-url" in texts[0] and "2" in texts[0]
    assert client.post(reverse("outreach:reply_kannel", args=["wrong"])).status_code == 404
    assert InboundFault.objects.get().count == 2
