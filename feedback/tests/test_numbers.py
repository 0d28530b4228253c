"""A week's numbers: equal to an independent computation on random answers, and the contract's shape."""

import datetime as dt
import json
import uuid
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import TestCase
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisCase

from feedback import numbers
from feedback.models import Survey
from feedback.models.survey import DIMENSIONS
from feedback.tally import ratio
from feedback.tests.factories import make_survey
from staff.models import User
from staff.tests.factories import make_user
from vipdesk import nights
from visits.models import Room
from visits.tests.factories import make_room

WEEK, MONDAY = "2026-W01", dt.date(2025, 12, 29)
DAY = dt.timedelta(days=1)


def rounded(value: Fraction | None, places: int) -> str | None:
    """Half-up by hand: the nearest, and away from zero from the middle."""
    if value is None:
        return None
    scaled = floor(abs(value) * 10**places + Fraction(1, 2))
    whole, rest = divmod(scaled, 10**places)
    sign = "-" if value < 0 and scaled else ""
    return f"{sign}{whole}.{rest:0{places}d}"


def mean(values: Sequence[int]) -> str | None:
    return rounded(Fraction(sum(values), len(values)), 2) if values else None


def satisfied(values: Sequence[int]) -> str | None:
    return rounded(Fraction(len([v for v in values if v > 3]), len(values)), 4) if values else None


def nps(values: Sequence[int]) -> dict[str, Any]:
    good, bad = len([v for v in values if v > 8]), len([v for v in values if v < 7])
    score = rounded(Fraction(100 * (good - bad), len(values)), 1) if values else None
    rest = len(values) - good - bad
    return {"answers": len(values), "promoters": good, "passives": rest, "detractors": bad, "score": score}


def expected(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The document as the contract words it, from plain rows; no SQL, no Decimal."""
    managers, rooms = defaultdict(list), defaultdict(list)
    for row in rows:
        managers[row["manager"]].append(row["overall"])
        rooms[row["room"]].append(row["overall"])
    overall = [row["overall"] for row in rows]
    return {
        "responses": len(rows),
        "overall": {"mean": mean(overall), "satisfied": satisfied(overall)},
        "nps": nps([row["recommend"] for row in rows if row["recommend"] is not None]),
        "dimensions": {name: mean([row[name] for row in rows if row[name] is not None]) for name in DIMENSIONS},
        "managers": [
            {"manager": who, "responses": len(said), "mean": mean(said), "satisfied": satisfied(said)}
            for who, said in sorted(managers.items(), key=lambda pair: str(pair[0]))
            if who
        ],
        "rooms": [
            {"room": room, "responses": len(said), "mean": mean(said)}
            for room, said in sorted(rooms.items(), key=lambda pair: str(pair[0]))
            if room
        ],
        "low_scores": len([score for score in overall if score < 3]),
    }


SCORE, MAYBE = st.integers(1, 5), st.none() | st.integers(1, 5)
ANSWER = st.fixed_dictionaries(
    {
        "overall": SCORE,
        **dict.fromkeys(DIMENSIONS, MAYBE),
        "recommend": st.none() | st.integers(0, 10),
        "manager": st.sampled_from([None, "mgr1", "mgr2"]),
        "room": st.sampled_from([None, "601", "888"]),
        "day": st.integers(-1, 7),
    }
)


class RandomAnswers(HypothesisCase):
    people: dict[str, User]
    rooms: dict[str, Room]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.people = {name: make_user(name) for name in ("mgr1", "mgr2")}
        cls.rooms = {number: make_room(number) for number in ("601", "888")}

    @settings(max_examples=30)
    @given(st.lists(ANSWER, max_size=25))
    def test_the_weeks_numbers_are_what_counting_by_hand_says(self, answers: list[dict[str, Any]]) -> None:
        Survey.objects.bulk_create(self.survey(answer) for answer in answers)
        within = [answer for answer in answers if 0 <= answer["day"] <= 6]
        said = numbers.summary(WEEK)
        assert {key: said[key] for key in expected(within)} == expected(within)

    def survey(self, answer: dict[str, Any]) -> Survey:
        night = MONDAY + answer["day"] * DAY
        return Survey(
            client_id=uuid.uuid4(),
            channel="tablet",
            night=night,
            submitted_at=nights.moment_in(night, dt.time(23)),
            manager=self.people.get(answer["manager"]),
            room=self.rooms.get(answer["room"]),
            **{name: answer[name] for name in ("overall", "recommend", *DIMENSIONS)},
        )


class Weeks(TestCase):
    def test_a_week_nobody_answered_in_prints_null_and_never_0(self) -> None:
        said = numbers.summary(WEEK)
        assert (said["first_night"], said["last_night"], said["status"]) == ("2025-12-29", "2026-01-04", "draft")
        assert said["responses"] == said["low_scores"] == 0
        assert said["overall"] == {"mean": None, "satisfied": None}
        assert set(said["dimensions"].values()) == {None} and said["nps"]["score"] is None
        assert said["managers"] == said["rooms"] == [] and said["complaints"]["timeliness"] is None

    def test_monday_before_noon_belongs_to_the_week_before(self) -> None:
        for clock, days in ((dt.time(12), 0), (dt.time(11, 59, 59), 6)):
            make_survey(3, submitted_at=nights.moment_in(MONDAY + days * DAY, clock))
        make_survey(5, submitted_at=nights.moment_in(MONDAY - DAY, dt.time(11, 59, 59)))
        make_survey(5, submitted_at=nights.moment_in(MONDAY + 7 * DAY, dt.time(12)))
        assert numbers.summary(WEEK)["overall"]["mean"] == "3.00"

    def test_the_command_prints_the_contracts_document(self) -> None:
        make_survey(4, submitted_at=nights.moment_in(MONDAY, dt.time(20)))
        from io import StringIO

        out = StringIO()
        call_command("weekly_summary", WEEK, "--format", "json", stdout=out)
        said = json.loads(out.getvalue())
        assert list(said)[:12] == [
            "week", "first_night", "last_night", "status", "responses", "overall", "nps", "dimensions", "managers",
            "rooms", "low_scores", "complaints",
        ]  # fmt: skip
        assert said["complaints"].keys() == {"opened", "closed", "escalated", "on_time", "timeliness"}

    def test_what_is_no_week_is_wrong_usage(self) -> None:
        for text in ("2025-W53", "2026-48", "2026-W00", "now", "0000-W01", "9999-W53"):
            with pytest.raises(CommandError, match="not a week"):
                call_command("weekly_summary", text)
        assert numbers.summary("2026-W53")["last_night"] == "2027-01-03"


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(1, 8, "0.13"), (-1, 8, "-0.13"), (-1, 800, "0.00"), (1, 3, "0.33"), (0, 0, None), (5, 1, "5.00")],
)
def test_a_half_is_rounded_away_from_zero_and_nothing_is_minus_zero(part: int, whole: int, said: str | None) -> None:
    assert ratio(part, whole, Decimal("0.01")) == said


@given(st.integers(-(10**6), 10**6), st.integers(1, 10**6), st.sampled_from([1, 2, 4]))
def test_every_ratio_is_rounded_as_by_hand(part: int, whole: int, places: int) -> None:
    assert ratio(part, whole, Decimal(1).scaleb(-places)) == rounded(Fraction(part, whole), places)
