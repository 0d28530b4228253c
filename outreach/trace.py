"""What calls and messages brought (T9 T10, G13): a call or an SMS, a visit within so many days, what was spent.

Every party is counted once, for the last call or message that reached one of its guests before they sat down, within
the rules' days; of a call with several reasons it counts for the first (birthday, bottle, member day, new guest). What
a party spent is the larger of its bills and of what was noted of its room, as everywhere. Amounts in yuan.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from outreach.choices import CallOutcome, ReasonKind

SMALL = 30  # calls or messages below which a share says nothing
NOTHING = Decimal(0)
_SPOKEN = [CallOutcome.COMING.value, CallOutcome.THINKING.value, CallOutcome.NOT_INTERESTED.value]
_HAVE = ["accepted", "delivered"]

# touch    a guest (as they go on) who was spoken to, or got a message: how, why, by whom, when
# came     each guest of a party
# credit   a party and the last touch before it
_TRACE = """
WITH merged (id, root) AS (
    SELECT id, merged_into_id FROM customers_customer WHERE merged_into_id IS NOT NULL
),
touch AS MATERIALIZED (
    SELECT 'call' AS how, 'c' || call.id AS key, coalesce(m.root, call.customer_id) AS customer_id, call.at, call.night,
           call.manager_id, (SELECT r.kind FROM outreach_callreason r WHERE r.entry_id = call.entry_id
                             ORDER BY array_position(%(order)s, r.kind::text), r."on" LIMIT 1) AS why
    FROM outreach_call call LEFT JOIN merged m ON m.id = call.customer_id
    WHERE call.night BETWEEN %(first)s AND %(last)s AND call.outcome = ANY(%(spoken)s)
    UNION ALL
    SELECT 'sms', 's' || t.id, coalesce(m.root, s.customer_id), t.started_at, t.night, NULL, p.code
    FROM outreach_smsattempt t JOIN outreach_smsmessage s ON s.id = t.message_id
    JOIN outreach_smsbatch b ON b.id = s.batch_id JOIN outreach_campaign p ON p.id = b.campaign_id
    LEFT JOIN merged m ON m.id = s.customer_id
    WHERE b.night BETWEEN %(first)s AND %(last)s AND t.state = ANY(%(have)s)
),
guest AS (
    SELECT id AS party_id, customer_id FROM visits_party WHERE customer_id IS NOT NULL
    UNION SELECT party_id, customer_id FROM visits_partyguest
),
came AS (
    SELECT p.id AS party_id, p.seated_at, p.night, coalesce(m.root, g.customer_id) AS customer_id
    FROM guest g JOIN visits_party p ON p.id = g.party_id LEFT JOIN merged m ON m.id = g.customer_id
    WHERE p.night BETWEEN %(first)s AND %(last)s::date + %(days)s
),
credit AS (
    SELECT DISTINCT ON (c.party_id) c.party_id, t.key, t.customer_id
    FROM came c JOIN touch t ON t.customer_id = c.customer_id AND c.seated_at > t.at AND c.night <= t.night + %(days)s
    ORDER BY c.party_id, t.at DESC, t.key DESC
),
spent AS (
    SELECT c.party_id, c.key, greatest(
        coalesce((SELECT sum(b.amount) FROM targets_charge b WHERE b.party_id = c.party_id AND b.kind = 'room'), 0),
        coalesce((SELECT s.amount FROM visits_partyspend s WHERE s.party_id = c.party_id
                  ORDER BY s.at DESC, s.id DESC LIMIT 1), 0)) AS amount
    FROM credit c
)
SELECT t.how, coalesce(t.why, ''), t.manager_id, count(DISTINCT t.key), count(s.party_id),
       count(DISTINCT t.customer_id) FILTER (WHERE s.party_id IS NOT NULL), coalesce(sum(s.amount), 0)
FROM touch t LEFT JOIN spent s ON s.key = t.key
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


@dataclass(frozen=True)
class Brought:
    """Of one reason, campaign or manager: how many were spoken to or written to, and what followed."""

    name: str
    reached: int = 0
    parties: int = 0
    guests: int = 0
    spent: Decimal = NOTHING

    @property
    def is_small(self) -> bool:
        """Too few to mean anything."""
        return self.reached < SMALL

    @property
    def percent(self) -> int:
        """Visits to a hundred calls or messages; 100 at most, for a bar."""
        return min(100, round(100 * self.parties / self.reached)) if self.reached else 0

    def __add__(self, other: "Brought") -> "Brought":
        return Brought(
            self.name,
            self.reached + other.reached,
            self.parties + other.parties,
            self.guests + other.guests,
            self.spent + other.spent,
        )


@dataclass(frozen=True)
class Trace:
    """A stretch of nights, both inside: `names` of managers are their keys as text."""

    by_reason: list[Brought]
    by_manager: list[Brought]
    by_campaign: list[Brought]

    @property
    def total(self) -> Brought:
        return _sum("", [*self.by_reason, *self.by_campaign])


def trace(*, first: dt.date, last: dt.date, days: int) -> Trace:
    """What followed within `days` of calls and messages from `first` to `last`; one statement."""
    facts: dict[str, Any] = {"first": first, "last": last, "days": days, "spoken": _SPOKEN, "have": _HAVE}
    with connection.cursor() as cursor:
        cursor.execute(_TRACE, facts | {"order": ReasonKind.values})
        rows = [(how, why, manager, Brought("", *counted)) for how, why, manager, *counted in cursor.fetchall()]
    return Trace(
        by_reason=_grouped((why, one) for how, why, _manager, one in rows if how == "call"),
        by_manager=_grouped((str(manager), one) for how, _why, manager, one in rows if how == "call"),
        by_campaign=_grouped((why, one) for how, why, _manager, one in rows if how == "sms"),
    )


def _grouped(rows: Iterable[tuple[str, Brought]]) -> list[Brought]:
    found: dict[str, Brought] = {}
    for name, one in rows:
        found[name] = found.get(name, Brought(name)) + one
    return list(found.values())


def _sum(name: str, rows: Iterable[Brought]) -> Brought:
    total = Brought(name)
    for row in rows:
        total += row
    return total
