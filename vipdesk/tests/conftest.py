"""Fixtures of the tests that run the desk as a whole."""

import pytest

from vipdesk.embedded.server import free_port
from vipdesk.tests.running import Run


@pytest.fixture(scope="session")
def opened_once(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run in an empty home, opened and ended: a copy of its home opens without the minute that a first one takes."""
    run = Run(tmp_path_factory.mktemp("opened") / "home", free_port())
    try:
        run.until_open(180)
    finally:
        ended = run.end()
    assert ended == 0
    return run
