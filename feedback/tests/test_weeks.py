"""The weekly summary: drafted, remarked on, submitted and locked; what operations see of it and decide."""

import datetime as dt
import io
import json
import uuid
from typing import Any

import openpyxl
import pytest
import time_machine
from django.core.management import call_command
from django.test import Client, TestCase, override_settings
from django.utils import timezone

from customers.erasing import erase_customer
from customers.tests.factories import make_customer
from feedback import jobs, week_clock, week_page, weeks
from feedback.models import WeekDecision, WeeklySummary, WeekRemark
from feedback.tests.factories import make_survey
from feedback.themes import themes
from feedback.weeks import WeekRefused
from staff import roles
from staff.floor import assignments
from staff.models import Task, TaskFor, User
from staff.tests.factories import confirmed, make_user
from vipdesk import nights
from vipdesk.outbox import OutboxMessage
from visits.models import Room
from visits.tests.factories import make_party, make_room

pytestmark = pytest.mark.venue_zone

WEEK, MONDAY = "2026-W47", dt.date(2026, 11, 16)
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
DRAFTED = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)  # Monday noon at the venue, when Sunday's night is over
MEETING = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
ADMIN = f"/admin/feedback/weeklysummary/week/{WEEK}/"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="staff.backends.RoleBackend")
    return client


