"""Amounts as they are typed, in the one field that every form uses for them."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from vipdesk.forms import AmountField

YUAN = {
    "1200": "1200",
    "1,200": "1200",
    "1，200": "1200",
    "１，２００": "1200",
    "１２００．５０": "1200.50",
    "¥1,200.5": "1200.5",
    "￥ 88": "88",
    "12,345,678元": "12345678",
    "-1,200": "-1200",
    "−5": "-5",
}


@pytest.mark.parametrize("typed", YUAN)
def test_an_amount_is_understood_as_people_write_it(typed):
    assert AmountField().clean(typed) == Decimal(YUAN[typed])


@pytest.mark.parametrize("typed", ["1,20", "1,2000", "12,34", "NaN", "1e3元", "十", "1.234", "1,,200", "-¥-5"])
def test_what_may_mean_two_things_or_nothing_is_refused(typed):
    with pytest.raises(ValidationError):
        AmountField().clean(typed)


def test_limits_are_told_in_yuan():
    with pytest.raises(ValidationError, match=r"At least ¥0\.01\."):
        AmountField(least=Decimal("0.01")).clean("0")
    with pytest.raises(ValidationError, match=r"At most ¥50\."):
        AmountField(most=Decimal(50)).clean("51")


def test_every_decimal_that_a_form_takes_is_read_by_this_field_but_percentages():
    """Decimals of the admin are covered by `DeskAdmin`."""
    sources = [path for path in Path(settings.BASE_DIR).glob("*/forms/*.py") if ".venv" not in path.parts]
    plain = [
        f"{path.parent.parent.name}/{path.name}:{name}"
        for path in sources
        for name in re.findall(r"(\w+) = forms\.(?:DecimalField|FloatField)\(", path.read_text())
    ]
    assert plain == ["visits/bottles.py:percent"]
