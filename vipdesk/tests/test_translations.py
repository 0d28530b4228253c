"""Every string of ours has its Chinese, with the same placeholders."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.utils.translation import override

from customers.models import Customer
from outreach.models import Campaign
from vipdesk import translations
from vipdesk.unfold_words import WORDS

pytestmark = pytest.mark.check
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w*)\}|%[sd]")


def test_every_string_has_its_chinese() -> None:
    assert translations.untranslated() == []


def test_translations_keep_the_placeholders() -> None:
    for message in translations.read_catalogue():
        if not message.id or not message.string:
            continue
        wanted = {name for text in translations.as_tuple(message.id) for name in _PLACEHOLDER.findall(text)}
        for string in filter(None, translations.as_tuple(message.string)):
            assert set(_PLACEHOLDER.findall(string)) <= wanted, string


def test_catalogue_holds_nothing_that_is_gone() -> None:
    in_code = {(m.id, m.context) for m in translations.extract() if m.id}
    gone = [m.id for m in translations.read_catalogue() if m.id and (m.id, m.context) not in in_code]
    assert gone == []


def test_extraction_finds_what_is_marked_in_templates_and_code() -> None:
    found = {m.id for m in translations.extract()}
    assert "Save, next guest" in found and "A phone number is needed." in found
    assert any(isinstance(m, tuple) for m in found)


def test_a_thing_is_not_named_as_a_person_is() -> None:
    with override("zh-hans"):
        assert str(Customer._meta.get_field("name").verbose_name) == "姓名"
        assert str(Campaign._meta.get_field("name").verbose_name) == "名称"
    found = {(m.id, m.context) for m in translations.extract()}
    assert {("name", None), ("name", "of a thing"), ("Name", "of a thing")} <= found


def test_words_of_unfold_are_still_the_ones_it_says() -> None:
    unfold = Path(str(find_spec("unfold").origin)).parent  # type: ignore[union-attr]
    said = "\n".join(path.read_text(encoding="utf-8") for kind in ("*.html", "*.py") for path in unfold.rglob(kind))
    assert [word for word in WORDS if f'"{word}"' not in said and f"'{word}'" not in said] == []
