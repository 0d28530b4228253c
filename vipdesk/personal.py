"""What the desk holds about a person, part by part: how each part shows it to them, and how it takes it out.

Each app lists its parts in settings.PERSONAL_DATA by dotted name. This module knows what a part is, how the traces of a
person are found in text that somebody typed, and the parts of the plumbing's own tables.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.db.models import BooleanField, Func, Model, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pghistory.models import Context

from vipdesk.held import HeldSubmission
from vipdesk.jobs import ScheduleRun
from vipdesk.outbox import OutboxMessage
from vipdesk.submissions import SubmissionConflict
from vipdesk.templatetags.nights import moment

STRUCK = "—"  # what stands where a trace stood
SHORTEST_NAME, SHORTEST_WORD = 2, 4
_BETWEEN = r"[ .·()\u00a0-]{0,2}"
_DIGIT = "0-9０-９"


@dataclass(frozen=True, kw_only=True)
class Person:
    """Whom a part shows or takes out: a guest with every record merged into theirs.

    `keys`: of these records, the living one first. `numbers` (E.164): all they have or had and nobody else has by now.
    `names` and `words` (addresses, member numbers): as they are and ever were. `forms`: the UUIDs they came in under.
    """

    keys: tuple[int, ...]
    numbers: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    forms: frozenset[UUID] = frozenset()

    @cached_property
    def numbers_pattern(self) -> str:
        """Matches a number however it is written; understood by Python and PostgreSQL alike. Empty: there is none."""
        return "|".join(_written(number) for number in sorted(self.numbers))

    @cached_property
    def words_pattern(self) -> str:
        return _any_of(self.words, SHORTEST_WORD)

    @cached_property
    def names_pattern(self) -> str:
        return _any_of(self.names, SHORTEST_NAME)

    @property
    def pattern(self) -> str:
        """Any trace at all. Others may have the name: only for text whose loss of it hurts nobody."""
        return "|".join(filter(None, (self.numbers_pattern, self.words_pattern, self.names_pattern)))


def _written(number: str) -> str:
    """A number with or without its country and with whatever people put between digits; others by their last eight."""
    country = r"(?:\+|00)?86" if number.startswith("+86") else rf"\+?[{_DIGIT}]{{1,5}}"
    spaced = _BETWEEN.join(f"[{digit}{_wide(digit)}]" for digit in _digits(number))
    return f"(?<![{_DIGIT}])(?:{country}{_BETWEEN})?{spaced}(?![{_DIGIT}])"


def _digits(number: str) -> str:
    return number[3:] if number.startswith("+86") else number[-8:]


def _wide(digit: str) -> str:
    return chr(ord(digit) + 0xFEE0)


def _any_of(texts: Iterable[str], shortest: int) -> str:
    """The longest first, so that it goes whole."""
    return "|".join(_whole(text) for text in sorted(texts, key=len, reverse=True) if len(text) >= shortest)


def _whole(text: str) -> str:
    """A text by itself: Li is not in Alice, whereas Chinese has no word borders."""
    head = "(?<![A-Za-z])" if text[0].isascii() and text[0].isalpha() else ""
    tail = "(?![A-Za-z])" if text[-1].isascii() and text[-1].isalpha() else ""
    return f"{head}{re.escape(text)}{tail}"


@dataclass(frozen=True)
class Section:
    """Something held about a person, for them to read: what it is, and (what, value), in the active language."""

    title: str
    rows: list[tuple[str, str]]


@dataclass(frozen=True)
class Erased:
    """What a part did: rows emptied, rewritten or deleted by model label, and sums that were kept, in words."""

    removed: dict[str, int] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class FreeText:
    """Columns in which somebody may have named a person when they wrote about another (`vipdesk.mentions`).

    `rows`: those that `erase` leaves as they are but for numbers. `history`: the model of their earlier states.
    """

    rows: Callable[[Person], QuerySet[Any]]
    fields: tuple[str, ...]
    history: type[Model] | None = None

    def histories(self) -> Iterable[tuple[type[Model], tuple[str, ...]]]:
        """The history's model, if there is one, with those of the columns that it keeps and the reason of a change."""
        if self.history is not None:
            kept = {column.name for column in self.history._meta.get_fields()}
            yield self.history, tuple(name for name in (*self.fields, "pgh_context") if name in kept)


