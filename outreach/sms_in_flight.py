"""Calls to the SMS provider under way at once: one thread each, which makes its request and touches no database."""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from uuid import UUID

from outreach.gateways import Outgoing, Verdict

Send = Callable[[Outgoing], Verdict]


class InFlight:
    """At most `most` calls at once. With one, each is made in the caller's thread."""

    def __init__(self, send: Send, most: int) -> None:
        self.send, self.most = send, most
        self._pool = ThreadPoolExecutor(most, thread_name_prefix="sms") if most > 1 else None
        self._under_way: dict[Future[Verdict], UUID] = {}

    def __enter__(self) -> "InFlight":
        return self

    def __exit__(self, *_error: object) -> None:
        if self._pool:
            self._pool.shutdown(wait=True)

    def __len__(self) -> int:
        return len(self._under_way)

    @property
    def free(self) -> int:
        return self.most - len(self)

    def start(self, message: Outgoing) -> None:
        """Make the call; its answer comes from `answers`."""
        future: Future[Verdict] = self._pool.submit(self.send, message) if self._pool else _called(self.send, message)
        self._under_way[future] = message.out_id

    def answers(self) -> list[tuple[UUID, Verdict]]:
        """Wait for the next call to be answered; that answer and all others that are there, each once."""
        done, _others = wait(self._under_way, return_when=FIRST_COMPLETED)
        return [(self._under_way.pop(future), future.result()) for future in done]


def _called(send: Send, message: Outgoing) -> "Future[Verdict]":
    future: Future[Verdict] = Future()
    future.set_result(send(message))
    return future
