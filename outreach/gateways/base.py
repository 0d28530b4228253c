"""What every gateway speaks: a message out, a verdict back, a receipt later."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar
from uuid import UUID


class Said(Enum):
    """`FAILED`: refused for good because of this number. `BUSY`: not taken, come back later. `AWAY`: nobody was there
    to take it. `CLOSED`: not taken, and no other message would be (key, money, limit, template). `NOT_FOUND`: a query
    knows nothing."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    FAILED = "failed"
    BUSY = "busy"
    AWAY = "away"
    CLOSED = "closed"
    UNKNOWN = "unknown"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """A message as handed over: `number` is E.164, `out_id` our name for this try, which is reported on if
    `is_reported`."""

    out_id: UUID
    number: str
    text: str
    signature: str = ""
    template_code: str = ""
    is_reported: bool = True


@dataclass(frozen=True)
class Verdict:
    """What a provider said: a code for the record, its own name for the message, seconds of pause it asked for."""

    said: Said
    code: str = ""
    provider_id: str = ""
    pause: float = 0.0


@dataclass(frozen=True)
class Receipt:
    """What a provider reports of an earlier try; `said` None: nothing that changes where the message stands."""

    code: str
    said: Said | None


class Gateway(ABC):
    """`send` answers within a known time and never raises for what the provider does."""

    name: ClassVar[str]
    needs_template: ClassVar[bool] = False
    can_query: ClassVar[bool] = False

    def check(self) -> None:  # noqa: B027  most need nothing
        """Before anything is sent. Raises ImproperlyConfigured: a setting is missing or makes no sense."""

    @abstractmethod
    def send(self, message: Outgoing) -> Verdict: ...

    def query(self, message: Outgoing, sent_at: dt.datetime) -> Verdict:
        """What became of a try whose answer was lost. Only where `can_query`."""
        raise NotImplementedError

    def parse_receipt(self, fields: Mapping[str, str]) -> Receipt | None:
        """None for what is no receipt of this gateway."""
        return None