@dataclass(frozen=True, kw_only=True)
class PersonalData:
    """One part of what is held. `collect` changes nothing; `erase` runs inside `appendonly.erasing()`, with the
    person's records locked, and may count on nothing that another part has or has not done. `texts`: where the
    person's name may stand in what was written about others."""

    name: str | Promise
    collect: Callable[[Person], Iterable[Section]]
    erase: Callable[[Person], Erased]
    texts: tuple[FreeText, ...] = ()


def registry() -> list[PersonalData]:
    """Every part, as settings.PERSONAL_DATA lists them."""
    return list(by_code().values())


def by_code() -> dict[str, PersonalData]:
    """The same by the code under which a proof names a part: its app and its name there, "visits.ROOMS"."""
    parts = {dotted: import_string(dotted) for dotted in settings.PERSONAL_DATA}
    return {f"{dotted.split('.')[0]}.{dotted.rsplit('.', 1)[1]}": part for dotted, part in parts.items()}


def holding(rows: QuerySet[Any], pattern: str, *fields: str) -> QuerySet[Any]:
    """Those of `rows` that hold a trace in one of `fields`, text or JSON; the whole table is read for it."""
    if not pattern:
        return rows.none()
    texts = {f"{name}_as_text": Cast(name, TextField()) for name in fields}
    found = Q()
    for text in texts:
        found |= Q(**{f"{text}__iregex": pattern})
    return cast("QuerySet[Any]", rows.alias(**texts).filter(found))


def strike_out(rows: QuerySet[Any], pattern: str, *fields: str) -> int:
    """Put a dash for every trace in the text or JSON `fields` of `rows`; how many rows had one. For tables of the
    desk's own, which are small."""
    return _strike(holding(rows, pattern, *fields), pattern, fields)


def strike_out_numbers(rows: QuerySet[Any], person: Person, *fields: str) -> int:
    """The same for the person's numbers alone, among all guests: a million rows are read in about a second."""
    text = Concat(*(Cast(name, TextField()) for name in fields), Value("", TextField()))
    found = Q()
    for likeness in (like for number in person.numbers for like in _likenesses(number)):
        found |= Q(_Like(text, Value(likeness)))
    return _strike(rows.filter(found), person.numbers_pattern, fields) if found else 0


class _Like(Func):
    """LIKE with a pattern of our own making, which Django's look-ups would quote."""

    template, arg_joiner, output_field = "%(expressions)s", " LIKE ", BooleanField()


def _likenesses(number: str) -> Iterable[str]:
    """The digits in their order with whatever between: all that the pattern finds and a little more, at a tenth of the
    price of a regular expression."""
    for digits in (_digits(number), "".join(map(_wide, _digits(number)))):
        yield f"%{'%'.join(digits)}%"


def _strike(found: QuerySet[Any], pattern: str, fields: Sequence[str]) -> int:
    count = 0
    for row in found.only(*fields):
        before = {name: getattr(row, name) for name in fields}
        after = {name: struck(value, pattern) for name, value in before.items()}
        if after != before:
            count += found.model._base_manager.filter(pk=row.pk).update(**after)
    return count


def is_in(text: str, pattern: str) -> bool:
    return bool(pattern and re.search(pattern, text, re.IGNORECASE))


def struck(value: Any, pattern: str) -> Any:
    """A text, or the texts in a JSON value, with a dash for each trace."""
    if isinstance(value, str):
        return re.sub(pattern, STRUCK, value, flags=re.IGNORECASE)
    if isinstance(value, list):
        return [struck(one, pattern) for one in value]
    if isinstance(value, int) and is_in(str(value), pattern):
        return STRUCK
    if isinstance(value, dict):
        return {struck(key, pattern): struck(one, pattern) for key, one in value.items()}
    return value


def label(model: type[Model]) -> str:
    """How `Erased.removed` names a table; the proof page says it in words."""
    return model._meta.label


# --- forms that came under a UUID already taken ---------------------------------------------------------------------


def _conflicts(person: Person) -> list[SubmissionConflict]:
    """What was kept of this person: by number, or by two of UUID, name and address, since a form that came under their
    UUID may be another guest's, and nothing typed is lost."""
    kept = SubmissionConflict.objects.exclude(content="{}")
    return [conflict for conflict in kept.iterator() if _is_about(person, conflict)]