def printed(week: str = WEEK) -> dict[str, Any]:
    out = io.StringIO()
    call_command("weekly_summary", week, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


class Week(TestCase):
    mgr1: User
    mgr2: User
    ops: User
    room: Room

    @classmethod
    def setUpTestData(cls) -> None:
        with time_machine.travel(DRAFTED - 10 * DAY, tick=False):
            cls.mgr1, cls.mgr2 = make_user("mgr1", email="m1@desk.example"), make_user("mgr2")
            cls.ops, cls.room = make_user("ops", roles.OPERATIONS), make_room("888")
        at = nights.moment_in(MONDAY, dt.time(23))
        for score, manager in (
            (5, cls.mgr1),
            (5, cls.mgr1),
            (4, cls.mgr1),
            (4, cls.mgr1),
            (1, cls.mgr1),
            (5, cls.mgr2),
        ):
            make_survey(
                score, manager=manager, room=cls.room, submitted_at=at, comment="音响 太吵" if score < 5 else ""
            )

    def setUp(self) -> None:
        travelling = time_machine.travel(DRAFTED + HOUR, tick=False)
        travelling.start()
        self.addCleanup(travelling.stop)
        self.summary = weeks.draft_week(MONDAY)

    def remark(self, manager: User, text: str = "音响修好了", now: dt.datetime | None = None) -> WeekRemark:
        return weeks.hand_in_remark(summary=self.summary, manager=manager, text=text, now=now)

    def late_answer(self) -> None:
        make_survey(1, manager=self.mgr2, submitted_at=nights.moment_in(MONDAY, dt.time(22)))

    # --- draft, remarks, lock --------------------------------------------------------------------------------------

    def test_the_jobs_draft_and_submit_the_week_that_is_over_whenever_they_run(self) -> None:
        assert [jobs.DRAFT_WEEK.due(MONDAY + n * DAY) for n in range(8)] == [
            nights.moment_in(MONDAY, dt.time(12)), *[None] * 6, DRAFTED,
        ]  # fmt: skip
        for _again in range(2):
            assert jobs.DRAFT_WEEK.run(MONDAY + 7 * DAY) == {"week": WEEK}
            assert jobs.SUBMIT_WEEK.run(MONDAY + 7 * DAY) == {"week": WEEK}
        summary = WeeklySummary.objects.get()
        assert (summary.week, summary.due_at, summary.submitted_by) == (WEEK, MEETING, None) and summary.is_locked

    def test_numbers_stay_as_submitted_and_later_answers_stand_beside_them(self) -> None:
        draft = printed()
        assert (draft["status"], draft["responses"]) == ("draft", 6) and "since_submission" not in draft
        weeks.submit_week(summary=self.summary, by=self.ops)
        self.late_answer()
        said = printed()
        assert said["status"] == "submitted" and said["since_submission"] == {"responses": 1, "mean": "3.57"}
        assert {key: said[key] for key in draft if key != "status"} == {
            key: draft[key] for key in draft if key != "status"
        }
        again = weeks.submit_week(summary=self.summary, by=self.mgr1)
        assert again.submitted_by == self.ops and again.numbers and again.numbers["responses"] == 6

    def test_the_last_remark_submits_the_week_and_each_manager_has_one(self) -> None:
        assert not self.remark(self.mgr1).is_late
        with pytest.raises(WeekRefused):
            self.remark(self.mgr1, "noch einmal")
        assert weeks.missing(self.summary) == [self.mgr2] and printed()["status"] == "draft"
        self.remark(self.mgr2)
        assert printed()["status"] == "submitted"

    def test_who_hands_in_after_the_meeting_is_late_for_ever(self) -> None:
        jobs.SUBMIT_WEEK.run(MONDAY + 7 * DAY)
        assert self.remark(self.mgr1, now=MEETING + HOUR).is_late
        assert weeks.missing(self.summary) == [self.mgr2]

    def test_a_week_that_runs_is_not_submitted(self) -> None:
        running = weeks.draft_week(MONDAY + 7 * DAY)
        with pytest.raises(WeekRefused):
            weeks.submit_week(summary=running, by=self.ops)

    def test_who_owes_a_remark_is_mailed_once(self) -> None:
        for _again in range(2):
            jobs.REMIND_OF_WEEK.run(MONDAY + 7 * DAY)
        assert list(OutboxMessage.objects.values_list("target", flat=True)) == ["m1@desk.example"]
        self.summary.refresh_from_db()
        assert self.summary.reminded_at is not None

    # --- managers --------------------------------------------------------------------------------------------------

    def test_a_manager_sees_their_own_row_and_words_and_hands_in_once(self) -> None:
        client, url = signed_in(self.mgr2), f"/feedback/weeks/{WEEK}/"
        page = client.get(url).context["page"]
        assert [line.name for line in page.managers] == ["Mgr2"] and page.lowest == []
        assert signed_in(self.mgr1).get(url).context["page"].lowest[0].overall == 1
        assert client.post(url, {"text": ""}).status_code == 422
        assert client.post(url, {"text": "客人少"}).status_code == 302
        assert client.post(url, {"text": "again"}).status_code == 422
        assert signed_in(self.ops).post(url, {"text": "ops"}).status_code == 403
        assert client.post("/feedback/weeks/2024-W01/", {"text": "x"}).status_code == 404

    def test_tonight_asks_for_the_remark_until_it_is_handed_in(self) -> None:
        client, url = signed_in(self.mgr1), "/feedback/surveys/mine/"
        assert f"Your remark on {WEEK}" in client.get(url).content.decode()
        self.remark(self.mgr1)
        assert "Your remark" not in client.get(url).content.decode()

    # --- operations ------------------------------------------------------------------------------------------------

    def test_operations_look_at_the_week_drill_down_and_acknowledge(self) -> None:
        client = signed_in(self.ops)
        page = client.get(ADMIN)
        shown = page.context["page"]
        assert [(line.name, line.is_ranked) for line in shown.managers] == [("Mgr1", True), ("Mgr2", False)]
        assert (shown.scores[0], shown.lowest[0].comment) == ((5, 3, 100), "音响 太吵")
        assert [dot.mean for dot in shown.trend] == [None] * 7 + ["4.00"] and shown.line == f"M{shown.trend[-1].x} 54"
        html = page.content.decode()
        link = f"/admin/feedback/survey/?week={WEEK}&amp;manager=mgr1"
        assert link in html and "few answers, no place" in html
        answers = client.get(link.replace("&amp;", "&")).context["cl"]
        assert len(answers.result_list) == 5
        client.post(ADMIN, {"act": "acknowledge"})
        assert WeeklySummary.objects.get().acknowledged_at is None, "a draft is nothing to acknowledge"
        client.post(ADMIN, {"act": "submit"})
        client.post(ADMIN, {"act": "acknowledge"})
        assert WeeklySummary.objects.get().acknowledged_by == self.ops

    def test_a_decision_becomes_a_task_and_shows_next_week_as_done_or_not(self) -> None:
        client, key = signed_in(self.ops), str(uuid.uuid4())
        weeks.submit_week(summary=self.summary, by=self.ops)
        said = {"act": "decide", "point": "音响 888", "title": "检修音响", "to": [self.mgr1.pk], "night": "2026-11-27"}
        for _again in range(2):
            assert client.post(ADMIN, said | {"client_id": key}).status_code == 302
        task = Task.objects.get()
        assert (task.title, task.due_at, task.given_by) == ("检修音响", nights.moment_in(dt.date(2026, 11, 27), dt.time(18)), self.ops)  # fmt: skip
        assert client.post(ADMIN, said | {"night": "2026-11-20"}).status_code == 422
        assert client.post(ADMIN, said | {"to": []}).status_code == 422

        def state(now: dt.datetime) -> str:
            decision = week_page.page_of("2026-W48", self.ops).decided_last_week[0]
            return week_page.state_of(decision, now)[0]

        assert state(DRAFTED) == "not done yet" and state(task.due_at + HOUR) == "not done, overdue"
        assignments.finish(task=TaskFor.objects.get(), answer="好了")
        assert state(task.due_at + HOUR) == "done"

    def test_on_a_draft_nothing_is_decided(self) -> None:
        said = {"act": "decide", "point": "x", "title": "y", "to": [self.mgr1.pk], "night": "2026-11-27"}
        signed_in(self.ops).post(ADMIN, said)
        assert not WeekDecision.objects.exists() and not Task.objects.exists()

    def test_the_workbook_holds_the_answers_and_no_formula(self) -> None:
        make_survey(2, submitted_at=nights.moment_in(MONDAY, dt.time(22)), comment='=HYPERLINK("http://x")')
        answer: Any = confirmed(signed_in(self.ops)).post(f"/feedback/weeks/{WEEK}/week.xlsx")
        book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
        rows = list(book["Answers"].iter_rows(values_only=True))
        assert len(rows) == 8 and '=HYPERLINK("http://x")' in [row[-1] for row in rows]
        assert all(cell.data_type != "f" for row in book["Answers"].iter_rows() for cell in row)
        assert signed_in(self.ops).get(f"/feedback/weeks/{WEEK}/print/").status_code == 200

    def test_the_response_rate_counts_parties_and_not_answers(self) -> None:
        with time_machine.travel(nights.moment_in(MONDAY, dt.time(21)), tick=False):
            first = make_party(by=self.mgr1, room=self.room, now=timezone.now())
            make_party(by=self.mgr1, room=make_room(), now=timezone.now())
            for _twice in range(2):
                make_survey(4, party=first)
        assert weeks.beside(MONDAY, MONDAY + 6 * DAY)["parties"] == {"parties": 2, "answered": 1, "rate": "0.5000"}

    # --- the law ---------------------------------------------------------------------------------------------------

    def test_an_erased_guest_leaves_no_trace_in_themes_and_remarks_and_the_numbers_stay(self) -> None:
        guest = make_customer(name="司马相如")
        for _twice in range(2):
            make_survey(5, submitted_at=nights.moment_in(MONDAY, dt.time(22)), comment="司马相如 唱得好听")
        self.remark(self.mgr1, "司马相如很满意")
        weeks.submit_week(summary=self.summary, by=self.ops)
        numbers: Any = WeeklySummary.objects.get().numbers
        numbers["themes"].append({"word": "司马相如", "answers": 2, "low": 0})
        WeeklySummary.objects.update(numbers=numbers)

        erase_customer(customer=guest, by=self.ops, cause="retention", identity="not_needed")

        after: Any = WeeklySummary.objects.get().numbers
        assert "司马相如" not in str(after) and after["responses"] == 8 and after["themes"]
        assert "司马相如" not in WeekRemark.objects.get().text


# --- the clock, words ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "night", "at"),
    [
        ("mon 12:00", "2026-11-23", "2026-11-23T04:00"),
        ("mon 10:00", "2026-11-22", "2026-11-23T02:00"),
        ("tue 01:30", "2026-11-23", "2026-11-23T17:30"),
        ("WED 18:00", "2026-11-25", "2026-11-25T10:00"),
    ],
)
def test_a_weekly_moment_is_the_calendars_whatever_its_night(said: str, night: str, at: str) -> None:
    with override_settings(WEEK_DRAFT=said):
        due, of = week_clock.weekly("WEEK_DRAFT"), dt.date.fromisoformat(night)
        assert due(of) == dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC)
        assert sum(due(of + n * DAY) is not None for n in range(7)) == 1
        assert week_clock.week_before("WEEK_DRAFT", of) == MONDAY
        assert week_clock.moment(said, MONDAY) == due(of)


def test_themes_count_answers_and_leave_out_empty_words() -> None:
    said = [
        ("音响太吵，音响不好", True),
        ("音响可以", False),
        ("我们觉得果盘很好", False),
        ("果盘新鲜", False),
        ("x", True),
    ]
    found = {theme["word"]: (theme["answers"], theme["low"]) for theme in themes(said)}
    assert found["音响"] == (2, 1) and found["果盘"] == (2, 0)
    assert not {"我们", "觉得", "很好", "可以"} & found.keys()
    assert themes([]) == []


def test_a_change_is_said_with_its_sign() -> None:
    assert [week_page.change(*pair) for pair in (("4.10", "4.00"), ("3.9", "4.2"), ("4.00", "4.00"), (None, "4"))] == [
        "+0.10", "−0.3", "=", "",
    ]  # fmt: skip
