"""Numbers as people write them, and what is none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers import phones

ONE_NUMBER = [
    "13816552203",
    " 138 1655 2203 ",
    "138-1655-2203",
    "138.1655.2203",
    "138－1655－2203",
    "１３８１６５５２２０３",
    "'13816552203",
    "’13816552203",
    "+8613816552203",
    "+86 138 1655 2203",
    "(+86) 138-1655-2203",
    "（86）13816552203",
    "8613816552203",
    "0086 138 1655 2203",
    "013816552203",
    "13816552203.0",
    "1.3816552203E10",
    "1.3816552203e+10",
    "手机：13816552203",
    "Tel: 138 1655 2203",
    "\u202d13816552203\u202c",
    "138\u00a01655\u00a02203",
    "13816552203\n",
]


@pytest.mark.parametrize("text", ONE_NUMBER)
def test_mainland_number_in_any_habit_is_one_number(text):
    assert phones.normalise(text) == "+8613816552203"
    assert phones.find(text) == ("+8613816552203", "")


@pytest.mark.parametrize("second", "3456789")
def test_mainland_ranges_are_judged_by_our_own_rule(second):
    assert phones.normalise(f"1{second}800000000") == f"+861{second}800000000"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+852 9123 4567", "+85291234567"),
        ("00852 91234567", "+85291234567"),
        ("85291234567", "+85291234567"),
        ("+853 6612 3456", "+85366123456"),
        ("+886 912 345 678", "+886912345678"),
        ("+1 650 253 0000", "+16502530000"),
        ("0016502530000", "+16502530000"),
        ("+44 7400 123456", "+447400123456"),
        ("＋８５２９１２３４５６７", "+85291234567"),
    ],
)
def test_number_of_another_country_is_kept_with_its_prefix(text, number):
    assert phones.normalise(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "", "无", "不详", "abc", "12345", "1381655220", "138165522033", "12816552203", "11111111111", "23816552203",
        "021-52345678", "010-12345678", "+86 21 5234 5678", "91234567", "+85200000000", "+852 1111 1111", "+999 12345678",
        "138O6552203", "1.38E+10", "+", "++8613816552203x", "13816552203 13916552203",
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused_with_a_reason(text):
    with pytest.raises(phones.BadPhone) as refused:
        phones.normalise(text)
    assert str(refused.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("+44 20 7946 0958", "land line"),
        ("+852 2345 6789", "land line"),
        ("85223456789", "land line"),
        ("+81 3 1234 5678", "land line"),
        ("+886 2 2345 6789", "land line"),
        ("+65 6123 4567", "land line"),
        ("+86 21 5234 5678", "land line|starts with 13"),
        ("021-52345678", "land line"),
        ("+1 800 253 0000", "toll-free"),
        ("+800 1234 5678", "toll-free"),
        ("+852 800 123 456", "toll-free"),
        ("+1 900 253 0000", "premium"),
        ("+44 909 879 0123", "premium"),
        ("+852 7112 3456", "pager"),
        ("+44 7640 123456", "pager"),
        ("400-820-8820", "service"),
        ("800 820 8820", "service"),
        ("95588", "service"),
        ("+86 400 820 8820", "service"),
    ],
)
def test_number_of_no_person_is_refused_with_its_reason(text, reason):
    with pytest.raises(phones.BadPhone, match=reason):
        phones.normalise(text)


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("9123 4567", "852"),
        ("5123 4567", "852"),
        ("6612 3456", "853"),
        ("0912-345-678", "886"),
        ("090-1234-5678", "81"),
        ("080 1234 5678", "81"),
        ("070-1234-5678", "81"),
        ("010-2345-6789", "82"),
        ("8123 4567", "65"),
        ("9123 4567", "65"),
    ],
)
def test_mobile_without_its_country_is_asked_for_the_prefix(text, prefix):
    with pytest.raises(phones.BadPhone, match=rf"\+{prefix}"):
        phones.normalise(text)


@pytest.mark.parametrize(
    "sign", ["\u2068", "\u2069", "\u200b", "\u2060", "\ufeff", "\ufe0f", "\ufffc", "\u061c", "\u034f"]
)
def test_invisible_characters_are_no_part_of_a_number(sign):
    assert phones.normalise(f"{sign}138{sign}16552203{sign}") == "+8613816552203"
    assert phones.find(f"{sign}13816552203{sign}/13900002222") == ("+8613816552203", "13900002222")


def test_hong_kong_number_without_prefix_is_told_what_is_missing():
    with pytest.raises(phones.BadPhone, match="852"):
        phones.normalise("9123 4567")


def test_number_shortened_by_the_spreadsheet_is_not_made_up():
    with pytest.raises(phones.BadPhone, match="shortened"):
        phones.normalise("1.38166E+10")


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("13800001111/13900002222", "13900002222"),
        ("13800001111 13900002222", "13900002222"),
        ("13800001111、021-52345678", "021-52345678"),
        ("021-52345678 / 138 0000 1111", "021-52345678"),
        ("13800001111（微信同号）", "微信同号"),
        ("13800001111 王姐", "王姐"),
        ("13800001111\n13900002222", "13900002222"),
    ],
)
def test_cell_with_more_than_a_number_gives_the_first_and_keeps_the_rest(text, rest):
    assert phones.find(text) == ("+8613800001111", rest)


@pytest.mark.parametrize(
    ("number", "masked", "shown"),
    [
        ("+8613812345678", "138****5678", "138 1234 5678"),
        ("+85291234567", "+852****567", "+852 9123 4567"),
        ("", "", ""),
    ],
)
def test_number_is_masked_and_shown(number, masked, shown):
    assert phones.mask(number) == masked
    assert phones.display(number) == shown


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_a_number_to_keep_or_is_refused(text):
    try:
        number = phones.normalise(text)
    except phones.BadPhone:
        return
    assert phones.normalise(number) == number
    assert number.startswith("+") and number[1:].isascii() and number[1:].isdecimal() and 8 <= len(number) <= 16


@settings(deadline=None)
@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["", "+86", "0086", "86 ", "'", "(+86)"]),
    st.sampled_from(["", " ", "-", "."]),
)
def test_every_mainland_number_survives_prefix_and_blanks(digits, prefix, between):
    assert phones.normalise(prefix + between.join([digits[:3], digits[3:7], digits[7:]])) == f"+86{digits}"
