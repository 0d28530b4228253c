"""The product's own words are said in the language of whoever reads them, whoever's act wrote them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from customers.decisions import token
from customers.erasing import erase_customer
from customers.intake.corrections import import_context
from customers.merging import merge_customers
from customers.models import Customer, Erasure, IntakeReview
from customers.tests.factories import change, make_customer
from feedback.guest_answers import ask_for_silence
from staff.models import User
from vipdesk import coded, nights
from vipdesk.templatetags.nights import day

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ordinary_evening")]
SignIn = Callable[[User], Client]


@pytest.fixture
def chinese(desk_user: User, ops: User) -> None:
    """After-sales read and act in Chinese, managers in English."""
    User.objects.filter(pk__in=[desk_user.pk, ops.pk]).update(language="zh-hans")
    User.objects.exclude(pk__in=[desk_user.pk, ops.pk]).update(language="en")


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_a_preset_chosen_in_chinese_is_read_in_english_beside_what_was_typed(
    mgr1: User, desk_user: User, chinese: None, signed_in: SignIn
) -> None:
    guest = make_customer(owner=mgr1)
    desk_user.refresh_from_db()
    desk, page = signed_in(desk_user), f"/intake/{guest.night.isoformat()}/"
    said = {"action": "send_back", "pick": [token(guest)], "preset": ["address", "birthday"], "reason": "门牌号看不清"}
    assert desk.post(f"{page}decide/", said).status_code == 302
    assert "地址不全 · 缺生日 · 门牌号看不清" in text_of(desk.get(page))
    mgr1.refresh_from_db()
    manager = signed_in(mgr1)
    for url in ("/tonight/", f"/customers/{guest.pk}/", f"/customers/{guest.pk}/edit/"):
        assert "Address incomplete · Birthday missing · 门牌号看不清" in text_of(manager.get(url)), url
    assert "Address incomplete" in text_of(manager.get(f"/customers/{guest.pk}/history/"))


def test_reasons_of_merges_imports_and_wishes_are_read_in_the_readers_language(
    mgr1: User, desk_user: User, chinese: None, signed_in: SignIn
) -> None:
    with translation.override("zh-hans"):
        kept, double = make_customer(owner=mgr1, sms_consent=True), make_customer(owner=mgr1, likes_drinks="麦卡伦")
        merge_customers(kept=kept.pk, merged=double.pk, by=desk_user)
        with import_context("九月.xlsx", desk_user):
            Customer.objects.filter(pk=kept.pk).update(dislikes="火龙果")
        ask_for_silence(number=str(kept.phone), calls=False)
    mgr1.refresh_from_db()
    page = text_of(signed_in(mgr1).get(f"/customers/{kept.pk}/history/"))
    for words in (f"merged with record {double.pk}", "import of 九月.xlsx", "the guest&#x27;s own wish"):
        assert words in page
    desk_user.refresh_from_db()
    assert f"与编号 {double.pk} 的资料合并" in text_of(signed_in(desk_user).get(f"/customers/{kept.pk}/history/"))


def test_the_proof_of_an_erasure_in_chinese_is_read_in_english(
    mgr1: User, desk_user: User, ops: User, chinese: None, signed_in: SignIn
) -> None:
    guest = make_customer(owner=mgr1)
    with translation.override("zh-hans"):
        done = erase_customer(customer=guest, by=desk_user, identity="in_person", requested_on=nights.tonight())
    User.objects.filter(pk=ops.pk).update(language="en")
    ops.refresh_from_db()
    english = text_of(signed_in(ops).get(f"/customers/erasures/{done.pk}/"))
    with translation.override("en"):
        assert f"Captured by 林静, night of {day(guest.night)}" in english
    assert "Numbers blocked, as a hash that tells none" in english
    desk_user.refresh_from_db()
    chinese_page = text_of(signed_in(desk_user).get(f"/customers/erasures/{done.pk}/"))
    assert "Captured by" not in chinese_page and "{proof." not in chinese_page


def test_old_rows_stay_readable(mgr1: User, ops: User, signed_in: SignIn) -> None:
    guest = make_customer(owner=mgr1)
    change(guest, mgr1, reason="与档案 7 合并", dislikes="火龙果")
    Customer.objects.filter(pk=guest.pk).update(intake_status="sent_back", intake_reason="地址不完整")
    old = Erasure.objects.create(
        customer=make_customer(phone=None),
        cause="retention",
        identity="not_needed",
        erased_by=ops,
        proof=[{"part": "档案", "removed": {}, "kept": {"号码已拉黑": "1"}}],
    )
    assert "地址不完整" in text_of(signed_in(mgr1).get(f"/customers/{guest.pk}/"))
    assert "与档案 7 合并" in text_of(signed_in(mgr1).get(f"/customers/{guest.pk}/history/"))
    proof = text_of(signed_in(ops).get(f"/customers/erasures/{old.pk}/"))
    assert "档案" in proof and "号码已拉黑" in proof


@pytest.mark.parametrize("text", ["", "{", "{x}", "{sheet.unknown}", "{history.merged}", "a {b|c=d} e", "100 % {"])
def test_what_is_no_code_reads_as_it_stands(text: str) -> None:
    assert coded.read(text) == text


def test_a_fact_cannot_end_its_code_and_an_unknown_code_is_not_written() -> None:
    assert coded.read(coded.write("history.imported", filename="a|b}{c.xlsx")) == "import of a/b)(c.xlsx"
    assert coded.read(f"x {coded.write('history.no_calls')} y") == "x asked not to be called y"
    with pytest.raises(LookupError):
        coded.write("history.nothing")


def test_a_review_keeps_the_code(mgr1: User, desk_user: User, signed_in: SignIn) -> None:
    guest = make_customer(owner=mgr1)
    said = {"action": "send_back", "pick": [token(guest)], "preset": ["number"], "reason": ""}
    signed_in(desk_user).post(f"/intake/{guest.night.isoformat()}/decide/", said)
    assert IntakeReview.objects.get().reason == "{sheet.number}" and IntakeReview.objects.get().shown_reason == (
        "Wrong number"
    )
