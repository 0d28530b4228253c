"""Pytest plugin that runs the tests at another time than today's, where `TEST_CLOCK` names one.

`TEST_CLOCK` is a name of `CLOCKS` or a local time of the venue such as `2026-12-07T17:00`. Every test begins at that
moment and time goes on from there, so that a failure of a whole run repeats when its test is run alone. A test that
moves the clock itself travels from there as usual. The servers (PostgreSQL, Redis) and child processes keep the real
time. pytest-xdist's workers inherit the variable.

A clock may be in another zone than the venue's. A test whose examples are written in the venue's zone (`20:00+08:00`,
"23:40 on the night of 20 November") keeps that zone by the marker `venue_zone`; all others must hold in any zone. A test
of something that asks the system itself for the time keeps the real time by the marker `real_clock`; tests of a
browser and of killed processes always do.

As a command it runs the fast tests at each of the named clocks: `make clocks CLOCKS="monday dst"`.
"""

import argparse
import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.test.signals import setting_changed

VENUE_ZONE = "Asia/Shanghai"
FAST = "not browser and not fault and not external"
# A browser, a server and a worker keep the real time, and so do the tests that drive them.
REAL_CLOCK = ("real_clock", "browser", "fault", "external")


@dataclass(frozen=True)
class Clock:
    """A local time at which something of the product changes, in a zone."""

    at: str
    why: str
    zone: str = VENUE_ZONE

    @property
    def moment(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self.at).replace(tzinfo=ZoneInfo(self.zone))


CLOCKS = {
    "monday": Clock("2026-12-07T17:00", "an SMS night, after the batch is due"),
    "friday": Clock("2026-12-18T20:00", "the other SMS night, quiet hours begin"),
    "month-end": Clock("2027-01-31T23:59", "a month, a week and a date end; the next month has fewer days"),
    "new-year": Clock("2026-12-31T23:30", "a year ends within the night; the ISO week does not"),
    "leap-day": Clock("2028-02-29T21:00", "a date that most years lack"),
    "rollover": Clock("2027-03-01T12:01", "a night, a week and a month began a minute ago"),
    "dst": Clock("2027-10-31T02:30", "the hour that comes twice; the night has 25 hours", "Europe/Berlin"),
}


def named_clock(text: str) -> Clock:
    """The clock that `TEST_CLOCK` names. Raises `ValueError` for what is neither a name nor a local time."""
    return CLOCKS.get(text) or Clock(
        dt.datetime.fromisoformat(text).isoformat(), "", os.environ.get("TIME_ZONE", VENUE_ZONE)
    )


def clocks_of(day: dt.date) -> list[str]:
    """Two neighbours of the list, others each day: every clock is run at least once in four days."""
    names, first = list(CLOCKS), day.toordinal() * 2
    return [names[(first + n) % len(names)] for n in range(2)]


# --- the plugin ----------------------------------------------------------------------------------------------------


class Travel:
    """Holds the tests of this process at one clock."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.timestamp = int(clock.moment.timestamp())  # a number: a moment with a zone would change TZ as well
        self.travel = time_machine.travel(self.timestamp, tick=True)
        self.traveller = self.travel.start()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        with self._clock_of(item), self._zone_of(item):
            return (yield)

    @contextmanager
    def _clock_of(self, item: pytest.Item) -> Iterator[None]:
        if not any(item.get_closest_marker(marker) for marker in REAL_CLOCK):
            self.traveller.move_to(self.timestamp)
            yield
            return
        self.travel.stop()
        try:
            yield
        finally:
            self.traveller = self.travel.start()

    @contextmanager
    def _zone_of(self, item: pytest.Item) -> Iterator[None]:
        if self.clock.zone == VENUE_ZONE or item.get_closest_marker("venue_zone") is None:
            yield
            return
        _set_zone(VENUE_ZONE)
        try:
            yield
        finally:
            _set_zone(self.clock.zone)

    def pytest_report_header(self) -> str:
        return f"clock: {self.clock.at} in {self.clock.zone}"

    def pytest_unconfigure(self) -> None:
        self.travel.stop()


def _set_zone(zone: str) -> None:
    """Not by `override_settings`: the first test sets up the whole session, which would be undone with it."""
    settings.TIME_ZONE = zone
    setting_changed.send(sender=Travel, setting="TIME_ZONE", value=zone, enter=True)


def pytest_configure(config: pytest.Config) -> None:
    if _travel is not None:
        config.pluginmanager.register(_travel, "travel")


def _start() -> Travel | None:
    """At import: before the settings are read, which take the zone, and before any test module is."""
    text = os.environ.get("TEST_CLOCK", "")
    if not text:
        return None
    clock = named_clock(text)
    os.environ["TIME_ZONE"] = clock.zone
    return Travel(clock)


_travel = _start() if __name__ != "__main__" else None


# --- the command ---------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str]) -> int:
    """Run the fast tests at each clock; 1 where they fail at any."""
    parser = argparse.ArgumentParser(prog="make clocks", description="The fast tests at awkward times.")
    parser.add_argument("clocks", nargs="*", metavar="CLOCK", help=f"today (two, by the date) or {', '.join(CLOCKS)}")
    options, pytest_arguments = parser.parse_known_args(arguments)
    names = options.clocks or list(CLOCKS)
    if names == ["today"]:
        names = clocks_of(dt.datetime.now(dt.UTC).date())
    if unknown := [name for name in names if name not in CLOCKS]:
        parser.error(f"unknown clock {', '.join(unknown)}: today, {', '.join(CLOCKS)}")
    failed = [name for name in names if not _is_green(name, pytest_arguments)]
    print(f"Failed at: {', '.join(failed)}" if failed else f"Green at: {', '.join(names)}")
    return 1 if failed else 0


def _is_green(name: str, pytest_arguments: Sequence[str]) -> bool:
    clock, started = CLOCKS[name], time.monotonic()
    print(f"=== {name}: {clock.at} in {clock.zone}, {clock.why}", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", "-m", FAST, *pytest_arguments]
    code = subprocess.run(command, env=os.environ | {"TEST_CLOCK": name}, check=False).returncode
    print(f"=== {name}: {'green' if code == 0 else 'failed'} in {time.monotonic() - started:.0f} s", flush=True)
    return code == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
