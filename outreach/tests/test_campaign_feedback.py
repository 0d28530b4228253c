"""What guests said while a campaign ran: its nights alone, due when it is over, put away by whoever read it (S4)."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from feedback.tests.factories import make_survey
from outreach import campaign_feedback
from outreach.campaign_feedback import CannotRead
from outreach.models import Campaign
from outreach.tests.sms_factories import make_campaign
from staff.models import User
from vipdesk import alerts

pytestmark = pytest.mark.django_db
FIRST, LAST = dt.date(2026, 11, 10), dt.date(2026, 11, 13)


def at(day: int, hour: int = 22) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2026-11-{day:02d}T{hour:02d}:30+08:00")


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(at(14), tick=False) as clock:
        yield clock


@pytest.fixture
def campaign() -> Campaign:
    return make_campaign(starts_on=FIRST, ends_on=LAST)


def keys() -> list[str]:
    return [alert.key for alert in alerts.current() if alert.key.startswith("campaign-feedback")]


def test_only_its_nights_count_and_as_many_before_stand_beside(campaign: Campaign, mgr1: User) -> None:
    for day, overall in ((9, 1), (10, 4), (13, 2), (14, 5)):
        make_survey(overall, submitted_at=at(day), manager=mgr1, comment=f"day {day}")
    make_survey(3, submitted_at=at(14, hour=1), manager=mgr1)  # past midnight: still the last night
    with time_machine.travel(at(15), tick=False):
        said = campaign_feedback.feedback_of(campaign)
    assert said is not None
    assert (said.during.total.responses, said.during.total.mean) == (3, "3.00")
    assert (said.before.first_night, said.before.last_night) == (dt.date(2026, 11, 6), dt.date(2026, 11, 9))
    assert said.before.total.mean == "1.00"
    assert [survey.comment for survey in said.lowest] == ["day 13"]


def test_running_one_shows_the_nights_so_far(campaign: Campaign, clock: time_machine.Traveller) -> None:
    clock.move_to(at(11))
    said = campaign_feedback.feedback_of(campaign)
    assert said is not None and (said.first, said.last) == (FIRST, dt.date(2026, 11, 11))


@pytest.mark.parametrize("facts", [{"starts_on": None}, {"starts_on": dt.date(2026, 12, 1), "ends_on": None}])
def test_one_that_has_not_begun_says_nothing(facts: dict[str, Any]) -> None:
    assert campaign_feedback.feedback_of(make_campaign(**facts)) is None


def test_it_is_due_three_days_after_the_end_or_on_the_day_it_names(campaign: Campaign) -> None:
    assert campaign_feedback.due_on(campaign) == dt.date(2026, 11, 16)
    campaign.feedback_due_on = dt.date(2026, 11, 20)
    assert campaign_feedback.due_on(campaign) == dt.date(2026, 11, 20)
    assert campaign_feedback.due_on(make_campaign()) is None


def test_operations_are_told_once_it_is_over_until_somebody_has_read_it(
    campaign: Campaign, ops: User, signed_in: Any, clock: time_machine.Traveller
) -> None:
    make_campaign(starts_on=FIRST, ends_on=LAST, approved_at=None)  # never ran
    clock.move_to(at(13))
    assert keys() == []
    clock.move_to(at(14))
    assert keys() == [f"campaign-feedback:{campaign.pk}"]
    office, address = signed_in(ops), f"/outreach/campaigns/{campaign.pk}/feedback/"
    assert "I have read it" in office.get(address).content.decode()

    page = office.post(address, follow=True).content.decode()

    assert keys() == [] and "Read by 周岚" in page and "I have read it" not in page


def test_first_reader_stays(campaign: Campaign, ops: User, desk_user: User) -> None:
    campaign_feedback.mark_read(campaign=campaign, by=ops)
    campaign_feedback.mark_read(campaign=campaign, by=desk_user)
    campaign.refresh_from_db()
    assert campaign.feedback_read_by == ops


def test_nobody_puts_away_what_is_still_coming_in(campaign: Campaign, ops: User, clock: time_machine.Traveller) -> None:
    clock.move_to(at(14, hour=3))  # the last night is running
    with pytest.raises(CannotRead):
        campaign_feedback.mark_read(campaign=campaign, by=ops)
    assert Campaign.objects.get().feedback_read_at is None


def test_page_costs_few_statements(
    campaign: Campaign, ops: User, mgr1: User, signed_in: Any, django_assert_max_num_queries: Any
) -> None:
    for day in (10, 11, 12, 13):
        make_survey(1, submitted_at=at(day), manager=mgr1)
    office = signed_in(ops)
    office.get("/outreach/sms/")
    with django_assert_max_num_queries(16):
        assert office.get(f"/outreach/campaigns/{campaign.pk}/feedback/").status_code == 200
