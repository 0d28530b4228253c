"""What a message says, how many parts it is, and what may not be sent: by the rules of GSM 03.38 and UCS-2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach import sms_text

LETTERS = st.text(st.sampled_from("aZ 9@€^{中文，é"), max_size=400)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 0),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("中" * 70, 1),
        ("中" * 71, 2),
        ("中" * 134, 2),
        ("中" * 135, 3),
        ("a" * 69 + "中", 1),
        ("a" * 70 + "中", 2),
        ("€" * 80, 1),  # two places each
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 7, 2),  # 161 places, and the sign is not torn
        ("a" * 152 + "€" + "a" * 152, 3),  # torn it would fit two
        ("中" * 66 + "😀" + "中" * 66, 3),  # the same for a pair of UCS-2
    ],
)
def test_parts_are_counted_as_they_are_paid(text: str, parts: int) -> None:
    assert sms_text.segments(text) == parts


@given(LETTERS)
def test_a_longer_message_is_never_fewer_parts(text: str) -> None:
    assert sms_text.segments(text) <= sms_text.segments(text + "a") <= sms_text.segments(text + "a") + 1
    single, part = (160, 153) if sms_text.is_gsm(text) else (70, 67)
    places = sum(2 if sms_text.is_gsm(text) and letter in "^{}\\[~]|€\f" else 1 for letter in text)
    least = 1 if places <= single else -(-places // part)
    assert least * bool(text) <= sms_text.segments(text) <= least + 2


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=120))
def test_every_message_is_signed_once_and_ends_with_how_to_opt_out(body: str) -> None:
    text = sms_text.compose(signature="星海会所", body=body, opt_out=sms_text.OPT_OUT)
    assert text.startswith("【星海会所】") and text.endswith("拒收请回复R")
    assert sms_text.compose(signature="星海会所", body=body + sms_text.OPT_OUT, opt_out=sms_text.OPT_OUT).endswith(
        sms_text.OPT_OUT
    )


def test_the_wording_stands_once_where_somebody_typed_it_too() -> None:
    text = sms_text.compose(signature="星海", body="周五八折。拒收请回复R", opt_out="拒收请回复R")
    assert text == "【星海】周五八折。拒收请回复R"


@pytest.mark.parametrize(
    ("body", "is_fine"),
    [
        ("周五八折", True),
        ("  ", False),
        ("【星海】周五八折", False),
        ("您好${name}", False),
        ("您好{name}", False),
        ("八折😀", False),
        ("八\u200b折", False),
        ("八\x00折", False),
        ("字" * 484, True),
        ("字" * 490, False),
    ],
)
def test_a_body_that_cannot_go_out_is_named(body: str, is_fine: bool) -> None:
    faults = sms_text.body_faults(body, signature="星海会所", opt_out="拒收请回复R")
    assert (faults == []) is is_fine


@pytest.mark.parametrize(
    ("signature", "is_fine"),
    [("星海", True), ("星", False), ("星" * 16, True), ("星" * 17, False), ("【星海】", False), (" 星海", False)],
)
def test_a_signature_has_two_to_sixteen_characters(signature: str, is_fine: bool) -> None:
    assert (sms_text.signature_faults(signature) == []) is is_fine
