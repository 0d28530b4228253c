"""E-mails and webhooks against a real server that answers well, badly, late or never; many senders at once."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from vipdesk import outbox, tasks
from vipdesk.outbox import OutboxMessage

pytestmark = [pytest.mark.django_db, pytest.mark.servers]


class Receiver(ThreadingHTTPServer):
    """The house's other machine: remembers what came, answers as told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ReceiverHandler)
        self.came: list[tuple[str, Any]] = []
        self.answer = 204
        self.hangs = threading.Event()
        self.hangs.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?token=secret"


class ReceiverHandler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append((self.headers["Idempotency-Key"], json.loads(body)))
        self.server.hangs.wait(20)
        self.send_response(self.server.answer)
        if 300 <= self.server.answer < 400:
            self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.hangs.set()
    server.shutdown()
    server.server_close()
    thread.join()


def put(url: str, key: str = "k1", **payload: Any) -> OutboxMessage:
    outbox.put_webhook(url=url, payload=payload or {"guest": "王"}, dedup_key=key)
    return OutboxMessage.objects.get(dedup_key=key)


def make_due(message: OutboxMessage) -> None:
    OutboxMessage.objects.filter(pk=message.pk).update(next_attempt_at=datetime.now(UTC))


def test_webhook_arrives_once_with_its_key(receiver):
    message = put(receiver.url, guest="王建国", at=datetime(2026, 11, 20, tzinfo=UTC))
    assert outbox.send_due() == 1
    assert outbox.send_due() == 0
    ((key, payload),) = receiver.came
    assert key and payload == {"guest": "王建国", "at": "2026-11-20T00:00:00Z"}
    message.refresh_from_db()
    assert (message.state, message.attempts, message.last_error) == ("sent", 1, "")
    assert message.sent_at is not None


def test_same_dedup_key_is_kept_once(receiver):
    put(receiver.url, a=1)
    put(receiver.url, a=2)
    assert OutboxMessage.objects.get().payload == {"a": 1}


@pytest.mark.django_db(transaction=True)
def test_message_of_a_transaction_that_rolls_back_is_never_sent(receiver):
    def change_something() -> None:
        with transaction.atomic():
            put(receiver.url)
            raise LookupError

    with pytest.raises(LookupError):
        change_something()
    assert outbox.send_due() == 0


@pytest.mark.django_db(transaction=True)
def test_task_is_enqueued_when_the_transaction_commits(receiver, monkeypatch):
    sent: list[object] = []
    monkeypatch.setattr(tasks.send_outbox, "apply_async", lambda **kw: sent.append(kw))
    with transaction.atomic():
        put(receiver.url)
        assert sent == []
    assert sent == [{"args": ()}]


@pytest.mark.parametrize("answer", [500, 503, 404, 302, 307])
def test_bad_answer_is_tried_again_with_the_same_key(receiver, answer):
    receiver.answer = answer
    message = put(receiver.url)
    outbox.send_due()
    message.refresh_from_db()
    assert (message.state, message.attempts, message.last_error) == ("queued", 1, f"HTTP {answer}")
    assert message.next_attempt_at > datetime.now(UTC) + timedelta(seconds=10)
    assert outbox.send_due() == 0
    receiver.answer = 200
    make_due(message)
    outbox.send_due()
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("sent", 2)
    assert len({key for key, _ in receiver.came}) == 1 and len(receiver.came) == 2


def test_receiver_that_hangs_is_left_after_the_timeout(receiver, monkeypatch):
    monkeypatch.setattr(outbox, "TIMEOUT_SECONDS", 0.3)
    receiver.hangs.clear()
    message = put(receiver.url)
    began = time.monotonic()
    outbox.send_due()
    assert time.monotonic() - began < 5
    message.refresh_from_db()
    assert (message.state, message.last_error) == ("queued", "TimeoutError")


def test_receiver_that_is_not_there_is_tried_again():
    message = put("http://127.0.0.1:9/hook")
    outbox.send_due()
    message.refresh_from_db()
    assert (message.state, message.last_error) == ("queued", "ConnectionRefusedError")


def test_message_is_given_up_after_its_last_attempt_and_sent_when_asked_for(receiver):
    receiver.answer = 500
    message = put(receiver.url)
    for _ in range(outbox.MAX_ATTEMPTS + 2):
        make_due(message)
        outbox.send_due()
    message.refresh_from_db()
    assert (message.state, len(receiver.came)) == ("failed", outbox.MAX_ATTEMPTS)
    receiver.answer = 200
    assert outbox.send_again(OutboxMessage.objects.all()) == 1
    outbox.send_due()
    message.refresh_from_db()
    assert message.state == "sent"


