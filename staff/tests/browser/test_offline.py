"""The tablet that never loses a guest: an evening without a network in a real Chromium, with the server really killed,
the browser killed in the middle of it, sessions that run out and two managers on one tablet (promises.md)."""

import contextlib
import datetime as dt
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Error, Page, Request, expect

from conftest import CHROMIUM_FLAGS, chromium_path
from customers.models import Customer
from customers.tests.factories import make_customer
from feedback.models import Survey
from staff.models import TabletQueue, User
from staff.tests.factories import PASSWORD, make_user
from vipdesk.submissions import Submission
from vipdesk.tests.served import Server, served
from visits.models import Party, RoomVisit
from visits.tests.factories import make_party, make_room

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHANGHAI = dt.timezone(dt.timedelta(hours=8))
STEMS = "甲乙丙丁戊己庚辛壬癸"
SECRET = ("欧阳密语", "13977776666")


@pytest.fixture
def server(tmp_path: Path, furnished: None) -> Iterator[Server]:
    with served(tmp_path) as server:
        yield server


class Tablet:
    """A Chromium with a profile of its own on disk, to be killed and opened again."""

    def __init__(self, kind: Any, profile: Path, url: str, executable: str | Path | None = None) -> None:
        self.kind, self.profile, self.url = kind, profile, url
        self.executable = executable or chromium_path()
        self.context: BrowserContext | None = None
        self.open()

    def open(self) -> None:
        self.context = self.kind.launch_persistent_context(
            self.profile,
            executable_path=self.executable,
            args=[*CHROMIUM_FLAGS, "--no-sandbox"],
            base_url=self.url,
            viewport={"width": 1024, "height": 768},
            locale="en-GB",
            timezone_id="Asia/Shanghai",
        )
        self.page = self.context.pages[0]
        self.page.set_default_timeout(15_000)

    def kill(self) -> None:
        """SIGKILL to every process of this browser, as a battery that runs out."""
        for folder in self.processes():
            os.kill(int(folder.name), signal.SIGKILL)
        assert self.context
        with contextlib.suppress(Error):  # it may have been noticed already that nobody is there
            self.context.close()

    def processes(self) -> list[Path]:
        """The folder in /proc of every process of this browser."""
        return [one for one in Path("/proc").iterdir() if one.name.isdecimal() and self._is_mine(one)]

    def _is_mine(self, folder: Path) -> bool:
        try:
            return f"--user-data-dir={self.profile}".encode() in (folder / "cmdline").read_bytes()
        except OSError:
            return False  # gone meanwhile


@pytest.fixture
def open_tablet(chromium: Any, tmp_path: Path, server: Server) -> Iterator[Callable[[], Tablet]]:
    opened: list[Tablet] = []

    def open_one() -> Tablet:
        opened.append(Tablet(chromium.browser_type, tmp_path / f"profile-{len(opened)}", server.url))
        return opened[-1]

    yield open_one
    for tablet in opened:
        if tablet.context:
            tablet.context.close()


def sign_in(page: Page, name: str) -> None:
    page.goto("/login/")
    page.fill("[name=username]", name)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    expect(page.locator("body")).to_have_attribute("data-user", name)
    expect(page).to_have_url(re.compile("/tonight/"))
    deadline = time.monotonic() + 20
    while not page.evaluate("Boolean(window.desk?.queue)"):  # the address is there before the page's scripts are
        assert time.monotonic() < deadline, "the queue's script did not start"
        page.wait_for_timeout(50)


def until_kept(page: Page) -> None:
    """The tablet has the key, and every screen that it shows without a network."""
    keeps = """async () => (await (await caches.open("desk-screens")).keys()).length"""
    deadline = time.monotonic() + 60
    while page.evaluate(keeps) < 6 or not page.evaluate("async () => Boolean(await desk.queue.fact('key'))"):
        assert time.monotonic() < deadline, "the screens were not fetched ahead"
        page.wait_for_timeout(100)


def capture(page: Page, name: str, phone: str) -> None:
    page.fill("#id_phone", phone)
    page.fill("#id_name", name)
    page.fill("#id_birthday_month", "5")
    page.fill("#id_birthday_day", "17")
    page.fill("#id_home_address", "黄浦区南京东路1号")
    page.check("#id_consent")
    _save(page, "Save, next guest")
    expect(page.locator("#id_phone")).to_have_value("")


def visit(page: Page, party: Party) -> None:
    page.locator(f"label:has([name=party][value='{party.pk}'])").click()
    for guest in page.locator("fieldset[data-party]:not([hidden]) label:has([name=met])").all():
        guest.click()
    page.fill("#id_opinion", "音响太响")
    _save(page, "Log visit")
    expect(page.locator("#id_opinion")).to_have_value("")


