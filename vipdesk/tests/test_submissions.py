"""A form's UUID is worked on once, answered the same for ever, and never lost: from many real connections at once."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from threading import Barrier, Event
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from vipdesk.submissions import (
    ConflictingSubmission,
    Receipt,
    Submission,
    SubmissionConflict,
    content_hash,
    first_answer,
    receive,
)

CONTENT = {"name": "王建国", "phone": "13800138000"}


def make_user(username: str = "mgr1") -> Any:
    return get_user_model().objects.create_user(username=username, password="x")


def send(client_id: uuid.UUID, *, content: dict[str, Any] = CONTENT, user: Any = None, **kw: Any) -> Receipt:
    kw.setdefault("work", make_row)
    kw.setdefault("kind", "capture")
    return receive(client_id=client_id, content=content, user=user, **kw)


def make_row() -> dict[str, Any]:
    """Stands for a guest: any row that the work writes."""
    return {"pk": Group.objects.create(name=uuid.uuid4().hex).pk}


@contextmanager
def own_connection() -> Iterator[None]:
    """A thread's connection, closed with it so that the test database can be dropped."""
    try:
        yield
    finally:
        connection.close()


@pytest.mark.django_db
def test_manager_sending_twice_gets_one_row_and_the_same_receipt():
    manager, client_id = make_user(), uuid.uuid4()
    first = send(client_id, user=manager)
    again = send(client_id, user=manager)
    assert (first.replayed, again.replayed) == (False, True)
    assert first.content == again.content
    assert Group.objects.filter(pk=first.content["pk"]).count() == 1
    assert Submission.objects.get().receipt == first.content


@pytest.mark.django_db
def test_first_receipt_reads_as_every_replay_will():
    client_id = uuid.uuid4()
    work = lambda: {"night": date(2026, 11, 20), "sum": Decimal("1.50"), "id": client_id}  # noqa: E731
    first = send(client_id, work=work)
    assert first.content == {"night": "2026-11-20", "sum": "1.50", "id": str(client_id)}
    assert send(client_id, work=work).content == first.content


@pytest.mark.django_db
def test_guest_without_account_may_send_again():
    client_id = uuid.uuid4()
    send(client_id)
    assert send(client_id).replayed


@pytest.mark.django_db
def test_same_uuid_with_other_content_is_refused_and_kept():
    manager, client_id = make_user(), uuid.uuid4()
    send(client_id, user=manager)
    for _ in range(3):
        with pytest.raises(ConflictingSubmission) as refusal:
            send(client_id, content=CONTENT | {"name": "王建\x00\ud800"}, user=manager)
        assert refusal.value.client_id == client_id
    kept = SubmissionConflict.objects.get()
    assert (kept.user, kept.kind, kept.resolved_at) == (manager, "capture", None)
    assert '"name":"\\u738b\\u5efa\\u0000\\ud800"' in kept.content
    assert Group.objects.count() == 1 + _shipped_groups()


@pytest.mark.django_db
def test_first_answer_is_read_again_by_its_own_sender_only():
    manager, client_id = make_user(), uuid.uuid4()
    asked = {"client_id": client_id, "kind": "capture", "content": CONTENT, "user": manager}
    assert first_answer(**asked) is None
    receipt = send(client_id, user=manager)
    assert first_answer(**asked) == Receipt(receipt.content, replayed=True)
    assert first_answer(**asked | {"user": make_user("mgr2")}) is None
    assert first_answer(**asked | {"content": {}}) is None
    assert (Submission.objects.count(), SubmissionConflict.objects.count()) == (1, 0)


@pytest.mark.django_db
def test_operations_compare_a_conflict_without_numbers_or_addresses_and_settle_it(ops, mgr1, signed_in):
    client_id = uuid.uuid4()
    content = CONTENT | {
        "phone": "+8613800138000",
        "home_address": "长宁路 1 号",
        "notes": "电 13900139000",
        "source": "",
    }
    first = send(client_id, user=mgr1)
    with pytest.raises(ConflictingSubmission):
        send(client_id, content=content, user=mgr1)
    conflict = SubmissionConflict.objects.get()
    assert conflict.masked() == {"name": "王建国", "notes": "电 139****9000", "phone": "138****8000"}
    assert conflict.first_receipt() == first.content
    page = signed_in(ops).get(f"/admin/vipdesk/submissionconflict/{conflict.pk}/change/").content.decode()
    assert "王建国" in page and f"pk: {first.content['pk']}" in page
    assert "13800138000" not in page and "长宁路" not in page
    data = {"action": "settle", "_selected_action": [conflict.pk]}
    signed_in(ops).post("/admin/vipdesk/submissionconflict/", data)
    conflict.refresh_from_db()
    assert conflict.resolved_by == ops and conflict.resolved_at is not None
    assert signed_in(mgr1).get("/admin/vipdesk/submissionconflict/").status_code in (302, 403)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["capture", "visit"])