def test_message_of_a_dead_sender_is_sent_again_after_its_lease(receiver, settings):
    message, now = put(receiver.url), datetime.now(UTC)
    assert outbox._claim(now) == message
    assert outbox.send_due(now + settings.JOB_LEASE - timedelta(seconds=1)) == 0
    assert outbox.send_due(now + settings.JOB_LEASE) == 1
    assert len(receiver.came) == 1


def test_message_that_kills_every_sender_is_given_up(receiver, settings):
    message, now = put(receiver.url), datetime.now(UTC)
    for n in range(outbox.MAX_ATTEMPTS):
        assert outbox._claim(now + n * settings.JOB_LEASE) == message
    outbox.send_due(now + outbox.MAX_ATTEMPTS * settings.JOB_LEASE)
    message.refresh_from_db()
    assert (message.state, message.last_error, receiver.came) == ("failed", "WorkerLost", [])


def test_sender_that_ends_after_its_lease_changes_nothing(receiver, settings):
    message, now = put(receiver.url), datetime.now(UTC)
    late = outbox._claim(now)
    assert late is not None
    again = outbox._claim(now + settings.JOB_LEASE)
    outbox._record(late, state="sent")
    message.refresh_from_db()
    assert again is not None and (message.state, message.attempts) == ("sending", 2)


@pytest.mark.django_db(transaction=True)
def test_many_senders_at_once_send_each_message_once(receiver):
    for n in range(40):
        put(receiver.url, key=f"k{n}", n=n)

    def one(_: int) -> int:
        try:
            return outbox.send_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(8))) == 40
    assert sorted(payload["n"] for _, payload in receiver.came) == list(range(40))
    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"sent"}


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "/hook", "http://", "javascript:alert(1)"])
def test_webhook_to_anything_but_http_is_refused(url):
    with pytest.raises(ValueError, match="http"):
        put(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:port/hook", "http://127.0.0.1/a b\r\nX: y", "http://" + "a" * 70])
def test_address_that_no_request_can_go_to_counts_as_a_failure(url):
    message = put(url)
    outbox.send_due()
    message.refresh_from_db()
    assert message.state == "queued" and message.last_error


def test_log_tells_neither_address_nor_content(receiver, caplog):
    receiver.answer = 500
    put(receiver.url)
    outbox.send_due()
    assert "HTTP 500" in caplog.text
    assert not any(word in caplog.text for word in ("secret", "127.0.0.1", "王"))


@pytest.fixture
def letters(settings: Any, tmp_path: Path) -> Path:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    return tmp_path


def test_email_arrives_with_an_identity_of_its_own(letters):
    outbox.put_email(to="ops@example.com", subject="迟到\r\nBcc: all@example.com", body="第一行\n", dedup_key="k")
    assert outbox.send_due() == 1
    (path,) = letters.iterdir()
    letter = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert (letter["To"], letter["Subject"]) == ("ops@example.com", "迟到 Bcc: all@example.com")
    assert letter["Bcc"] is None
    assert letter["Message-ID"].startswith("<outbox.")
    assert "第一行" in letter.get_content()


def test_email_keeps_its_identity_when_sent_again(letters, settings):
    outbox.put_email(to="ops@example.com", subject="a", body="b", dedup_key="k")
    now = datetime.now(UTC)
    identities = []
    for n in range(2):
        claimed = outbox._claim(now + n * settings.JOB_LEASE)
        assert claimed is not None
        outbox._send_email(claimed)
        (path,) = letters.iterdir()  # two in one second may be given one file's name
        identities.append(message_from_bytes(path.read_bytes())["Message-ID"])
        path.unlink()
    assert identities[0] and identities[0] == identities[1]


def test_email_that_the_server_refuses_is_tried_again(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    outbox.put_email(to="ops@example.com", subject="a", body="b", dedup_key="k")
    outbox.send_due()
    message = OutboxMessage.objects.get()
    assert (message.state, message.last_error) == ("queued", "ConnectionRefusedError")


@pytest.mark.parametrize("to", ["nobody", "a@b\r\nBcc: c@d.example", ""])
def test_email_to_no_address_is_refused(to):
    with pytest.raises(ValidationError):
        outbox.put_email(to=to, subject="a", body="b", dedup_key="k")


def test_pauses_double_up_to_four_hours():
    pauses = [[outbox.pause(n) for _ in range(50)] for n in range(1, 20)]
    assert timedelta(seconds=15) <= min(pauses[0]) < max(pauses[0]) <= timedelta(seconds=45)
    assert timedelta(minutes=4) <= min(pauses[4]) < max(pauses[4]) <= timedelta(minutes=12)
    assert max(map(max, pauses)) <= timedelta(hours=6)
