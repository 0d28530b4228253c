"""Pictures of the running desk, for README and for looking: python tools/take_pictures.py URL FOLDER [--all]

Signs in with the demo logins in the Chromium that is installed. `--all` takes every screen at both sizes, in both
themes and both languages; without it, each once, for README.
"""

import argparse
import itertools
import os
import pathlib
import shutil
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

PASSWORD = "vipdesk-demo"
TABLET, PHONE = (1024, 768), (390, 844)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("url")
    asked.add_argument("folder", type=pathlib.Path)
    asked.add_argument("--all", action="store_true")
    asked.add_argument("--only", default="", help="part of a picture's name")
    options = asked.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        take(browser, options)
        browser.close()


def take(browser: Browser, options: Any) -> None:
    if options.all:
        ways = itertools.product((TABLET, PHONE), ("dark", "light"), ("zh-CN", "en-GB"))
    else:
        ways = itertools.product((TABLET,), ("",), ("zh-CN",))
    for size, theme, language in ways:
        for user, screens in SCREENS.items():
            shoot_as(browser, options, user, screens, size, theme, language)


def shoot_as(
    browser: Browser, options: Any, user: str, screens: dict[str, Any], size: Any, theme: str, language: str
) -> None:
    width, height = size
    scale = 1 if options.all else 1.5
    window = browser.new_context(
        base_url=options.url,
        viewport={"width": width, "height": height},
        locale=language,
        timezone_id="Asia/Shanghai",
        device_scale_factor=scale,
        has_touch=True,
    )
    page = window.new_page()
    page.set_default_timeout(8000)
    if user:
        sign_in(page, user)
    for name, visit in screens.items():
        if options.only in name:
            visit(page)
            if theme:
                page.evaluate("theme => document.documentElement.dataset.bsTheme = theme", theme)
            page.wait_for_timeout(300)
            kind = "-".join(
                filter(None, [name, "phone" if size == PHONE else "", theme, language[:2] if options.all else ""])
            )
            page.screenshot(path=options.folder / f"{kind}.png", full_page=False)
    window.close()


def sign_in(page: Page, user: str) -> None:
    page.goto("/login/")
    page.fill("[name=username]", user)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)


def at(path: str) -> Any:
    return lambda page: page.goto(path)


def capture(page: Page) -> None:
    """A guest half typed: a lunar birthday in words, an address missing."""
    page.goto("/customers/new/")
    page.fill("#id_phone", "138 1655 2203")
    page.fill("#id_name", "欧阳子涵")
    page.check("[name=birthday_calendar][value=lunar]")
    page.fill("#id_birthday_month", "8")
    page.fill("#id_birthday_day", "15")
    page.wait_for_timeout(700)


def refused(page: Page) -> None:
    capture(page)
    page.fill("#id_birthday_day", "31")
    page.fill("#id_phone", "12345")
    page.locator("#capture .btn-primary").click()
    page.wait_for_timeout(700)


def first_guest(page: Page) -> None:
    page.goto("/customers/")
    page.locator("#rows a.item").first.click()
    page.wait_for_load_state()


def filtered(page: Page) -> None:
    """Somebody half typed, beside two filters and the panel they come from."""
    page.goto("/customers/?seen=not90&tier=vip")
    page.fill("#q", "zhang w")
    page.locator("#filters > summary").click()
    page.wait_for_timeout(900)


def own_guest(page: Page) -> None:
    page.goto("/tonight/")
    page.locator("a.item[href^='/customers/']").first.click()
    page.wait_for_load_state()


def likes(page: Page) -> None:
    """A taste being written down in place."""
    own_guest(page)
    page.locator("#habits .card-head .btn").click()
    page.locator("#habits form").wait_for()


def correct(page: Page) -> None:
    own_guest(page)
    page.goto(page.url + "edit/")


def of_first_guest(path: str) -> Any:
    def visit(page: Page) -> None:
        first_guest(page)
        page.goto(page.url + path)

    return visit


def last_night(page: Page) -> None:
    page.goto("/intake/")
    page.locator("a[href^='/intake/2']").nth(1).click()
    page.wait_for_load_state()


def bottle(page: Page) -> None:
    """One that runs out within days."""
    page.goto("/visits/bottles/?due=7")
    page.locator("#rows a.item").first.click()
    page.wait_for_load_state()