def test_another_person_or_kind_never_reads_the_first_receipt(kind):
    client_id, other = uuid.uuid4(), make_user("mgr2")
    send(client_id, user=make_user())
    with pytest.raises(ConflictingSubmission):
        send(client_id, user=other, kind=kind)
    with pytest.raises(ConflictingSubmission):
        send(client_id, user=None, kind=kind)
    assert set(SubmissionConflict.objects.values_list("user", flat=True)) == {other.pk, None}


@pytest.mark.django_db
def test_failing_work_leaves_nothing_and_frees_the_uuid():
    client_id = uuid.uuid4()

    def fail() -> dict[str, Any]:
        make_row()
        raise ValueError("31 April")

    before = Group.objects.count()
    with pytest.raises(ValueError, match="31 April"):
        send(client_id, work=fail)
    assert (Submission.objects.count(), Group.objects.count()) == (0, before)
    assert not send(client_id).replayed


@pytest.mark.django_db
def test_receiving_costs_two_statements_and_a_replay_one_more_than_its_claim():
    client_id = uuid.uuid4()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        send(client_id, work=dict)
    assert [sql["sql"].split()[0] for sql in queries if "SAVEPOINT" not in sql["sql"]] == ["INSERT", "UPDATE"]
    with CaptureQueriesContext(connection) as queries:
        send(client_id, work=dict)
    assert [sql["sql"].split()[0] for sql in queries if "SAVEPOINT" not in sql["sql"]] == ["INSERT", "SELECT"]


@pytest.mark.django_db(transaction=True)
def test_receiving_inside_another_transaction_is_refused():
    with transaction.atomic(), pytest.raises(RuntimeError):
        send(uuid.uuid4())


@pytest.mark.django_db(transaction=True)
def test_conflict_survives_the_error_that_reports_it():
    client_id = uuid.uuid4()
    send(client_id)
    with pytest.raises(ConflictingSubmission):
        send(client_id, content={})
    assert SubmissionConflict.objects.filter(client_id=client_id).exists()


def _in_parallel(times: int, call: Callable[[], Receipt]) -> list[Receipt]:
    start = Barrier(times)

    def one(_: int) -> Receipt:
        with own_connection():
            connection.ensure_connection()
            start.wait()
            return call()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


@pytest.mark.django_db(transaction=True)
def test_fifty_parallel_posts_of_one_uuid_do_the_work_once():
    for _ in range(5):
        client_id, worked = uuid.uuid4(), []

        def work(worked: list[int] = worked) -> dict[str, Any]:
            worked.append(1)
            return make_row()

        receipts = _in_parallel(50, lambda client_id=client_id, work=work: send(client_id, work=work))  # type: ignore[misc]
        assert len(worked) == 1
        assert len({receipt.content["pk"] for receipt in receipts}) == 1
        assert sorted(receipt.replayed for receipt in receipts) == [False] + [True] * 49
    assert Submission.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_second_sender_takes_over_where_the_first_gives_up():
    client_id, claimed, go_on = uuid.uuid4(), Event(), Event()

    def fail() -> dict[str, Any]:
        claimed.set()
        assert go_on.wait(10)
        raise LookupError

    def first() -> None:
        with own_connection(), pytest.raises(LookupError):
            send(client_id, work=fail)

    def second() -> Receipt:
        with own_connection():
            return send(client_id)

    with ThreadPoolExecutor(2) as pool:
        failing = pool.submit(first)
        assert claimed.wait(10)
        waiting = pool.submit(second)
        _until_somebody_waits_for_a_lock()
        go_on.set()
        failing.result(10)
        assert waiting.result(10).replayed is False


def _until_somebody_waits_for_a_lock() -> None:
    sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with connection.cursor() as cursor:
        for _ in range(1000):
            cursor.execute(sql)
            if cursor.fetchone()[0]:
                return
            cursor.execute("SELECT pg_sleep(0.01)")
    raise AssertionError("Nobody waits.")


def _shipped_groups() -> int:
    """Roles that a migrate leaves behind."""
    return Group.objects.filter(name__in=["manager", "operations", "aftersales"]).count()


def test_content_hash_ignores_order_and_nothing_else():
    assert content_hash({"a": 1, "b": None}) == content_hash({"b": None, "a": 1})
    assert len({content_hash(c) for c in ({"a": 1}, {"a": "1"}, {"a": 1, "b": None}, {"a": [1]}, {"a": "\x00"})}) == 5
