"""Pytest plugin that tells pytest-xdist which tests stay on one worker.

A file does, because its tests share fixtures and a broker; so do the two files for which one home is prepared.
pytest-xdist's own marker for that (`xdist_group`) has no effect with pytest 9.2: it renames tests by an attribute that
pytest no longer reads.
"""

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

WHOLE_DESK = {"vipdesk/tests/test_runner.py", "vipdesk/tests/test_run_https.py"}


class FilesTogether(LoadFileScheduling):
    """Scheduler that gives a file, or the files of the whole desk, to one worker."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.split("::", 1)[0]
        return "whole desk" if path in WHOLE_DESK else path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesTogether:
    return FilesTogether(config, log)
