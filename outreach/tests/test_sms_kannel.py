"""The Kannel gateway: against the real bearerbox, smsbox and a centre that plays along, set up as docs/kannel says, and
against single answers.

The real ones are Debian's `kannel` and `kannel-extras`. Where they are missing this fails with that line; it never skips.
"""

import contextlib
import re
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from outreach import sms_jobs, sms_planning, sms_sending, sms_text
from outreach.gateways import Outgoing, Said, kannel
from outreach.models import InboundFault, SmsAttempt, SmsMessage, SmsReply
from outreach.tests.sms_factories import make_reader, make_sms_batch, never_quiet

# A part of a longer text names its place in a header.
_ARRIVED = re.compile(r"Got message \d+: <10690 (\S+) (?:ucs-2|udh \S+ data) (\S+)>")
FAKESMSC = "/usr/lib/kannel/test/fakesmsc"
CONFIGURATION = Path(settings.BASE_DIR, "docs/kannel/kannel.conf")


# --- one answer at a time ------------------------------------------------------------------------------------------


class Answers(HTTPServer):
    """One answer to every request; remembers what was asked."""

    def __init__(self, status: int, *headers: tuple[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.status, self.headers, self.asked, self.body = status, headers, list[str](), b""
        Thread(target=self.serve_forever, daemon=True).start()


class _Answering(BaseHTTPRequestHandler):
    server: Answers

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.server.status == 0:
            self.wfile.write(b"!\xff nonsense\r\n\r\n")
            return
        self.send_response(self.server.status)
        for name, value in self.server.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


def a_message(text: str = "【星海】八折，拒收请回复R") -> Outgoing:
    return Outgoing(out_id=uuid.uuid4(), number="+8613816552203", text=text)


@contextlib.contextmanager
def answering(settings: Any, status: int, *headers: tuple[str, str]) -> Iterator[Answers]:
    server = Answers(status, *headers)
    settings.KANNEL_URL = f"http://127.0.0.1:{server.server_address[1]}/cgi-bin/sendsms"
    settings.KANNEL_USER, settings.KANNEL_PASSWORD = "desk", "秘密&="
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (202, Said.ACCEPTED),
        (400, Said.CLOSED),
        (403, Said.CLOSED),
        (404, Said.CLOSED),
        (408, Said.UNKNOWN),
        (429, Said.BUSY),
        (503, Said.BUSY),
        (500, Said.UNKNOWN),
        (200, Said.UNKNOWN),
        (302, Said.UNKNOWN),
        (0, Said.UNKNOWN),
    ],
)
def test_each_answer_of_kannel_is_about_the_message_or_about_all(settings: Any, status: int, said: Said) -> None:
    with answering(settings, status, ("Location", "http://127.0.0.1:1/")) as server:
        assert kannel.Kannel().send(a_message()).said == said
        assert len(server.asked) == 1, "never a second request"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"Number(s) has/have been denied by white- and/or black-lists.", Said.FAILED),
        (b"Empty receiver number not allowed, rejected", Said.FAILED),
        (b"Sender missing and no global set, rejected", Said.CLOSED),
        (b"Authorization failed for sendsms", Said.CLOSED),
    ],
)
@pytest.mark.parametrize("status", [400, 403, 404])
def test_only_what_kannel_says_of_the_number_fails_its_message(
    settings: Any, status: int, text: bytes, said: Said
) -> None:
    with answering(settings, status) as server:
        server.body = text
        assert kannel.Kannel().send(a_message()).said == said


def test_a_busy_kannel_says_how_long(settings: Any) -> None:
    for said, seconds in (("7", 7.0), ("9999", 600.0), ("soon", 0.0)):
        with answering(settings, 503, ("Retry-After", said)):
            assert kannel.Kannel().send(a_message()).pause == seconds


def test_nobody_there_is_away_and_a_silent_one_unknown(settings: Any) -> None:
    settings.SMS_TIMEOUT = 0.2
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.KANNEL_URL = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        assert kannel.Kannel().send(a_message()).said == Said.UNKNOWN
    assert kannel.Kannel().send(a_message()).said == Said.AWAY


@pytest.mark.django_db
def test_whoever_knows_no_secret_can_tell_us_nothing(client: Client) -> None:
    never_quiet()
    make_reader()
    make_sms_batch(is_approved=True)
    sms_sending.send_all()
    tried = SmsAttempt.objects.get()
    for secret, attempt, type_, status in [
        ("wrong", tried.pk, "1", 404),
        (kannel.secret(), uuid.uuid4(), "1", 404),
        (kannel.secret(), tried.pk, "%d", 400),
        (kannel.secret(), tried.pk, "1", 200),
        (kannel.secret(), tried.pk, "1", 200),
    ]:
        url = reverse("outreach:dlr_kannel", args=[secret, attempt])
        assert client.get(url, {"type": type_}).status_code == status
        assert client.post(url, {"type": type_}).status_code == 405
    assert SmsMessage.objects.get().state == "delivered"


# --- the real one --------------------------------------------------------------------------------------------------


