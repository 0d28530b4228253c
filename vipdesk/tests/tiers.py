"""Pytest plugin that says at the end of a run how many tests of each tier `-m` left out, and who runs them."""

from collections import Counter
from typing import Any

import pytest

LEFT_OUT = {
    "browser": "need a Chromium",
    "external": "need Debian's kannel: CI runs them, and `make test-all` where it is installed",
    "embedded": "are about the embedded servers: they run where DATABASE_URL is not set",
    "fault": "kill servers or run the whole desk: `make test-all` and CI run them",
}
counts: Counter[str] = Counter()


def pytest_deselected(items: list[pytest.Item]) -> None:
    counts.update(marker for item in items for marker in LEFT_OUT if item.get_closest_marker(marker))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = dict(counts)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Every xdist worker collects all tests, so each reports the same counts."""
    counts.update({k: n for k, n in getattr(node, "workeroutput", {}).get("left_out", {}).items() if not counts[k]})


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if not config.option.markexpr or config.option.keyword:
        return
    for marker, reason in LEFT_OUT.items():
        if number := counts[marker]:
            terminalreporter.write_line(f"{number} tests were left out: they {reason}.")