def tile(state: str) -> Any:
    """What a tap on the first room of this state opens, a VIP's before others."""

    def visit(page: Page) -> None:
        page.goto("/visits/rooms/")
        tiles = page.locator(f".tile.is-{state}")
        important = tiles.and_(page.locator(".has-vip"))
        (important if important.count() else tiles).first.locator("h3 a").click()
        page.wait_for_load_state("networkidle")

    return visit


def board_below(page: Page) -> None:
    page.goto("/visits/rooms/")
    page.mouse.wheel(0, 900)
    page.wait_for_timeout(300)


def walk_in(page: Page) -> None:
    """A walk-in, and how many forgotten."""
    tile("free")(page)
    page.fill("#id_name", "陈先生")
    page.locator(".btn-primary.btn-big").click()
    page.wait_for_timeout(700)


def full_visit(page: Page) -> None:
    """Sale and promise unfolded, the sale without its amount."""
    visit_form(page)
    for fold in page.locator("details.fold").all():
        fold.evaluate("fold => fold.open = true")
    page.fill("#id_item", "皇家礼炮 21 年")
    page.locator("[name=outcome][value=sold]").dispatch_event("click")
    page.locator(".action-bar .btn-primary").click()
    page.wait_for_timeout(700)


def visit_form(page: Page) -> None:
    tile("occupied")(page)
    page.locator("a[href$='/visit/']").first.click()
    page.wait_for_load_state("networkidle")


def party_below(page: Page) -> None:
    tile("occupied")(page)
    page.mouse.wheel(0, 700)
    page.wait_for_timeout(300)


def closed_party(page: Page) -> None:
    """The last evening of a guest who sits here now, or has been here before."""
    page.goto("/visits/rooms/")
    for n in range(min(page.locator(".tile.is-occupied").count(), 6)):
        page.goto("/visits/rooms/")
        page.locator(".tile.is-occupied").nth(n).locator("h3 a").click()
        page.locator("a.plain").first.click()
        page.wait_for_load_state("networkidle")
        over = page.locator("a.item[href^='/visits/parties/']").filter(has_not=page.locator(".tag-green"))
        if over.count():
            over.first.click()
            page.wait_for_load_state("networkidle")
            return


def a_reservation(page: Page) -> None:
    page.goto("/visits/reservations/")
    page.locator("a.item").first.click()
    page.wait_for_load_state("networkidle")


def store_bottle(page: Page) -> None:
    tile("occupied")(page)
    page.locator("a[href*='/bottles/new/']").first.click()
    page.wait_for_load_state("networkidle")


def handover(page: Page) -> None:
    """Somebody leaves, and three share their guests."""
    page.goto("/admin/staff/user/")
    page.get_by_role("link", name="mgr6").click()
    page.wait_for_load_state()
    page.goto(page.locator("a[href*='/leave']").first.get_attribute("href") or "")
    for box in page.locator("[name=among]").all()[:3]:
        box.check()
    page.wait_for_timeout(500)


def prospect_open(page: Page) -> None:
    """One of them, with what may come of a try."""
    page.goto("/customers/prospects/")
    page.locator(".call-came > summary").first.click()
    page.wait_for_timeout(300)


def prospect_refused(page: Page) -> None:
    """A number that somebody is at already, and no place."""
    page.goto("/customers/prospects/")
    number = page.locator(".call .nowrap").first.inner_text()
    page.goto("/customers/prospects/new/")
    page.fill("#id_phone", number)
    page.locator("[name=lead][value=cards]").check(force=True)
    page.locator("#prospect-form .btn-primary").click()
    page.wait_for_timeout(700)


def tags(page: Page) -> None:
    """A guest's tags being chosen in place."""
    own_guest(page)
    page.locator("#tags .card-head .btn").click()
    page.locator("#tags form").wait_for()
    page.locator("#tags").scroll_into_view_if_needed()


def campaign_task(page: Page) -> None:
    page.goto("/admin/outreach/campaign/")
    page.locator("#result_list a[href*='/change/']").first.click()
    page.wait_for_load_state()
    page.goto(page.url.replace("/admin/outreach/campaign/", "/outreach/campaigns/").split("change/")[0] + "task/")


