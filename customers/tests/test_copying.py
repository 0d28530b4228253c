"""The CSV that the database makes says, cell by cell, what the workbook says."""

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.intake.cells import guard
from customers.intake.copying import copy_guests
from customers.intake.headers import OUR_HEADERS
from customers.intake.writing import guests_of, said, values_of
from customers.models import Customer, MembershipTier
from customers.tests.factories import make_customer

pytestmark = pytest.mark.django_db
NIGHT = dt.date(2026, 11, 20)
EVENING = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)

nasty = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12)
cells = st.one_of(
    nasty,
    st.sampled_from(
        ["=1+1", "+1", "+", "+1\n", "-x", "@a", "'", "'=x", "＝x", "\tx", "a,b", 'a"b', "\\.", "\r\n", " "]
    ),
)
guests = st.fixed_dictionaries(
    {
        "name": cells.filter(bool),
        "home_address": cells,
        "notes": cells,
        "source": cells,
        "birthday_calendar": st.sampled_from(["solar", "lunar"]),
        "birthday_is_leap": st.booleans(),
        "birthday_month": st.one_of(st.none(), st.integers(1, 12)),
        "birthday_day": st.integers(1, 28),
        "birthday_year": st.one_of(st.none(), st.integers(1900, 2008)),
        "captured_at": st.timedeltas(dt.timedelta(), dt.timedelta(hours=6)).map(lambda later: EVENING + later),
        "captured_time_known": st.booleans(),
        "sms_consent": st.booleans(),
    }
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=guests, language=st.sampled_from(["en", "zh-hans"]), has_tier=st.booleans())
def test_every_cell_is_the_workbooks(facts: dict[str, Any], language: str, has_tier: bool) -> None:
    Customer.objects.all().delete()
    if facts["birthday_month"] is None:
        facts |= {"birthday_day": None}
    facts["birthday_is_leap"] &= facts["birthday_calendar"] == "lunar"
    make_customer(**facts, night=NIGHT, tier=MembershipTier.objects.first() if has_tier else None)

    with translation.override(language):
        file = io.BytesIO()
        count = copy_guests(guests_of(NIGHT), list(OUR_HEADERS), file, is_chinese=language != "en")
        wanted = [guard(said(value)) for value in values_of(guests_of(NIGHT).get()).values()]

    rows = list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline="")))
    assert count == 1
    assert rows == [list(OUR_HEADERS), wanted]


def test_other_nights_and_erased_guests_stay_out() -> None:
    make_customer(night=NIGHT, captured_at=EVENING, name="王芳")
    make_customer(night=NIGHT, captured_at=EVENING, phone=None)
    make_customer(night=NIGHT + dt.timedelta(days=1))
    file = io.BytesIO()

    assert copy_guests(guests_of(NIGHT), ["x"], file, is_chinese=True) == 1
    assert file.getvalue().count("王芳".encode()) == 1
