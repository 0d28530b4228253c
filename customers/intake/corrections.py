"""Which values on file people decided on: what an import leaves as it is (contract.md, "Sheets of guests").

History keeps the row before each change and the context of the change. A value was decided by a person when its last
change was not an import's. A merge is such a decision about both records: what the merged record says, or ever said,
is old news. Values that never changed came with the first row, or with the capture, and a sheet may still update them.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

import pghistory
from django.db import connection

from customers.models import Consent, Customer
from staff.models import User
from vipdesk import coded

IMPORT = "import"  # what history calls the changes that a sheet makes

# pghistory sets these for the rest of the transaction.
_NO_CONTEXT = "SELECT set_config('pghistory.context_id', '', true), set_config('pghistory.context_metadata', '', true)"

Row = Mapping[str, Any]
Value = tuple[Any, ...]


@dataclass(frozen=True)
class Group:
    """Columns that make sense together only; `fold` makes the spellings of one value equal."""

    columns: Sequence[str]
    fold: Callable[[Any], Any] | None = None

    def value_of(self, row: Row) -> Value:
        return tuple(self.fold(row[column]) if self.fold else row[column] for column in self.columns)


Groups = Mapping[str, Group]


@dataclass(frozen=True)
class Corrections:
    """What people decided about one row: the names of groups, and by group the values of records merged into it."""

    decided: frozenset[str] = frozenset()
    former: Mapping[str, frozenset[Value]] = field(default_factory=dict)

    def keeps(self, name: str, value: Value) -> bool:
        """Whether the value on file stays where a sheet says `value`."""
        return name in self.decided or value in self.former.get(name, ())


class GuestCorrections:
    """What people decided about the guests of a batch, read once a row differs from what is on file: a sheet that
    changes nothing asks nothing."""

    def __init__(self, rows: Sequence[Row], groups: Groups) -> None:
        self._rows, self._groups = rows, groups

    @cached_property
    def _by_guest(self) -> dict[int, Corrections]:
        events = Customer.events.rel.related_model
        decided = read_decided(events, self._rows, self._groups)
        former = _former(self._rows, self._groups, events)
        return {
            row["id"]: Corrections(decided.get(row["id"], frozenset()), former.get(row["id"], {}))
            for row in self._rows
            if row["id"] in decided or row["id"] in former
        }

    @cached_property
    def _noes(self) -> frozenset[tuple[int, str]]:
        """Consents that an import wrote down as a no, by the guests as whom they go on."""
        family = {guest: guest for guest in self._by_guest} | _merged_into(list(self._by_guest))
        no = (Consent.Action.REFUSED, Consent.Action.WITHDRAWN)
        log = Consent.objects.filter(customer__in=family, channel=Consent.Channel.IMPORT, action__in=no)
        return frozenset((family[pk], kind) for pk, kind in log.order_by().values_list("customer", "kind"))

    def keeps(self, guest: int, name: str, values: Row) -> bool:
        """Whether what is on file of a group stays where a sheet says `values`."""
        found, group = self._by_guest.get(guest), self._groups[name]
        return bool(found and found.keeps(name, group.value_of(values)))

    def has_import_said_no(self, guest: int, kind: str) -> bool:
        return guest in self._by_guest and (guest, kind) in self._noes


@contextmanager
def import_context(filename: str, user: User | None) -> Iterator[None]:
    """Changes within the block are an import's in history; what follows in a transaction around it is not."""
    context: dict[str, Any] = {"reason": coded.write("history.imported", filename=filename), "kind": IMPORT}
    with pghistory.context(**context, **({"user": user.pk} if user else {})):
        yield
    if connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute(_NO_CONTEXT)


def read_decided(
    event_model: Any, rows: Iterable[Row], groups: Groups, *, passed_over: Collection[str] = ()
) -> dict[int, frozenset[str]]:
    """Groups that people decided, by the key of each row (`id` and the columns of `groups`); one statement. Changes of
    the kinds `passed_over` decide nothing: the importer has rules of its own for them."""
    current = {row["id"]: row for row in rows}
    if not current:
        return {}
    events = event_model.objects.filter(pgh_obj__in=current).order_by("pgh_obj", "pgh_created_at", "pgh_id")
    states = events.values("pgh_obj_id", "pgh_context", *_columns(groups))
    decided: dict[int, frozenset[str]] = {}
    for key, history in groupby(states, key=itemgetter("pgh_obj_id")):
        decided[key] = _decided([*history, current[key]], groups, passed_over)
    return decided


def _decided(states: Sequence[Row], groups: Groups, passed_over: Collection[str]) -> frozenset[str]:
    """Groups whose last change was not an import's. Each state but the last, the present, holds what ended it."""
    by_person: dict[str, bool] = {}
    for before, after in pairwise(states):
        kind = (before["pgh_context"] or {}).get("kind")
        for name, group in groups.items() if kind not in passed_over else ():
            if group.value_of(before) != group.value_of(after):
                by_person[name] = kind != IMPORT
    return frozenset(name for name, is_persons in by_person.items() if is_persons)


def _columns(groups: Groups) -> list[str]:
    return [column for group in groups.values() for column in group.columns]


def _former(rows: Sequence[Row], groups: Groups, events: Any) -> dict[int, dict[str, frozenset[Value]]]:
    """By guest and group, what the records that were merged into them say and ever said."""
    columns = _columns(groups)
    stands_for = _merged_into([row["id"] for row in rows])
    if not stands_for:
        return {}
    values: dict[int, dict[str, set[Value]]] = defaultdict(lambda: defaultdict(set))
    merged = Customer.objects.filter(pk__in=stands_for).values("id", *columns)
    history = events.objects.filter(pgh_obj__in=stands_for).values("pgh_obj_id", *columns)
    for key, row in [*((r["id"], r) for r in merged), *((r["pgh_obj_id"], r) for r in history)]:
        for name, group in groups.items():
            values[stands_for[key]][name].add(group.value_of(row))
    return {key: {name: frozenset(said) for name, said in found.items()} for key, found in values.items()}


def _merged_into(guests: Sequence[int]) -> dict[int, int]:
    """Records that were merged into one of these guests, by whom they go on as."""
    rows = Customer.objects.filter(merged_into__in=guests).order_by().values_list("pk", "merged_into")
    return {pk: into for pk, into in rows if into}