def two_records(page: Page) -> None:
    page.goto("/customers/doubles/")
    page.locator("#content a.item").first.click()
    page.wait_for_load_state()


def late_note(page: Page) -> None:
    """Two sides of one number, where one waits."""
    page.goto("/customers/late/")
    waiting = page.locator("#content a.item")
    if waiting.count():
        waiting.first.click()
        page.wait_for_load_state()


def sms_batch(page: Page) -> None:
    """The first one of the list."""
    page.goto("/outreach/sms/")
    page.locator("a.item[href^='/outreach/sms/']").first.click()
    page.wait_for_load_state("networkidle")


SCREENS: dict[str, dict[str, Any]] = {
    "": {"login": at("/login/"), "enrol": at("/tablet/enrol/")},
    "mgr1": {
        "tonight": at("/tonight/"),
        "capture": capture,
        "refused": refused,
        "guests": at("/customers/"),
        "guests-filtered": filtered,
        "guest": own_guest,
        "likes": likes,
        "correct": correct,
        "rooms": at("/visits/rooms/"),
        "rooms-below": board_below,
        "seat": tile("free"),
        "seat-reserved": tile("reserved"),
        "seat-refused": walk_in,
        "party": tile("occupied"),
        "party-below": party_below,
        "party-closed": closed_party,
        "visit": visit_form,
        "visit-refused": full_visit,
        "reservations": at("/visits/reservations/"),
        "reservation": a_reservation,
        "reserve": at("/visits/reservations/new/"),
        "first": at("/visits/first/"),
        "spending": at("/visits/spending/"),
        "promises": at("/visits/promises/"),
        "bottle-new": store_bottle,
        "bottles": at("/visits/bottles/?due=14"),
        "bottle": bottle,
        "calls": at("/outreach/calls/"),
        "prospects": at("/customers/prospects/"),
        "prospect-open": prospect_open,
        "prospect": at("/customers/prospects/new/"),
        "prospect-refused": prospect_refused,
        "tags": tags,
        "my-month": at("/targets/"),
        "clock": at("/floor/clock/"),
        "evening": at("/floor/evening/"),
        "my-tasks": at("/floor/tasks/mine/"),
        "my-roster": at("/floor/rota/"),
        "wrap-up": at("/floor/wrap-up/"),
        "why-offline": at("/offline/why/"),
        "visit-any": at("/visits/new/"),
        "unsent": at("/offline/"),
        "to-mend": at("/offline/held/"),
        "pin": at("/pin/"),
        "missing": at("/nowhere/"),
    },
    "desk": {
        "intake": at("/intake/"),
        "night": last_night,
        "imports": at("/customers/imports/"),
        "doubles": at("/customers/doubles/"),
        "two-records": two_records,
        "late": at("/customers/late/"),
        "late-note": late_note,
        "office-guest": first_guest,
        "erase": of_first_guest("erase/"),
        "copy": of_first_guest("copy/"),
        "erasures": at("/customers/erasures/"),
        "retention": at("/customers/retention/"),
    },
    "ops": {
        "admin": at("/admin/"),
        "roster": at("/floor/rota/"),
        "tasks": at("/floor/tasks/"),
        "task": at("/floor/tasks/new/"),
        "campaign-task": campaign_task,
        "lead-sources": at("/customers/prospects/sources/"),
        "sms-costs": at("/outreach/sms/costs/"),
        "team": at("/targets/"),
        "plans": at("/targets/plans/"),
        "managers-night": at("/floor/night/"),
        "house-rooms": at("/visits/rooms/"),
        "house-party": tile("occupied"),
        "tablets": at("/tablets/"),
        "handover": handover,
        "export": at("/customers/export/?seen=not90"),
        "sms": at("/outreach/sms/"),
        "sms-new": at("/outreach/sms/new/"),
        "sms-batch": sms_batch,
        "sms-questions": at("/outreach/sms/questions/"),
        "campaign": at("/admin/outreach/campaign/add/"),
        "jobs": at("/admin/vipdesk/schedulerun/jobs/"),
        "job": at("/admin/vipdesk/schedulerun/jobs/outreach.call_lists/"),
    },
}

if __name__ == "__main__":
    main()