def answer(page: Page, party: Party) -> None:
    page.locator(f"label:has([name=party][value='{party.pk}'])").click()
    page.check("#id_overall_3")
    _save(page, "Save")
    expect(page.locator("#id_overall_3")).not_to_be_checked()


def _save(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=button == "Save").click()
    expect(page.locator("#toasts .flash", has_text="Kept on this tablet").last).to_be_visible()
    page.evaluate("document.querySelectorAll('#toasts .flash').forEach((flash) => flash.remove())")


def waiting(page: Page) -> int:
    return int(page.evaluate("async () => (await desk.queue.all()).length"))


def until_sent(page: Page, patience: float = 60) -> None:
    deadline = time.monotonic() + patience
    while waiting_of(page, page.evaluate("document.body.dataset.user")):
        assert time.monotonic() < deadline, "something still waits"
        page.wait_for_timeout(200)


def waiting_of(page: Page, user: str) -> int:
    mine = "async (user) => (await desk.queue.all()).filter((form) => form.user === user).length"
    return int(page.evaluate(mine, user))


def traces(profile: Path, *texts: str) -> list[str]:
    """Files of the profile that hold one of these texts, in UTF-8 or UTF-16."""
    sought = [text.encode(how) for text in texts for how in ("utf-8", "utf-16-le", "utf-16-be")]
    files = [path for path in profile.rglob("*") if path.is_file()]
    return [path.name for path in files if any(one in path.read_bytes() for one in sought)]


def test_an_evening_without_a_network_arrives_once_by_its_authors_on_its_night(
    server: Server, open_tablet: Callable[[], Tablet]
) -> None:
    night = timezone.now().astimezone(SHANGHAI).date() + dt.timedelta(days=1)  # the worker's clock is the real one
    evening = dt.datetime.combine(night, dt.time(23, 20), SHANGHAI)
    people = {name: make_user(name, display_name=shown) for name, shown in (("mgr1", "林静"), ("mgr2", "高强"))}
    party = make_party(by=people["mgr1"], room=make_room(), now=evening - dt.timedelta(hours=1))
    server.start(evening)
    tablet = open_tablet()
    page = tablet.page
    page.clock.install()
    sign_in(page, "mgr1")
    until_kept(page)

    # The server is gone. What is typed is kept, across screens that the tablet shows as last seen.
    server.kill()
    page.goto("/customers/new/")
    expect(page.locator("#as-of")).to_contain_text("as of 23:2")
    capture(page, *SECRET)
    for n in range(9):
        capture(page, f"李{STEMS[n]}", f"1390000100{n}")
    expect(page.locator("#unsent")).to_contain_text("10 unsent")

    # The browser is killed; what waits is there again, and nothing of it can be read in its profile.
    tablet.kill()
    assert traces(tablet.profile, *SECRET) == []
    assert traces(tablet.profile, "desk-screens"), "the search finds what is there"
    tablet.open()
    page = tablet.page
    page.clock.install()
    page.goto("/customers/new/")
    expect(page.locator("#unsent")).to_contain_text("10 unsent")

    # Past midnight it is the same night.
    page.clock.fast_forward(50 * 60 * 1000)
    for n in range(10):
        capture(page, f"王{STEMS[n]}", f"1390000200{n}")
    page.goto(f"/visits/parties/{party.pk}/visit/")
    for _n in range(5):
        visit(page, party)
    page.goto("/feedback/surveys/new/")
    for _n in range(5):
        answer(page, party)
    assert waiting_of(page, "mgr1") == 30

    # The network is back with the other manager on the tablet: only that they wait can be seen.
    server.start(evening + dt.timedelta(minutes=70))
    sign_in(page, "mgr2")
    page.goto("/offline/")
    expect(page.locator("#others")).to_contain_text("30 of mgr1 wait")
    until_kept(page)
    server.kill()
    page.goto("/customers/new/")
    for n in range(10):
        capture(page, f"赵{STEMS[n]}", f"1390000300{n}")
    page.goto("/visits/new/")
    for _n in range(5):
        visit(page, party)
    page.goto("/feedback/surveys/new/")
    for _n in range(5):
        answer(page, party)
    assert waiting(page) == 50 and not Submission.objects.exists()

    # The next afternoon both sessions are over. Each signs in, and theirs goes out.
    server.start(dt.datetime.combine(night + dt.timedelta(days=1), dt.time(13, 30), SHANGHAI))
    sign_in(page, "mgr2")
    until_sent(page)
    assert waiting_of(page, "mgr1") == 30
    assert [(one["user"], one["count"]) for one in TabletQueue.objects.get().waiting] == [("mgr1", 30)]
    sign_in_again(page, "mgr1")
    until_sent(page)
    expect(page.locator("#unsent")).to_be_hidden()

    assert_all_there(people, night)


