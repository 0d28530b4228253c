"""A guest's name in what was written about others: found for whoever erases, who says which places are struck out.

A name is as often as not another person's, so that nothing is struck out unasked. Numbers are everywhere (personal.py).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Func, Q, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils.text import capfirst

from vipdesk.personal import SHORTEST_NAME, Erased, FreeText, Person, label, registry, strike_out, texts_in

MOST = 200  # places listed at once
_AROUND = 60  # characters before and after a name
_WILD, _ESCAPED = re.compile(r"([%_\\])"), r"\\\1"
_KEY = re.compile(r"([a-z_]+\.[A-Za-z]+):(\d{1,18})")


@dataclass(frozen=True)
class Mention:
    """A row with the name in it: what it is in words, the place, and whether only an earlier state of it has it. `key`
    is what a form sends back."""

    key: str
    what: str
    before: str
    name: str
    after: str
    is_earlier: bool = False


def find_mentions(person: Person) -> list[Mention]:
    """Rows that the erasure itself leaves as they are, the newest of each table first, at most `MOST`."""
    found: list[Mention] = []
    if not person.names_pattern:
        return found
    for text in _texts():
        if len(found) < MOST:
            found.extend(_mentions(text, person, MOST - len(found)))
    return found


def strike_mentions(person: Person, chosen: Collection[str]) -> Erased:
    """Put a dash for the name in these rows and their earlier states. Keys of other rows and tables do nothing."""
    keys: dict[str, set[int]] = {}
    for found in filter(None, map(_KEY.fullmatch, chosen)):
        keys.setdefault(found[1], set()).add(int(found[2]))
    removed: Counter[str] = Counter()
    for text in _texts() if keys else ():
        rows = text.rows(person)
        if picked := keys.get(label(rows.model)):
            rows = rows.filter(pk__in=picked)
            picked = set(rows.values_list("pk", flat=True))
            removed[label(rows.model)] += strike_out(rows, person.names_pattern, *text.fields)
            for history, fields in text.histories():
                earlier = history._base_manager.filter(pgh_obj__in=picked)
                removed[label(history)] += strike_out(earlier, person.names_pattern, *fields)
    return Erased(dict(removed))


def _texts() -> Iterator[FreeText]:
    for part in registry():
        yield from part.texts


def _mentions(text: FreeText, person: Person, most: int) -> Iterator[Mention]:
    rows = text.rows(person)
    names = [name for name in person.names if len(name) >= SHORTEST_NAME]
    said: dict[int, tuple[re.Match[str], bool]] = {}
    for row in rows.filter(_likely(names, text.fields)).order_by("-pk").only("pk", *text.fields)[:most]:
        if found := _place(row, text.fields, person.names_pattern):
            said[row.pk] = found, False
    for history, fields in text.histories():
        earlier = history._base_manager.filter(_likely(names, fields), pgh_obj__in=rows.values("pk"))
        event: Any
        for event in earlier.order_by("-pk").only("pgh_obj_id", *fields)[:most]:
            if found := _place(event, fields, person.names_pattern):
                said.setdefault(event.pgh_obj_id, (found, True))
    for pk, (found, is_earlier) in list(said.items())[:most]:
        yield _mention(rows.model, pk, found, is_earlier=is_earlier)


def _mention(model: Any, pk: int, found: re.Match[str], *, is_earlier: bool) -> Mention:
    start, end = max(0, found.start() - _AROUND), found.end() + _AROUND
    before = ("…" if start else "") + found.string[start : found.start()]
    after = found.string[found.end() : end] + ("…" if len(found.string) > end else "")
    what = str(capfirst(model._meta.verbose_name))
    return Mention(f"{label(model)}:{pk}", what, before, found[0], after, is_earlier)


def _place(row: Any, fields: tuple[str, ...], pattern: str) -> re.Match[str] | None:
    """Where the name stands first, in one text alone: what else is known of the other person is not shown."""
    texts = (text for name in fields for text in _typed(name, getattr(row, name)))
    return next((found for text in texts if (found := re.search(pattern, text, re.IGNORECASE))), None)


def _typed(name: str, value: Any) -> Iterable[str]:
    """What people typed into a column, JSON values included; of the context of a change that is its reason."""
    return texts_in(value.get("reason", "") if name == "pgh_context" and value else value)


class _ILike(Func):
    template, arg_joiner, output_field = "%(expressions)s", " ILIKE ", BooleanField()


def _likely(names: Collection[str], fields: tuple[str, ...]) -> Q:
    """All rows with a name and a few more: Li is in Alice, and the end of one field meets the beginning of the next."""
    text = Concat(*(Cast(name, TextField()) for name in fields), Value("", TextField()))
    likely = Q(pk__in=[])
    for name in names:
        likely |= Q(_ILike(text, Value(f"%{_WILD.sub(_ESCAPED, name)}%")))
    return likely
