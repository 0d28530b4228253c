"""Who sat where when, asked for many moments at once: what a bill of a room has to be told (domain.md, "Charges")."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

_WHO_SAT = """
    SELECT t.n, p.id, p.attributed_to_id
    FROM json_to_recordset(%s) AS t(n integer, room_id bigint, at timestamptz)
    JOIN visits_roomhold h ON h.room_id = t.room_id AND h.during @> t.at
    JOIN visits_party p ON p.id = h.party_id
"""


@dataclass(frozen=True)
class Sat:
    """A party by its key, and whose it is (None: nobody's yet)."""

    party: int
    attributed_to: int | None


def who_sat(places: Sequence[tuple[int, dt.datetime]]) -> list[Sat | None]:
    """For each room (key) and moment the party that sat there then, where there was one; one statement.

    A party covers a room from the moment it sits down until, and without, the moment it leaves: no two cover one
    moment.
    """
    if not places:
        return []
    asked = [{"n": n, "room_id": room, "at": at.isoformat()} for n, (room, at) in enumerate(places)]
    found: list[Sat | None] = [None] * len(places)
    with connection.cursor() as cursor:
        cursor.execute(_WHO_SAT, [json.dumps(asked)])
        for n, party, attributed_to in cursor.fetchall():
            found[n] = Sat(party, attributed_to)
    return found