def _is_about(person: Person, conflict: SubmissionConflict) -> bool:
    return _is_in_form(person, conflict.client_id, json.loads(conflict.content))


def _is_in_form(person: Person, client_id: UUID, content: Any) -> bool:
    text = "\n".join(texts_in(content))
    signs = (client_id in person.forms, is_in(text, person.names_pattern), is_in(text, person.words_pattern))
    return is_in(text, person.numbers_pattern) or sum(signs) > 1


def texts_in(value: Any) -> Iterable[str]:
    """A text, or the texts in a JSON value."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts_in(one)
    else:
        yield str(value)


def _collect_conflicts(person: Person) -> Iterable[Section]:
    for conflict in _conflicts(person):
        sent = [(key, ", ".join(texts_in(value))) for key, value in json.loads(conflict.content).items()]
        yield Section(_("Form that contradicted an earlier one, %(at)s") % {"at": moment(conflict.received_at)}, sent)


def _erase_conflicts(person: Person) -> Erased:
    # The fingerprint of what was sent stays, here and in the receipts: by it alone a tablet that lost its answer and
    # sends the form again is answered as the first time, instead of bringing the guest back.
    keys = [conflict.pk for conflict in _conflicts(person)]
    return Erased({label(SubmissionConflict): SubmissionConflict.objects.filter(pk__in=keys).update(content="{}")})


CONFLICTS = PersonalData(name=gettext_lazy("Conflicting forms"), collect=_collect_conflicts, erase=_erase_conflicts)


# --- forms from a tablet that wait to be mended, or did -------------------------------------------------------------


def _held(person: Person) -> list[HeldSubmission]:
    kept = HeldSubmission.objects.exclude(fields="[]")
    return [one for one in kept.iterator() if _is_in_form(person, one.client_id, json.loads(one.fields))]


def _collect_held(person: Person) -> Iterable[Section]:
    for one in _held(person):
        sent = [(name, value) for name, value in json.loads(one.fields) if value]
        yield Section(_("Form from a tablet, typed %(at)s") % {"at": moment(one.happened_at)}, sent)


def _erase_held(person: Person) -> Erased:
    """Forms about the person are emptied; in others, such as a visit to their friends, their traces are struck out."""
    count = 0
    for one in HeldSubmission.objects.exclude(fields="[]"):
        before = json.loads(one.fields)
        if _is_in_form(person, one.client_id, before):
            one.fields, one.outcome = "[]", one.outcome or HeldSubmission.Outcome.DROPPED
            one.settled_at = one.settled_at or timezone.now()
        elif (after := struck(before, person.pattern)) != before:
            one.fields = json.dumps(after)
        else:
            continue
        one.save(update_fields=["fields", "outcome", "settled_at"])
        count += 1
    return Erased({label(HeldSubmission): count})


HELD = PersonalData(name=gettext_lazy("Forms from tablets"), collect=_collect_held, erase=_erase_held)


# --- what the machinery wrote --------------------------------------------------------------------------------------

_MESSAGE = ("target", "subject", "body", "payload")
_RUN = ("summary", "error")


def _collect_machinery(person: Person) -> Iterable[Section]:
    found = holding(OutboxMessage.objects.order_by("pk"), person.numbers_pattern, *_MESSAGE)
    rows = [(moment(message.created_at), message.subject or message.body) for message in found]
    if rows:
        yield Section(_("Messages to staff that name the number"), rows)


def _erase_machinery(person: Person) -> Erased:
    return Erased(
        {
            label(OutboxMessage): strike_out(OutboxMessage.objects.all(), person.pattern, *_MESSAGE),
            label(ScheduleRun): strike_out(ScheduleRun.objects.all(), person.pattern, *_RUN),
            # History's triggers leave a copy here of why each change was made. The events have it themselves and
            # nobody reads this one, so that it goes whole, whomever it is about.
            label(Context): Context.objects.all().delete()[0],
        }
    )


MACHINERY = PersonalData(name=gettext_lazy("Messages and jobs"), collect=_collect_machinery, erase=_erase_machinery)
