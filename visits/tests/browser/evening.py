"""The evening in a browser, in the words of the floor: a clock that only moves when told, and one window a person."""

import datetime as dt
import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from vipdesk import nights

BOARD, TONIGHT = "/visits/rooms/", "/tonight/"
COLUMNS = {
    "at_work": "At work",
    "tasks": "Tasks",
    "guests": "New guests",
    "others": "Other members",
    "parties": "Parties",
    "signed": "Signed",
}
CARDS_REFRESH = 61_000  # milliseconds; the board's refresh lies within


class Clock:
    """The venue's clock, for the desk and for every window alike; it stands still between two steps."""

    def __init__(self, travelling: Any, night: dt.date) -> None:
        self.travelling, self.night = travelling, night

    def strikes(self, time: str) -> None:
        self.travelling.move_to(nights.moment_in(self.night, dt.time.fromisoformat(time)), tick=False)


class Window:
    """What one person has before them on the desk. A step ends when the screen has answered it."""

    def __init__(self, page: Page) -> None:
        page.clock.install()
        self.page = page

    # --- looking -----------------------------------------------------------------------------------------------------

    def look(self, screen: str) -> None:
        self.page.goto(screen)
        self.has_loaded()

    def has_loaded(self) -> None:
        """Its cards too, which come by themselves."""
        expect(self.page.locator("[hx-trigger^='load']")).to_have_count(0)

    def wait_a_minute(self) -> None:
        """Whatever stands on the screen refreshes itself."""
        self.page.clock.fast_forward(CARDS_REFRESH)

    def board_shows(self, **rooms: str) -> None:
        """As room_888="occupied 赵伟". A board that is open already is left to follow by itself."""
        if self.page.url.endswith(BOARD):
            self.wait_a_minute()
        else:
            self.look(BOARD)
        for room, words in rooms.items():
            state, *facts = words.split()
            tile = self.tile(room.removeprefix("room_"))
            expect(tile).to_have_class(re.compile(rf"\bis-{state}\b"))
            for fact in facts:
                expect(tile).to_contain_text(fact)

    def tile(self, room: str) -> Locator:
        return self.page.locator(".tile", has=self.page.locator("h3", has_text=re.compile(rf"^{room}$")))

    def card(self, name: str) -> Locator:
        return self.page.locator(f"#{name}-card")

    def expect_done(self, duty: str) -> None:
        expect(self.card("evening").locator("li.is-done", has_text=duty)).to_be_visible()

    def expect_to_visit(self, *guests: str) -> None:
        """Exactly these VIPs wait for a visit, in this order."""
        waiting = self.card("first").locator(".who")
        expect(waiting).to_have_count(len(guests))
        for n, guest in enumerate(guests):
            expect(waiting.nth(n)).to_contain_text(guest)

    def expect_count(self, label: str, words: str) -> None:
        """A number with its goal, as "3 / 10"."""
        expect(self.page.locator(".meter", has_text=label).locator(".big")).to_have_text(words)

    # --- the evening's two ends --------------------------------------------------------------------------------------

    def clocks_in(self) -> None:
        self.look(TONIGHT)
        self.press("Clock in")
        expect(self.card("clock")).to_contain_text("On duty since")

    def clocks_out(self) -> None:
        self.look("/floor/clock/")
        self.press("Clock out")
        expect(self.card("clock")).to_contain_text("On duty from")

    def hands_in_the_sheet(self) -> None:
        self.look(TONIGHT)
        self.page.get_by_role("button", name=re.compile("^Hand in")).click()
        expect(self.page.get_by_text("handed in", exact=True)).to_be_visible()

    def lacks(self, *lines: str) -> None:
        """On Tonight, once it has turned into the wrap-up."""
        expect(self.card("wrap-up")).to_contain_text("Wrap up the night")
        for line in lines:
            expect(self.card("wrap-up")).to_contain_text(line)

    def goes_to_what_is_missing(self, guest: str) -> None:
        self.card("wrap-up").get_by_role("link", name=guest).click()
        self.page.wait_for_url("**/parties/*/")

    def signs(self, note: str = "") -> None:
        """With one button; with two where there is something to say."""
        self.look(TONIGHT)
        if note:
            self.page.get_by_role("link", name="With a note").click()
            self.page.fill("#id_note", note)
        self.press("Sign the night")
        expect(self.page.get_by_role("heading", name="This night is signed")).to_be_visible()

    def night_of(self, manager: str, **values: str) -> None:
        """On the page of all managers' nights; by the heading, in our own short words."""
        row = self.page.locator("tbody tr", has=self.page.locator(".lead-cell", has_text=manager))
        for name, words in values.items():
            expect(row.locator(f"[data-label='{COLUMNS[name]}']")).to_contain_text(words)

    # --- tasks, reservations -----------------------------------------------------------------------------------------

    def acknowledges_task(self, title: str) -> None:
        task = self.card("tasks").locator("li", has_text=title)
        task.get_by_role("button", name="Got it").click()
        expect(task.get_by_role("button", name="Got it")).to_have_count(0)

    def finishes_task(self, title: str) -> None:
        task = self.card("tasks").locator("li", has_text=title)
        task.locator("summary").click()
        task.get_by_role("button", name="Done", exact=True).click()
        expect(task).to_have_count(0)

    def asks_after(self, guest: str, answer: str) -> None:
        self.look("/visits/reservations/")
        asked = self.page.locator(".ask", has_text=guest)
        asked.get_by_role("button", name=answer).click()
        expect(asked).to_have_count(0)
        expect(self.page.locator("a.item", has_text=guest)).to_contain_text(answer)

    def keeps_promise(self, what: str) -> None:
        self.look(TONIGHT)
        promise = self.card("promises").locator("li", has_text=what)
        promise.get_by_role("button", name="Kept").click()
        expect(promise).to_have_count(0)

    # --- rooms -------------------------------------------------------------------------------------------------------

    def opens_room(self, room: str) -> None:
        self.look(BOARD)
        self.tile(room).get_by_role("link", name=room).click()
        self.page.wait_for_url(re.compile(r"/seat/$|/parties/\d+/$"))
        self.has_loaded()

    def seats_reservation(self, room: str) -> None:
        """It is chosen already, with as many people as were reserved for."""
        self.opens_room(room)
        self.press("Seat them")
        self.page.wait_for_url("**/parties/*/")

    def seats_walk_in(self, room: str, *, people: int, phone: str = "") -> None:
        self.opens_room(room)
        self.types_walk_in(people=people, phone=phone)
        self.page.wait_for_url("**/parties/*/")

    def types_walk_in(self, *, people: int, phone: str = "") -> None:
        if phone:
            self.page.fill("#id_phone", phone)
        self.page.fill("#id_people", str(people))
        self.press("Seat them")

    def is_refused(self, why: str) -> None:
        expect(self.page.locator("main [role=alert], main .invalid-feedback")).to_contain_text(why)

    def moves_to(self, room: str) -> None:
        option = self.page.locator("#id_room option", has_text=re.compile(rf"^{room} "))
        self.page.select_option("#id_room", value=option.get_attribute("value"))
        self.press("Move them")
        expect(self.page.locator("h1")).to_have_text(f"Room {room}")

    def adds_guest(self, phone: str, name: str) -> None:
        self.page.fill("#id_phone", phone)
        self.press("Add a guest")
        expect(self.page.locator("[aria-labelledby=guests-title] ul .who", has_text=name)).to_be_visible()

    def closes(self) -> None:
        self.page.get_by_role("button", name="They have paid and gone").click()
        self.press("Close")
        self.page.wait_for_url(f"**{BOARD}")

    def attributes_to(self, manager: str, *, why: str) -> None:
        self.page.select_option("#id_to", label=manager)
        self.page.get_by_label("Why").fill(why)
        self.press("Attribute")
        expect(self.page.locator(".trail")).to_contain_text(why)

    def says_cleaned(self, room: str) -> None:
        self.tile(room).get_by_role("button", name="Cleaned").click()
        expect(self.tile(room)).to_have_class(re.compile("is-free"))

    # --- guests ------------------------------------------------------------------------------------------------------

    def captures(self, phone: str, name: str) -> None:
        self.look("/customers/new/")
        birthday = {"#id_birthday_month": "5", "#id_birthday_day": "17"}
        for field, typed in {"#id_phone": phone, "#id_name": name, "#id_home_address": "黄浦区", **birthday}.items():
            self.page.fill(field, typed)
        self.page.check("#id_consent")
        self.page.get_by_role("button", name="Save, next guest").click()
        expect(self.page.locator("#capture-answer")).to_contain_text(name)

    def visits_first(self) -> None:
        """The first tap: whoever stands first on Tonight."""
        self.card("first").get_by_role("link", name="Visit").first.click()
        self.page.wait_for_url("**/visit/")

    def logs_visit(self) -> None:
        """A tap for each guest who was there, since nobody is ticked, and one to log it."""
        for guest in self.page.locator("label.chip:has([name=met])").all():
            guest.click()
        self.press("Log visit")
        self.page.wait_for_url("**/parties/*/")

    def visits(self, room: str) -> None:
        self.opens_room(room)
        self.page.get_by_role("link", name="Log visit").click()
        self.logs_visit()

    def says_missed(self, reason: str) -> None:
        self.page.locator("summary", has_text="Not visited because").click()
        self.page.get_by_label("Not visited because").fill(reason)
        self.press("Keep")
        expect(self.page.locator("main")).to_contain_text(reason)

    def notes_spend(self, amount: str) -> None:
        self.page.fill("#id_amount", amount)
        self.press("Note it")
        expect(self.page.locator("main")).not_to_contain_text("nothing noted yet")

    def offers(self, item: str, *, amount: str, outcome: str) -> None:
        """On the visit that is open."""
        self.page.locator("summary", has_text="Second sale").click()
        self.page.fill("#id_item", item)
        self.page.fill("#id_amount", amount)
        self.page.get_by_label(outcome, exact=True).check(force=True)

    def promises(self, what: str, *, due: str) -> None:
        self.page.locator("summary", has_text="Promise").click()
        self.page.fill("#id_promise", what)
        self.page.get_by_label(due, exact=True).check(force=True)

    # --- bottles -----------------------------------------------------------------------------------------------------

    def stores_bottle(self, product: str) -> None:
        """For the party that is open."""
        self.page.get_by_role("link", name=re.compile("^Store for")).first.click()
        self.page.fill("#id_product", product)
        self.page.locator("[name=amount][value='1']").check(force=True)
        self.press("Store")
        expect(self.page.locator("h1")).to_have_text(product)

    def takes_out(self, share: str) -> None:
        self.page.get_by_label(share, exact=True).check(force=True)
        self.press("Take out")
        expect(self.page.locator(".trail")).to_contain_text("took out")

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()
