"""The CSV that the database makes says, cell by cell, what the workbook says."""

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.intake.cells import guard, is_ditto, tidy, unguard
from customers.intake.copying import copy_guests
from customers.intake.headers import OUR_HEADERS
from customers.intake.importing import import_customers
from customers.intake.writing import guests_of, said, values_of, write_intake
from customers.models import Customer, MembershipTier
from customers.tests.factories import make_customer
from vipdesk.sheets.cells import unwrap_text_formula

pytestmark = [pytest.mark.django_db, pytest.mark.servers]
NIGHT = dt.date(2026, 11, 20)
EVENING = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)

nasty = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12)
cells = st.one_of(
    nasty,
    st.sampled_from(
        [
            "=1+1",
            "+1",
            "+",
            "+1\n",
            "-x",
            "@a",
            "'",
            "'=x",
            "＝x",
            "\tx",
            "a,b",
            'a"b',
            "\\.",
            "\r\n",
            " ",
            "''",
            '"',
            "〃",
            "同上",
            "Ditto",
            "″ ",
            '="0012"',
            ' ="x"',
            "' ",
        ]
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


@given(text=cells)
def test_guard_comes_off_again_and_hides_no_other_meaning(text: str) -> None:
    guarded = guard(text)
    assert unguard(guarded) == text
    assert not is_ditto(guarded) and unwrap_text_formula(guarded) == guarded


def test_other_nights_and_erased_guests_stay_out() -> None:
    make_customer(night=NIGHT, captured_at=EVENING, name="王芳")
    make_customer(night=NIGHT, captured_at=EVENING, phone=None)
    make_customer(night=NIGHT + dt.timedelta(days=1))
    file = io.BytesIO()

    assert copy_guests(guests_of(NIGHT), ["x"], file, is_chinese=True) == 1
    assert file.getvalue().count("王芳".encode()) == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(cells.map(tidy), min_size=3, max_size=3), kind=st.sampled_from(["csv", "xlsx"]))
def test_what_was_exported_comes_in_unchanged_whatever_stands_above_it(texts: list[str], kind: str) -> None:
    """A row that repeated the address above it stood for a guest whose address was a single apostrophe."""
    Customer.objects.all().delete()
    for number, text in enumerate(["南京东路1号", *texts]):
        facts = {"home_address": text, "work_address": text, "source": text, "notes": text}
        make_customer(name="王芳", phone=f"+861381655{number:04d}", night=NIGHT, captured_at=EVENING, **facts)
    before = list(Customer.objects.order_by("pk").values("home_address", "work_address", "source", "notes"))
    file = io.BytesIO()
    write_intake(NIGHT, kind, file)

    report = import_customers(data=file.getvalue(), filename="sheet")

    assert list(Customer.objects.order_by("pk").values("home_address", "work_address", "source", "notes")) == before
    assert (report.unchanged, report.updated, report.rejected) == (4, 0, 0)
