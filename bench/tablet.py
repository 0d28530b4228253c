"""What a tablet downloads and waits for, measured in a real Chromium against the desk that runs (`make run`):

python -m bench.tablet http://127.0.0.1:8000

Bytes are what came over the wire, headers and compression included; times are until the form can be typed into. Needs
the demo login mgr1 and the packages of requirements-dev.txt.
"""

import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
FORM, TONIGHT = "/customers/new/", "/tonight/"
WINDOW: dict[str, Any] = {"viewport": {"width": 1024, "height": 768}, "locale": "zh-CN"}
TIMES = 5


class Wire:
    """Counts what a page gets from the network; what the service worker or a cache gave costs nothing."""

    def __init__(self, page: Page) -> None:
        self.bytes = 0
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", self._add)

    def _add(self, event: dict[str, float]) -> None:
        self.bytes += int(event["encodedDataLength"])

    def during(self, act: Callable[[], object]) -> int:
        before = self.bytes
        act()
        return self.bytes - before


def main(url: str) -> None:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, "--headless"])
        weigh(browser.new_context(**WINDOW, base_url=url, service_workers="block"))
        wait_for(browser.new_context(**WINDOW, base_url=url))
        browser.close()


def weigh(context: BrowserContext) -> None:
    """Without the service worker, whose own requests no page sees: it asks for the same pages and files."""
    page = context.new_page()
    wire = Wire(page)

    def load(address: str) -> None:
        page.goto(address, wait_until="networkidle")

    say("login page, first load", wire.during(lambda: load("/login/")), "bytes")
    say("sign in and Tonight, first load", wire.during(lambda: sign_in(page)), "bytes")
    say("new guest, first load", wire.during(lambda: load(FORM)), "bytes")
    say("new guest, repeat load", wire.during(lambda: load(FORM)), "bytes")
    say("Tonight, repeat load", wire.during(lambda: load(TONIGHT)), "bytes")


def wait_for(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/login/")
    sign_in(page)
    until_kept(page)
    say("new guest usable, online", usable(page), "ms")
    context.set_offline(True)
    say("new guest usable, offline", usable(page), "ms")


def sign_in(page: Page) -> None:
    page.fill("[name=username]", "mgr1")
    page.fill("[name=password]", "vipdesk-demo")
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"**{TONIGHT}", wait_until="networkidle")


def until_kept(page: Page) -> None:
    deadline = time.monotonic() + 60
    while page.evaluate("async () => (await (await caches.open('desk-screens')).keys()).length") < 6:
        if time.monotonic() > deadline:
            raise SystemExit("The service worker kept no screens: is the page served over HTTPS or from this machine?")
        page.wait_for_timeout(200)


def usable(page: Page) -> float:
    """Median of some loads: from asking for the form until its first field takes what is typed."""
    found = []
    for _n in range(TIMES):
        began = time.perf_counter()
        page.goto(FORM, wait_until="commit")
        page.fill("#id_phone", "1")
        found.append((time.perf_counter() - began) * 1000)
        page.fill("#id_phone", "")
    return statistics.median(found)


def say(what: str, number: float, unit: str) -> None:
    print(f"{what:<34}{number:>12,.0f}  {unit}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1].rstrip("/"))
