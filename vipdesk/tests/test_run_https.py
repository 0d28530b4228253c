"""`make run-https`, minus make: the desk on the network with HTTPS, and the page on which a tablet comes to trust it."""

import http.client
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from vipdesk import authority, lan
from vipdesk.embedded.server import free_port
from vipdesk.tests.running import CHECKOUT, STATIC_ROOT, Run, copy_home

pytestmark = pytest.mark.embedded


class SecureRun:
    def __init__(self, home: Path, **more: str) -> None:
        self.port, self.trust_port = free_port(), free_port()
        gone = ("DATABASE_URL", "REDIS_URL", "MAKELEVEL", "SITE_URL", "ALLOWED_HOSTS", "LAN_HOST")
        env = {k: v for k, v in os.environ.items() if k not in gone}
        env |= {"VIPDESK_HOME": str(home), "PORT": str(self.port), "TRUST_PORT": str(self.trust_port)}
        env |= {"STATIC_ROOT": str(STATIC_ROOT), "DJANGO_SETTINGS_MODULE": "vipdesk.settings", **more}
        self.log = home.with_suffix(".log")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "vipdesk.runner", "https"], cwd=CHECKOUT, env=env, stdout=log, stderr=log
            )

    def until_open(self) -> None:
        deadline = time.monotonic() + 180
        while "Ctrl-C stops" not in self.log.read_text():
            assert time.monotonic() < deadline and self.process.poll() is None, self.log.read_text()
            time.sleep(0.2)

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(90)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, opened_once: Run) -> Iterator[SecureRun]:
    started = SecureRun(copy_home(opened_once, tmp_path_factory.mktemp("https") / "home"))
    try:
        started.until_open()
        yield started
    finally:
        if started.process.poll() is None:
            started.end()


@pytest.fixture(scope="module")
def trusting(run: SecureRun) -> ssl.SSLContext:
    """What a tablet knows that has the certificate from the page, and nothing else."""
    with urllib.request.urlopen(f"http://127.0.0.1:{run.trust_port}/ca.crt", timeout=10) as answer:
        assert answer.headers["Content-Type"] == "application/x-x509-ca-cert"
        given = answer.read()
    return ssl.create_default_context(cadata=given)


def fetch(url: str, context: ssl.SSLContext) -> http.client.HTTPResponse:
    opened: http.client.HTTPResponse = urllib.request.urlopen(url, timeout=20, context=context)
    return opened


@pytest.mark.fault
def test_a_tablet_that_trusts_it_signs_in_without_a_warning_and_without_hsts(
    run: SecureRun, trusting: ssl.SSLContext
) -> None:
    for host in {lan.address(), "127.0.0.1", "localhost"}:
        with fetch(f"https://{host}:{run.port}/healthz", trusting) as answer:
            assert answer.status == 200
        with fetch(f"https://{host}:{run.port}/login/", trusting) as answer:
            cookies = answer.headers.get_all("Set-Cookie") or []
            assert answer.status == 200 and answer.geturl().endswith("/login/")
        assert "Strict-Transport-Security" not in answer.headers
        assert cookies and all("Secure" in cookie for cookie in cookies)
        assert all(cookie.startswith("__Host-") and "Path=/;" in cookie + ";" for cookie in cookies)
        assert not any("Domain=" in cookie for cookie in cookies)
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        fetch(f"https://127.0.0.1:{run.port}/healthz", ssl.create_default_context())


@pytest.mark.fault
def test_a_form_is_taken_over_https(run: SecureRun, trusting: ssl.SSLContext) -> None:
    site = f"https://{lan.address()}:{run.port}"
    browser = urllib.request.build_opener(
        urllib.request.HTTPSHandler(context=trusting), urllib.request.HTTPCookieProcessor()
    )
    page = browser.open(f"{site}/login/", timeout=20).read().decode()
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    said = f"csrfmiddlewaretoken={token[1]}&username=mgr1&password=vipdesk-demo".encode()
    request = urllib.request.Request(f"{site}/login/", said, {"Origin": site, "Referer": f"{site}/login/"})
    with browser.open(request, timeout=20) as answer:
        assert answer.geturl() == f"{site}/tonight/"
        assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.fault
def test_the_desk_itself_is_never_served_without_https(run: SecureRun) -> None:
    with pytest.raises((urllib.error.URLError, http.client.HTTPException, ConnectionError)):
        urllib.request.urlopen(f"http://127.0.0.1:{run.port}/login/", timeout=10)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{run.trust_port}/login/", timeout=10)
    assert refused.value.code == 404


@pytest.mark.fault
def test_the_page_and_the_terminal_name_the_same_fingerprint_and_address(run: SecureRun) -> None:
    said = run.log.read_text()
    address = f"http://{lan.address()}:{run.trust_port}/"
    with urllib.request.urlopen(address, timeout=10) as answer:
        page = answer.read().decode()
    found = authority.read(Path(run.log.with_suffix("")) / "tls" / "ca.crt")
    for told in (authority.fingerprint(found), address):
        assert told in said and told in page
    assert "▀" in said and "<svg" in page
    assert f"https://{lan.address()}:{run.port}" in said and "mgr1" in said and "vipdesk-demo" in said
    assert all(words in page for words in ("iPadOS", "Android", "安装证书", "Install it", f"https://{lan.address()}"))
    assert isinstance(found, x509.Certificate)
    with urllib.request.urlopen(f"{address}trust.css", timeout=10) as answer:
        assert answer.headers["Content-Type"].startswith("text/css")


@pytest.mark.fault
def test_ending_it_leaves_no_listener_behind(run: SecureRun) -> None:
    """Runs last: it ends the run that the tests before shared."""
    assert run.end() == 0, run.log.read_text()
    for port in (run.port, run.trust_port):
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 5):
            pass


def test_an_address_that_is_none_gives_one_line_and_starts_nothing(tmp_path: Path) -> None:
    run = SecureRun(tmp_path / "home", LAN_HOST="https://desk")
    assert run.process.wait(60) == 1
    assert "LAN_HOST" in run.log.read_text() and run.log.read_text().count("\n") == 1
    assert not (tmp_path / "home" / "postgres").exists()
