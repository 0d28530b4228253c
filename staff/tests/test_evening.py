"""The evening by the clock (T1–T8): ticked off by facts or by hand, and a card that is empty while nothing changed."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from staff.floor import clock, duties, signing
from staff.floor.duties import State
from staff.models import DutyTick, User
from vipdesk.tests.marks import mark_of

pytestmark = [pytest.mark.django_db, pytest.mark.venue_zone]
NIGHT = dt.date(2026, 11, 20)
HTMX = {"HTTP_HX_REQUEST": "true"}
AT_NINE = dt.datetime.fromisoformat("2026-11-20T21:00+08:00")


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{text}+08:00")


def say_welcome(user: User, night: dt.date) -> dict[str, dt.datetime | None]:
    return {"welcome": AT_NINE, "records": None}


def say_welcome_earlier(user: User, night: dt.date) -> dict[str, dt.datetime | None]:
    return {"welcome": AT_NINE - dt.timedelta(minutes=30)}


@pytest.fixture(autouse=True)
def own_facts_only(settings: Any) -> None:
    settings.DUTY_FACTS = ["staff.floor.facts.duty_facts"]
    settings.WRAP_UP = settings.NIGHT_COLUMNS = []


@pytest.fixture(autouse=True)
def evening() -> Any:
    with time_machine.travel(at("2026-11-20T18:20"), tick=False) as travelling:
        yield travelling


def states(user: User, now: str) -> dict[str, str]:
    return {line.duty.code: line.state.value for line in duties.evening(user, NIGHT, at(now))}


def test_the_clock_moves_the_evening_on(mgr1: User) -> None:
    assert set(states(mgr1, "2026-11-20T17:59").values()) == {"ahead"}

    early = states(mgr1, "2026-11-20T18:20")
    assert (early["clock_in"], early["callbacks"], early["meeting"]) == ("late", "now", "ahead")

    midnight = states(mgr1, "2026-11-21T00:30")
    assert (midnight["spend"], midnight["midnight"], midnight["sign"]) == ("late", "now", "ahead")

    assert states(mgr1, "2026-11-21T01:10")["sign"] == "now"
    assert set(states(mgr1, "2026-11-21T02:00").values()) == {"late"}


def test_who_clocks_in_at_six_has_that_minute(mgr1: User) -> None:
    assert states(mgr1, "2026-11-20T18:00")["clock_in"] == "now"
    assert states(mgr1, "2026-11-20T18:01")["clock_in"] == "late"


def test_duties_stand_in_the_order_of_the_clock_each_time_once(mgr1: User) -> None:
    lines = duties.evening(mgr1, NIGHT)
    begins = [dt.datetime.combine(NIGHT, line.duty.begins) for line in lines]
    past_midnight = [moment + dt.timedelta(days=moment.hour < 12) for moment in begins]
    assert past_midnight == sorted(past_midnight)
    assert [line.duty.begins.isoformat("minutes") for line in lines if line.is_first] == [
        "18:00", "19:40", "20:00", "22:00", "23:00", "01:00",
    ]  # fmt: skip


def test_clocking_in_and_signing_tick_themselves_off(mgr1: User, mgr2: User) -> None:
    clock.clock_in(user=mgr1)
    signing.sign_night(user=mgr1, night=NIGHT, summary={})

    mine, others = states(mgr1, "2026-11-20T18:20"), states(mgr2, "2026-11-20T18:20")

    assert (mine["clock_in"], mine["sign"]) == ("done", "done")
    assert (others["clock_in"], others["sign"]) == ("late", "ahead")


def test_what_an_app_can_tell_is_never_ticked_by_hand(mgr1: User, settings: Any, signed_in: Any) -> None:
    settings.DUTY_FACTS = [f"{__name__}.say_welcome", f"{__name__}.say_welcome_earlier"]

    lines = {line.duty.code: line for line in duties.evening(mgr1, NIGHT)}
    assert (lines["welcome"].state, lines["records"].state) == (State.DONE, State.NOW)
    assert not lines["records"].may_tick and lines["callbacks"].may_tick

    answer = signed_in(mgr1).post("/floor/evening/records/", **HTMX)
    assert answer.status_code == 409 and "ticks itself off" in answer.content.decode()
    assert not DutyTick.objects.exists()


def test_of_two_apps_that_tell_the_earlier_moment_counts(mgr1: User, settings: Any) -> None:
    from staff.floor import registry

    settings.DUTY_FACTS = [f"{__name__}.say_welcome", f"{__name__}.say_welcome_earlier"]
    assert registry.duty_facts(mgr1, NIGHT)["welcome"] == AT_NINE - dt.timedelta(minutes=30)


def test_manager_ticks_by_hand_once_and_takes_it_back(mgr1: User, signed_in: Any, evening: Any) -> None:
    client = signed_in(mgr1)
    for _ in range(2):
        card = client.post("/floor/evening/callbacks/", **HTMX).content.decode()
        evening.shift(dt.timedelta(minutes=3))
    assert DutyTick.objects.get().at == at("2026-11-20T18:20")
    assert "Not done after all" in card

    for _ in range(2):
        client.post("/floor/evening/callbacks/", {"undo": "1"}, **HTMX)
    assert not DutyTick.objects.exists()


def test_plain_form_ticks_too_and_comes_back_to_the_card(mgr1: User, signed_in: Any) -> None:
    answer = signed_in(mgr1).post("/floor/evening/callbacks/")
    assert answer["Location"] == "/floor/evening/"
    assert "<html" in signed_in(mgr1).get("/floor/evening/").content.decode()


def test_what_has_not_begun_is_not_ticked(mgr1: User, signed_in: Any) -> None:
    answer = signed_in(mgr1).post("/floor/evening/meeting/", **HTMX)
    assert answer.status_code == 409 and "19:40" in answer.content.decode()
    assert not DutyTick.objects.exists()


def test_a_duty_there_is_none_of_is_not_here(mgr1: User, signed_in: Any) -> None:
    assert signed_in(mgr1).post("/floor/evening/supper/").status_code == 404


def test_refresh_is_empty_until_the_clock_or_a_fact_changes_something(mgr1: User, signed_in: Any, evening: Any) -> None:
    seen = mark_of(signed_in(mgr1).get("/floor/evening/", **HTMX))
    refresh = f"/floor/evening/?seen={seen}"
    evening.shift(dt.timedelta(minutes=5))
    assert signed_in(mgr1).get(refresh, **HTMX).status_code == 204

    clock.clock_in(user=mgr1)
    changed = signed_in(mgr1).get(refresh, **HTMX)
    assert changed.status_code == 200

    evening.move_to(at("2026-11-20T19:45"))
    assert signed_in(mgr1).get(f"/floor/evening/?seen={mark_of(changed)}", **HTMX).status_code == 200


def test_refresh_says_that_no_hand_made_it(mgr1: User, signed_in: Any) -> None:
    card = signed_in(mgr1).get("/floor/evening/", **HTMX).content.decode()
    assert "X-Background" in card and "every 60s" in card


def test_past_half_past_midnight_the_card_leads_to_the_wrap_up(mgr1: User, signed_in: Any, evening: Any) -> None:
    assert "Wrap up the night" not in signed_in(mgr1).get("/floor/evening/", **HTMX).content.decode()
    evening.move_to(at("2026-11-21T00:31"))
    assert "Wrap up the night" in signed_in(mgr1).get("/floor/evening/", **HTMX).content.decode()


@pytest.mark.parametrize("code", ["callbacks"])
def test_yesterdays_tick_is_not_tonights(mgr1: User, code: str) -> None:
    DutyTick.objects.create(user=mgr1, night=NIGHT - dt.timedelta(days=1), duty=code)
    assert states(mgr1, "2026-11-20T18:20")[code] == "now"
