"""What a worker keeps of unfinished requests has an end: the slowest makes room."""

from typing import Any

import pytest

from vipdesk.web import worker as module
from vipdesk.web.worker import DeskWorker


class Sender:
    def __init__(self, worker: DeskWorker, name: str, dropped: list[str]) -> None:
        self.worker, self.name, self.dropped = worker, name, dropped
        worker.waits(self)

    def drop(self) -> None:
        self.dropped.append(self.name)
        self.worker.forget(self)


@pytest.fixture
def worker(monkeypatch: Any) -> DeskWorker:
    monkeypatch.setattr(module, "HELD_MAX", 100)
    made = DeskWorker.__new__(DeskWorker)
    made.keep_nothing()
    return made


def test_past_its_limit_the_one_that_has_sent_longest_is_dropped(worker: DeskWorker) -> None:
    dropped: list[str] = []
    _silent, slow, quick = (Sender(worker, name, dropped) for name in ("silent", "slow", "quick"))
    worker.hold(slow, 60)
    worker.hold(quick, 40)
    assert dropped == []
    worker.hold(quick, 10)
    assert dropped == ["slow"]
    worker.hold(quick, 50)
    assert dropped == ["slow"]


def test_what_was_answered_counts_no_more(worker: DeskWorker) -> None:
    dropped: list[str] = []
    first, second = Sender(worker, "first", dropped), Sender(worker, "second", dropped)
    worker.hold(first, 90)
    worker.release(first)
    worker.hold(second, 90)
    assert dropped == []
