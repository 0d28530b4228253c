"""Demo guests as lines of COPY: which columns they fill, and what earlier years and the last nights differ in."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from customers import pinyin
from customers.choices import IntakeStatus, Origin
from customers.demo import people
from customers.demo.evenings import Capture, early_moment
from customers.models import Consent

GUEST = """
    id name pinyin name_is_partial phone birthday_month birthday_day birthday_year birthday_calendar birthday_is_leap
    home_address work_address tier_id member_no member_since owner_id likes_rooms likes_drinks likes_music dislikes
    notes sms_consent call_consent needs_check captured_by_id captured_at captured_time_known night origin source
    client_id intake_status intake_reason received_at updated_at last_seen_night
    is_key_account contact_every_days
"""
CONSENT = "customer_id kind action notice_id channel recorded_by_id recorded_at"
NUMBER = "customer_id number since added_by_id released_at released_by_id"
REVIEW = "customer_id status reason reviewed_by_id reviewed_at"
LAST_EARLY_NIGHT = dt.date(2023, 12, 31)
OWNERLESS_EVERY = 11  # one in so many guests of earlier years is looked after by nobody now
SECOND_EVERY, HAS_SECOND, HAD_SECOND = 20, 7, 13  # one in so many has a second number, another one had
SECOND_AFTER = dt.timedelta(days=40)
KEY_TIER, KEY_EVERY = "diamond", 5  # every fifth guest of the highest tier is a key account

Value = str | int | bool | dt.date | dt.datetime | None


def client_id(number: int) -> str:
    """The UUID of demo guest `number`."""
    return f"de300000-0000-4000-8000-{number:012d}"


def line(*values: Value) -> str:
    """One row of COPY; no invented text holds a tab, a line break or a backslash."""
    return "\t".join([r"\N" if value is None else str(value) for value in values]) + "\n"


@dataclass(frozen=True, kw_only=True)
class Writer:
    """Keys of what stands already: the six managers, the desk, tiers by code, the notice; numbers and cards in use."""

    managers: list[int]
    desk: int
    tiers: dict[str, int]
    notice: int
    phones: set[str]
    cards: set[str]
    first_key: int

    def guest(self, number: int, person: people.Person, capture: Capture | None) -> str:
        night = capture.night if capture else person.early_night
        at = capture.at if capture else early_moment(number, night)
        by = self._manager(number, capture)
        is_owned = capture is not None or number % OWNERLESS_EVERY
        # A tablet lets nobody forget the birthday or both addresses; the paper of earlier years did.
        gap = "" if capture else person.gap
        month, day, year, calendar, is_leap = person.birthday
        born = (None, None, None, "solar", False) if gap == "birthday" else (month, day, year, calendar, is_leap)
        card = people.member_no(number) if person.tier else None
        is_key = person.tier == KEY_TIER and number % KEY_EVERY == 0
        return line(
            self.first_key + number,
            person.name,
            pinyin.read(person.name),
            person.is_partial,
            people.free_phone(number, self.phones)
            if person.twin is None
            else people.mistyped_phone(person.twin, self.phones),
            *born,
            "" if gap == "address" else person.home,
            "" if gap == "address" else person.work,
            self.tiers.get(person.tier),
            None if card in self.cards else card,
            night if person.tier else None,
            by if is_owned else None,
            *person.tastes,
            person.notes,
            person.sms,
            person.call,
            "{name}" if person.is_partial and not capture else "{}",
            by,
            at,
            True,
            night,
            Origin.TABLET if capture else Origin.IMPORT,
            person.source,
            client_id(number),
            capture.status if capture else IntakeStatus.ACCEPTED,
            capture.reason if capture else "",
            at,
            capture.changed_at if capture else at,
            night if capture else min(night + dt.timedelta(days=number % 400), LAST_EARLY_NIGHT),
            is_key,
            (14, 30)[number % 2] if is_key else None,
        )

    def consents(self, number: int, person: people.Person, capture: Capture | None) -> Iterator[str]:
        """On the tablet the notice and two answers; on the paper of earlier years what was agreed to."""
        at = capture.at if capture else early_moment(number, person.early_night)
        channel = Consent.Channel.TABLET if capture else Consent.Channel.IMPORT
        notice = self.notice if capture else None
        said = {Consent.Kind.NOTICE: capture is not None, Consent.Kind.SMS: person.sms, Consent.Kind.CALL: person.call}
        for kind, yes in said.items():
            if yes or capture:
                action = Consent.Action.GRANTED if yes else Consent.Action.REFUSED
                yield line(self.first_key + number, kind, action, notice, channel, self._manager(number, capture), at)

    def numbers(self, number: int, person: people.Person, capture: Capture | None) -> Iterator[str]:
        """A few of those known for years have a second number, a few had one."""
        if capture is None and number % SECOND_EVERY in (HAS_SECOND, HAD_SECOND):
            since = early_moment(number, person.early_night) + SECOND_AFTER
            released = since + SECOND_AFTER if number % SECOND_EVERY == HAD_SECOND else None
            by = self._manager(number, capture)
            second = people.second_phone(number, self.phones)
            yield line(self.first_key + number, second, since, by, released, by if released else None)

    def reviews(self, number: int, capture: Capture) -> Iterator[str]:
        for decision in capture.story:
            by = self._manager(number, capture) if decision.status == IntakeStatus.CORRECTED else self.desk
            yield line(self.first_key + number, decision.status, decision.reason, by, decision.at)

    def _manager(self, number: int, capture: Capture | None) -> int:
        return self.managers[capture.manager if capture else number % len(self.managers)]
