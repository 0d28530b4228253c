"""The rules' file: what is refused and named, that a bad one changes nothing, that a member day is one or the other."""

import copy
import datetime as dt
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from outreach import rules
from outreach.models import MemberDay, OutreachRules

SAMPLE: dict[str, Any] = {
    "call_weekdays": ["wed", "thu"],
    "sms_weekdays": ["mon", "fri"],
    "birthday_days": 7,
    "bottle_days": 14,
    "member_day_days": 3,
    "member_days": [{"tier": "*", "monthly_day": 8}, {"tier": "gold", "weekday": "sat"}],
    "calls_per_manager": 40,
    "quiet": {"from": "20:00", "to": "08:00"},
    "sms_min_gap_days": 3,
}

WRONG = [
    ("call_weekdays", ..., "call_weekdays: is missing"),
    ("call_weekdays", "wed", "call_weekdays: must be a list"),
    ("call_weekdays", ["Mittwoch"], "call_weekdays.0: must be one of mon"),
    ("call_weekdays", [3], "call_weekdays.0: must be one of mon"),
    ("call_weekdays", ["wed", "wed"], "call_weekdays: a weekday stands there twice"),
    ("birthday_days", -1, "birthday_days: must be a whole number"),
    ("birthday_days", "7", "birthday_days: must be a whole number"),
    ("birthday_days", 7.0, "birthday_days: must be a whole number"),
    ("birthday_days", True, "birthday_days: must be a whole number"),
    ("bottle_days", 10**6, "bottle_days: must be a whole number"),
    ("calls_per_manager", 0, "calls_per_manager: must be a whole number from 1"),
    ("quiet", ["20:00", "08:00"], "quiet: must be an object"),
    ("quiet", {"from": "20:00"}, "quiet.to: is missing"),
    ("quiet", {"from": "24:00", "to": "08:00"}, "quiet.from: must be a time"),
    ("quiet", {"from": "8:00", "to": "08:00"}, "quiet.from: must be a time"),
    ("member_days", [{"tier": "platinum", "weekday": "sat"}], "member_days.0.tier: there is no tier platinum"),
    ("member_days", [{"tier": "", "weekday": "sat"}], "member_days.0.tier: must be the code"),
    ("member_days", [{"tier": "*"}], "member_days.0: must have either"),
    ("member_days", [{"tier": "*", "weekday": "sat", "monthly_day": 8}], "member_days.0: must have either"),
    ("member_days", [{"tier": "*", "monthly_day": 32}], "member_days.0.monthly_day: must be a whole number from 1"),
    ("member_days", [{"tier": "*", "weekday": "saturday"}], "member_days.0.weekday: must be one of"),
    ("member_days", [{"tier": "*", "monthly_day": 8}] * 2, "member_days.1: stands there twice"),
    ("surprise", 1, "surprise: is no key"),
    ("trace_days", 0, "trace_days: must be a whole number from 1"),
]


def changed(key: str, value: Any) -> dict[str, Any]:
    found = copy.deepcopy(SAMPLE)
    if value is ...:
        del found[key]
    else:
        found[key] = value
    return found


def load(tmp_path: Path, content: Any) -> str:
    path, out = tmp_path / "rules.json", StringIO()
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    call_command("load_outreach_rules", str(path), stdout=out)
    return out.getvalue().strip()


@pytest.mark.django_db
def test_rules_that_make_no_sense_are_named_and_change_nothing(tmp_path: Path) -> None:
    load(tmp_path, SAMPLE)
    before = OutreachRules.objects.values().get()
    for key, value, said in WRONG:
        with pytest.raises(CommandError, match=r"^rules\.json: ") as refused:
            load(tmp_path, changed(key, value))
        assert said in str(refused.value), (key, value)
        assert "\n" not in str(refused.value)
    assert OutreachRules.objects.values().get() == before
    assert MemberDay.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\xfe", b'{"quiet": NaN}', b'{"a": 1, "a": 2}', b"[" * 100_000, b"9" * 9999]
)
def test_a_file_that_holds_no_rules_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(CommandError) as refused:
        load(tmp_path, content)
    assert "\n" not in str(refused.value)


@pytest.mark.django_db
def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Cannot read"):
        call_command("load_outreach_rules", str(tmp_path / "nowhere.json"))


@pytest.mark.django_db
def test_rules_are_taken_in_whole_and_the_second_time_left_alone(tmp_path: Path) -> None:
    assert load(tmp_path, b"\xef\xbb\xbf" + json.dumps(SAMPLE).encode()) == "outreach rules: updated"
    assert load(tmp_path, SAMPLE) == "outreach rules: unchanged"
    assert load(tmp_path, changed("trace_days", 21)) == "outreach rules: updated"
    assert load(tmp_path, SAMPLE) == "outreach rules: unchanged"
    row = rules.current()
    assert (row.quiet_from, row.quiet_to, row.trace_days) == (dt.time(20), dt.time(8), 21)
    days = [(day.tier and day.tier.code, day.weekday, day.monthly_day) for day in row.member_days.all()]
    assert days == [(None, "", 8), ("gold", "sat", None)]


@pytest.mark.django_db
def test_a_house_begins_with_wednesday_and_thursday_even_after_a_flush() -> None:
    assert rules.current().call_weekdays == ["wed", "thu"]
    OutreachRules.objects.all().delete()
    row = rules.current()
    assert row.is_call_night(dt.date(2026, 11, 25)) and not row.is_call_night(dt.date(2026, 11, 27))
    assert row.is_sms_night(dt.date(2026, 11, 27)) and not row.is_sms_night(dt.date(2026, 11, 25))


@pytest.mark.django_db
@pytest.mark.parametrize("facts", [{}, {"weekday": "sat", "monthly_day": 8}, {"monthly_day": 32}])
def test_the_database_knows_what_a_member_day_is(facts: dict[str, Any]) -> None:
    rules.current()
    with pytest.raises(IntegrityError), transaction.atomic():
        MemberDay.objects.create(**facts)