def assert_all_there(people: dict[str, User], night: dt.date) -> None:
    """Fifty rows, each by its author, on the night they were typed in and at its own time."""
    assert Submission.objects.count() == 50
    for made, mine in ((Customer.objects.all(), 20), (RoomVisit.objects.all(), 5), (Survey.objects.all(), 5)):
        author = "captured_by" if made.model is Customer else "manager"
        counts = {name: made.filter(**{author: user}).count() for name, user in people.items()}
        assert counts == {"mgr1": mine, "mgr2": 10 if made.model is Customer else 5}
        assert set(made.values_list("night", flat=True)) == {night}
    for letter, before_midnight in (("李", True), ("王", False), ("赵", False)):
        for guest in Customer.objects.filter(name__startswith=letter):
            assert (guest.captured_at.astimezone(SHANGHAI).date() == night) is before_midnight
            assert guest.received_at > guest.captured_at + dt.timedelta(hours=10)


def sign_in_again(page: Page, name: str) -> None:
    page.goto("/tonight/")
    page.click("[data-who-menu] summary")
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("[name=username]")).to_be_visible()
    assert page.evaluate("async () => !(await caches.has('desk-screens'))"), "signing out throws the screens away"
    sign_in(page, name)


@pytest.mark.fault
def test_five_hundred_forms_go_out_in_order_at_two_requests_a_second(
    server: Server, open_tablet: Callable[[], Tablet]
) -> None:
    make_user("mgr1", display_name="林静")
    server.start()
    page = open_tablet().page
    sign_in(page, "mgr1")
    until_kept(page)
    page.goto("/customers/new/")
    server.kill()
    page.evaluate(
        """async () => {
            const form = document.getElementById("capture");
            for (const [name, value] of Object.entries({ name: "王芳", birthday_month: 5, birthday_day: 17, home_address: "南京路1号" }))
                form.elements[name].value = value;
            form.elements.consent.checked = true;
            for (let n = 0; n < 500; n++) {
                form.elements.client_id.value = crypto.randomUUID();
                form.elements.phone.value = String(13900000000 + n);
                await desk.queue.keep(form);
                desk.queue.letGo(form.elements.client_id.value);
            }
        }"""
    )
    assert waiting(page) == 500
    server.start()
    asked: list[float] = []

    def note(request: Request) -> None:
        if "/offline/" in request.url:
            asked.append(time.monotonic())

    page.on("request", note)
    page.goto("/offline/")
    expect(page.locator("#under-way")).to_contain_text(re.compile(r"\d+ of 500 sent"), timeout=30_000)
    expect(page.locator("#none")).to_be_visible(timeout=90_000)
    gaps = [later - sooner for sooner, later in pairwise(asked[1:])]  # the first is the page itself
    assert len(asked) >= 26 and min(gaps) > 0.45, "at most two a second"
    phones = Customer.objects.order_by("received_at").values_list("phone", flat=True)
    assert list(phones) == [f"+86{13900000000 + n}" for n in range(500)]


def test_what_the_desk_refuses_is_kept_with_its_reason_and_mended_on_the_desk(
    server: Server, open_tablet: Callable[[], Tablet]
) -> None:
    night = timezone.now().astimezone(SHANGHAI).date() + dt.timedelta(days=1)
    mgr1 = make_user("mgr1", display_name="林静")
    known = make_customer(owner=mgr1, phone="+8613811112222", name="周子昂")
    server.start(dt.datetime.combine(night + dt.timedelta(days=1), dt.time(1, 10), SHANGHAI))
    page = open_tablet().page
    sign_in(page, "mgr1")
    until_kept(page)
    server.kill()
    page.goto("/customers/new/")
    page.fill("#id_phone", "13811112222")
    expect(page.locator("#phone-answer")).to_contain_text("Cannot check the number now")
    capture(page, "周先生", "13811112222")
    page.fill("#id_birthday_year", "2099")
    capture(page, "司马明", "13900010001")
    page.goto("/offline/")
    expect(page.locator("#own li")).to_have_count(2)
    expect(page.locator("#own")).to_contain_text("no network")
    # A night that is to be signed while something waits asks first.
    page.goto("/tonight/")
    page.get_by_role("button", name="Sign the night").click()
    expect(page.locator("#unsent-first")).to_contain_text("2 unsent")
    page.get_by_role("button", name="Wait", exact=True).click()
    page.goto("/offline/")

    server.start(dt.datetime.combine(night + dt.timedelta(days=1), dt.time(1, 20), SHANGHAI))
    page.get_by_role("button", name="Send now").click()
    until_sent(page)
    assert Customer.objects.get() == known
    page.goto("/tonight/")
    page.get_by_role("link", name="Mend", exact=True).click()
    page.get_by_role("link", name="Mend", exact=True).click()
    expect(page.locator("#id_name")).to_have_value("司马明")
    page.fill("#id_birthday_year", "1990")
    page.get_by_role("button", name="Save, next guest").click()
    expect(page.locator("#capture-answer")).to_contain_text("司马明")
    assert Customer.objects.filter(name="司马明", captured_by=mgr1).count() == 1


