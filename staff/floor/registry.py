"""What the apps above have to say about a night, called by the dotted names that the settings list."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from staff.models import User

Facts = Mapping[str, dt.datetime | None]  # by a duty's code: when it was done, None: not yet


@dataclass(frozen=True)
class Cell:
    """One value on the board of a night; `is_bad`: short, late or left out."""

    text: str
    is_bad: bool = False


@dataclass(frozen=True)
class Missing:
    """Something a night still lacks, and where to do it."""

    text: str
    url: str = ""


Board = dict[int, dict[str, Cell]]  # by a person's key: their values by the column's heading


def duty_facts(user: User, night: dt.date) -> dict[str, dt.datetime | None]:
    """What ticks itself off: a code that any app names is never ticked by hand. Of two moments the earlier counts."""
    found: dict[str, dt.datetime | None] = {}
    for tell in _named("DUTY_FACTS"):
        facts: Facts = tell(user, night)
        for code, at in facts.items():
            known = found.get(code)
            found[code] = min(filter(None, (known, at)), default=None)
    return found


def missing(user: User, night: dt.date) -> list[Missing]:
    """What this person's night still lacks; each app answers with sentences, alone or with their address."""
    said: list[str | tuple[str, str]] = [line for tell in _named("WRAP_UP") for line in tell(user, night)]
    return [Missing(line) if isinstance(line, str) else Missing(*line) for line in said]


def board(night: dt.date) -> tuple[list[str], Board]:
    """Everybody's values of a night and the headings of their columns, in the order of the settings."""
    headings: dict[str, None] = {}
    rows: Board = {}
    for tell in _named("NIGHT_COLUMNS"):
        columns: Mapping[int, Mapping[str, str | Cell]] = tell(night)
        for person, values in columns.items():
            headings |= dict.fromkeys(values)
            cells = {heading: Cell(v) if isinstance(v, str) else v for heading, v in values.items()}
            rows[person] = rows.get(person, {}) | cells
    return list(headings), rows


def _named(setting: str) -> Iterator[Callable[..., Any]]:
    names: Sequence[str] = getattr(settings, setting)
    return (import_string(name) for name in names)