class Boxes:
    """bearerbox, smsbox and fakesmsc on ports of their own; `arrived` is what the centre was given."""

    def __init__(self, folder: Path, reply_to: str, change: Callable[[str], str]) -> None:
        self.folder, self.processes = folder, list["subprocess.Popen[Any]"]()
        names = ("admin", "boxes", "centre", "sendsms")
        self.ports = dict(zip(names, _free_ports(len(names)), strict=True))
        configuration = folder / "kannel.conf"
        names_of_ours = {"user": "desk", "password": "secret", "admin_password": "test", "short_code": "10690"}
        text = re.sub(r"^#.*\n", "", CONFIGURATION.read_text(), flags=re.MULTILINE)
        text = text.format(folder=folder, reply_to=reply_to, **names_of_ours, **self.ports)
        configuration.write_text(change(text))
        self._start("/usr/sbin/bearerbox", str(configuration))
        _until(lambda: _listens(self.ports["boxes"]) and _listens(self.ports["centre"]))
        self._start("/usr/sbin/smsbox", str(configuration))
        _until(lambda: _listens(self.ports["sendsms"]))

    def centre(self, *messages: str) -> None:
        """A short message centre that takes what comes, and hands in these."""
        command = [FAKESMSC, "-H", "127.0.0.1", "-r", str(self.ports["centre"]), "-i", "0.1", "-m", str(len(messages))]
        self._start(*command, *messages)

    def _start(self, *command: str) -> None:
        log = (self.folder / f"{Path(command[0]).name}.out").open("wb")
        self.processes.append(subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder))

    def arrived(self) -> list[tuple[str, str]]:
        """Number and text, from the very bytes of UCS-2 that the centre was given."""
        said = _ARRIVED.findall((self.folder / "fakesmsc.out").read_text(errors="replace"))
        return [(number, unquote_to_bytes(text.replace("+", " ")).decode("utf-16-be")) for number, text in said]

    def close(self) -> None:
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in sockets]


def _listens(port: int) -> bool:
    """From the kernel's own table: a connection would be taken for a centre's or a box's."""
    wanted = f":{port:04X} 00000000:0000 0A"
    return wanted in Path("/proc/net/tcp").read_text()


def _until(what: Any, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "It did not come."
        time.sleep(0.05)


StartBoxes = Callable[..., Boxes]


@pytest.fixture
def start_boxes(tmp_path: Path, live_server: Any, settings: Any) -> Iterator[StartBoxes]:
    """Starts Kannel as documented; `change` makes another text of its configuration."""
    if not (shutil.which("/usr/sbin/bearerbox") and shutil.which("/usr/sbin/smsbox") and shutil.which(FAKESMSC)):
        pytest.fail("No Kannel: install Debian's packages `kannel` and `kannel-extras`.", pytrace=False)
    settings.SITE_URL, settings.SMS_GATEWAY = live_server.url, "kannel"
    reply_to = live_server.url + reverse("outreach:reply_kannel", args=[kannel.secret()])
    started: list[Boxes] = []

    def start(change: Callable[[str], str] = lambda text: text) -> Boxes:
        started.append(Boxes(tmp_path, reply_to, change))
        settings.KANNEL_URL = f"http://127.0.0.1:{started[0].ports['sendsms']}/cgi-bin/sendsms"
        settings.KANNEL_USER, settings.KANNEL_PASSWORD = "desk", "secret"
        return started[0]

    yield start
    for boxes in started:
        boxes.close()


@pytest.mark.external
@pytest.mark.django_db(transaction=True)
def test_a_batch_goes_through_real_kannel_and_comes_back_delivered(start_boxes: StartBoxes, furnished: None) -> None:
    """A text of several parts arrives whole, its report and the guest's reply come back; nothing is sent to the guest."""
    boxes = start_boxes()
    never_quiet()
    guest = make_reader(phone="+8613816552203")
    batch = make_sms_batch(is_approved=True, message_zh="周五房费八折。" * 14)
    assert len(batch.text_zh) > 70
    sms_sending.send_all(until_done=True)
    report = sms_planning.report(batch)
    assert report["states"] == {"accepted": 1}, report
    boxes.centre("8613816552203 10690 text R")  # not before: who has refused is not written to
    _until(lambda: len(boxes.arrived()) >= sms_text.segments(batch.text_zh))
    assert {number for number, _text in boxes.arrived()} == {"+8613816552203"}
    assert "".join(text for _number, text in boxes.arrived()) == batch.text_zh
    _until(lambda: SmsMessage.objects.get().state == "delivered")
    assert set(SmsAttempt.objects.get().receipts.values_list("code", flat=True)) == {"8", "1"}
    _until(SmsReply.objects.exists)
    guest.refresh_from_db()
    assert not guest.sms_consent and SmsReply.objects.get().customer == guest


def without_sender(text: str) -> str:
    """Kannel that names no sender, and asks again where it takes an answer for a failure."""
    retries = "bearerbox-host = 127.0.0.1\nhttp-request-retry = 2\nhttp-queue-delay = 1\n"
    return text.replace("send-sender = true\n", "").replace("bearerbox-host = 127.0.0.1\n", retries)


@pytest.mark.external
@pytest.mark.django_db(transaction=True)
def test_replies_without_their_sender_are_kept_and_operations_told(start_boxes: StartBoxes, furnished: None) -> None:
    boxes = start_boxes(without_sender)
    guest = make_reader(phone="+8613816552203")
    boxes.centre("8613816552203 10690 text R")
    _until(SmsReply.objects.exists)
    time.sleep(3)
    assert InboundFault.objects.get().count == 1, "it asked again"
    reply = SmsReply.objects.get()
    assert (reply.number, reply.text, reply.settled_at) == ("", "R", None)
    guest.refresh_from_db()
    assert guest.sms_consent, "nobody knows whose wish it is"
    assert [alert for alert in sms_jobs.alerts() if "send-sender = true" in alert.text]


@pytest.mark.external
@pytest.mark.django_db(transaction=True)
def test_real_kannel_refuses_a_wrong_password(start_boxes: StartBoxes, settings: Any) -> None:
    start_boxes()
    settings.KANNEL_PASSWORD = "wrong"
    verdict = kannel.Kannel().send(a_message())
    assert (verdict.said, verdict.code) == (Said.CLOSED, "HTTP 403")
