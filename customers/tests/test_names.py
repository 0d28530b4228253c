"""What counts as a name, and which spellings are one name."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers import names

DOTS = "·•・‧．∙⋅･."


@pytest.mark.parametrize("dot", DOTS)
@pytest.mark.parametrize("name", ["阿不都热依木{}买买提", "古丽米热 {} 艾比布力"])
def test_every_middle_dot_is_one_dot(dot: str, name: str) -> None:
    kept = names.read_name(name.format(dot))
    assert kept.text == name.replace(" ", "").format("·") and not kept.is_partial


def test_full_stop_of_initials_stays() -> None:
    assert names.read_name("J. K. Rowling").text == "J. K. Rowling"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("阿不都热依木•买买提", "阿不都热依木买买提"),
        ("Nguyễn Thị Ánh", "nguyen thi anh"),
        ("Seán O'Connor", "SEAN O’CONNOR"),
        ("Łukasz Đặng", "lukasz dang"),
        ("Ｓeán", "Sea\u0301n"),
    ],
)
def test_spellings_of_one_name_have_one_key(one: str, other: str) -> None:
    assert names.key(one) == names.key(other)


@pytest.mark.parametrize(("one", "other"), [("王伟", "王维"), ("李明", "黎明"), ("Li", "Lin"), ("かが", "かか")])
def test_other_names_have_other_keys(one: str, other: str) -> None:
    assert names.key(one) != names.key(other)


@given(st.text(max_size=30))
def test_key_of_a_key_is_the_key_and_of_any_form_of_unicode(text: str) -> None:
    assert names.key(names.key(text)) == names.key(text)
    assert names.key(unicodedata.normalize("NFD", text)) == names.key(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize("name", ["李总", "䶮总", "𠮷小姐", "𠮷", "䶮", "老𠮷"])
def test_surname_alone_is_partial_outside_the_basic_plane_too(name: str) -> None:
    assert names.read_name(name).is_partial


def test_repeated_character_may_be_a_name_to_check() -> None:
    assert names.read_name("圆圆圆").is_doubtful
    assert not names.read_name("圆圆").is_doubtful


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["圆圆圆圆", "aaa", "xxxx", "⁨⁩", "\u200b"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(names.BadName):
        names.read_name(name)


@pytest.mark.parametrize("sign", ["\u2068", "\u200b", "\ufeff", "\ufe0f", "\U000e0100", "\ufffc", "\u00ad", "\u200d"])
def test_invisible_characters_are_no_part_of_a_name(sign: str) -> None:
    assert names.read_name(f"{sign}葛{sign}伟{sign}").text == "葛伟"
