"""Real workers, killed in the middle of the sweep and of telling: no escalation is lost, and what is told twice has one
identity, by which the receiver can tell."""

import datetime as dt
from collections.abc import Iterator
from email import message_from_bytes
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.db import connection
from django.utils import timezone

from feedback.models import Complaint, ComplaintEvent, Escalation
from feedback.tests.complaint_factories import make_complaint
from staff.models import User
from vipdesk.jobs import Heartbeat
from vipdesk.outbox import OutboxMessage
from vipdesk.tests.test_worker import Desk, database_url, kill, wait_for

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]
MANY = 12
LETTER = "ops@example.com"


@pytest.fixture
def desk(tmp_path: Path, robot: Any) -> Iterator[Desk]:
    Heartbeat.objects.create(pk=1, ticked_at=timezone.now())
    desk = Desk(tmp_path)
    desk.environment |= {
        "DJANGO_SETTINGS_MODULE": "feedback.tests.worker_settings",
        "LETTERS": str(tmp_path / "letters"),
        "COMPLAINT_EMAILS": LETTER,
        "WECOM_ROBOT_URL": robot.url,
    }
    desk.forget_queue()
    yield desk
    desk.forget_queue()


def make_late(owner: User, count: int) -> list[Complaint]:
    made = [make_complaint(by=owner) for _ in range(count)]
    Complaint.objects.update(answer_due_at=timezone.now() - dt.timedelta(minutes=1))
    return made


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid <> pg_backend_pid()"
        )
        return bool(cursor.fetchone()[0])


def has_come(robot: Any, count: int) -> bool:
    return len(robot.came) >= count


def is_all_sent(count: int) -> bool:
    return OutboxMessage.objects.filter(state="sent").count() == count


def test_a_worker_killed_before_its_commit_loses_and_doubles_nothing(
    desk: Desk, robot: Any, mgr1: User, tmp_path: Path
) -> None:
    """The sweep has raised, moved and written; the last message waits for a row that the test holds back."""
    late = make_late(mgr1, MANY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('feedback_escalation', 'id'))")
        next_key = cursor.fetchone()[0] + 1
    other = psycopg2.connect(database_url())
    with other.cursor() as cursor:
        cursor.execute(
            "INSERT INTO vipdesk_outboxmessage (kind, target, subject, body, payload, dedup_key, created_at,"
            " next_attempt_at, attempts, state, last_error)"
            " VALUES ('email', 'x@example.com', '', '', '{}', %s, now(), now(), 0, 'sent', '')",
            [f"escalation:{next_key}-{next_key + MANY - 1}:{LETTER}"],
        )
    try:
        with desk.worker() as worker:
            desk.tick()
            wait_for(waits_for_a_lock)
            kill(worker)
    finally:
        other.rollback()
        other.close()
    wait_for(lambda: not waits_for_a_lock())
    assert not Escalation.objects.exists() and not OutboxMessage.objects.exists()
    desk.forget_queue()
    with desk.worker():
        desk.tick()
        wait_for(lambda: is_all_sent(2))
    assert Escalation.objects.count() == MANY
    assert ComplaintEvent.objects.filter(kind="escalate").count() == MANY
    assert set(Complaint.objects.values_list("state", flat=True)) == {"escalated"} and len(late) == MANY
    assert len(robot.came) == 1 and len(list((tmp_path / "letters").iterdir())) == 1


def test_a_worker_killed_while_it_tells_tells_again_under_the_same_name(
    desk: Desk, robot: Any, mgr1: User, tmp_path: Path
) -> None:
    make_late(mgr1, 2)
    robot.hangs.clear()
    with desk.worker() as worker:
        desk.tick()
        wait_for(partial(has_come, robot, 1))
        kill(worker)
    desk.forget_queue()
    OutboxMessage.objects.filter(state="sending").update(next_attempt_at=timezone.now())  # as if its lease had ended
    robot.hangs.set()
    with desk.worker():
        desk.tick()
        wait_for(lambda: is_all_sent(4))
    assert Escalation.objects.count() == 2
    said: dict[str, Any] = {}
    for key, body in robot.came:
        assert said.setdefault(key, body) == body
    assert len(said) == 2, "one name for each message, however often it came"
    assert len(robot.came) > 2
    letters = [message_from_bytes(path.read_bytes()) for path in (tmp_path / "letters").iterdir()]
    assert len({letter["Message-ID"] for letter in letters}) == 2