def test_a_new_version_of_the_desk_takes_over_and_leaves_the_queue_alone(
    server: Server, open_tablet: Callable[[], Tablet]
) -> None:
    make_user("mgr1", display_name="林静")
    server.start()
    page = open_tablet().page
    sign_in(page, "mgr1")
    until_kept(page)
    page.goto("/customers/new/")
    server.kill()
    capture(page, "司马明", "13900010001")
    shells = "async () => (await caches.keys()).filter((name) => name.startsWith('desk-shell-'))"
    before = page.evaluate(shells)
    server.start(timezone.now(), more_files="icons/app-180.png")
    page.goto("/customers/new/")
    deadline = time.monotonic() + 90
    while (now := page.evaluate(shells)) == before or len(now) != 1:
        assert time.monotonic() < deadline, f"{now}, {states(page)}"
        update(page)
        page.wait_for_timeout(500)
    until_sent(page)
    assert Customer.objects.get().name == "司马明"


def update(page: Page) -> None:
    """Ask for the worker's file again, as the browser does by itself after a navigation; again where that failed."""
    page.evaluate("async () => (await navigator.serviceWorker.ready).update().catch(() => null)")


def states(page: Page) -> Any:
    return page.evaluate(
        """async () => {
            const { installing, waiting, active } = await navigator.serviceWorker.ready;
            return [installing, waiting, active].map((worker) => worker?.state);
        }"""
    )


def test_a_form_goes_out_soon_after_another_window_that_was_sending_is_gone(
    server: Server, open_tablet: Callable[[], Tablet]
) -> None:
    make_user("mgr1", display_name="林静")
    server.start()
    tablet = open_tablet()
    page = tablet.page
    sign_in(page, "mgr1")
    until_kept(page)
    assert tablet.context
    other = tablet.context.new_page()
    other.goto("/offline/")
    other.evaluate(
        "() => new Promise((held) => navigator.locks.request('desk drain', () => (held(), new Promise(() => {}))))"
    )
    page.bring_to_front()
    page.goto("/customers/new/")
    server.kill()
    capture(page, "司马明", "13900010001")
    server.start()
    page.evaluate("desk.queue.run()")
    other.close()
    until_sent(page, patience=10)
    assert Customer.objects.get().name == "司马明"


def test_with_a_network_a_form_leaves_nothing_on_the_tablet_and_one_refused_is_mended_on_the_spot(
    server: Server, open_tablet: Callable[[], Tablet]
) -> None:
    make_user("mgr1", display_name="林静")
    server.start()
    page = open_tablet().page
    sign_in(page, "mgr1")
    until_kept(page)
    page.goto("/customers/new/")
    page.fill("#id_phone", "13900010001")
    page.fill("#id_name", "司马明")
    page.check("#id_consent")
    page.get_by_role("button", name="Save, next guest").click()
    expect(page.locator("#id_birthday_month")).to_have_class(re.compile("is-invalid"))
    assert waiting(page) == 0, "its author has seen why it was refused"
    page.evaluate("desk.queue.run()")
    assert not Submission.objects.exists(), "nobody sends what is still under the fingers"
    page.fill("#id_birthday_month", "5")
    page.fill("#id_birthday_day", "17")
    page.fill("#id_home_address", "南京东路1号")
    page.get_by_role("button", name="Save, next guest").click()
    expect(page.locator("#capture-answer")).to_contain_text("司马明")
    assert waiting(page) == 0 and Submission.objects.count() == 1
    assert User.objects.get(username="mgr1").pk == Customer.objects.get().captured_by_id
