"""What the apps above have to say about a night, called by the dotted names that the settings list."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from staff.models import User
from vipdesk import nights

Facts = Mapping[str, dt.datetime | None]  # by a duty's code: when it was done, None: not yet


@dataclass(frozen=True)
class Cell:
    """One value on the board of a night; `is_bad`: short, late or left out."""

    text: str
    is_bad: bool = False


def of_goal(count: int, goal: int, night: dt.date) -> Cell:
    """A number with its goal beside it; short of it is bad once the shift is over, until then it is under way."""
    return Cell(f"{count} / {goal}", is_bad=count < goal and timezone.now() >= nights.shift_end(night))


@dataclass(frozen=True)
class Gap:
    """Something a night still lacks: a code of `sentence`, the values that belong to it (as JSON has them), and where
    to do it. The sentence is made when it is shown, in the reader's language."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    url: str = ""

    @property
    def text(self) -> str:
        return in_words(self.kept())

    def kept(self) -> dict[str, Any]:
        """As a signature keeps it."""
        return {"code": self.code, **self.values}


_SENTENCES: dict[str, Callable[..., str]] = {}


def sentence(code: str) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Register a function that puts a gap of this code in words; it takes the gap's values as keywords."""

    def keep(say: Callable[..., str]) -> Callable[..., str]:
        _SENTENCES[code] = say
        return say

    return keep


def in_words(gap: Mapping[str, Any] | str) -> str:
    """The sentence of a gap as a signature keeps it; older signatures keep the sentence itself."""
    if isinstance(gap, str):
        return gap
    list(_named("WRAP_UP"))  # loads the modules that register sentences
    values = {name: value for name, value in gap.items() if name != "code"}
    say = _SENTENCES.get(gap["code"])
    return say(**values) if say else str(gap["code"])


Board = dict[int, dict[str, Cell]]  # by a person's key: their values by the column's heading


@dataclass(frozen=True)
class OfRow:
    """What an app has to say that can be read along with the manager's own row: what all apps read so costs one
    statement. `read` gives the expressions, `say` what is made of them. Called by itself, it answers like a function.
    """

    read: Callable[[User, dt.date], Mapping[str, Any]]
    say: Callable[[User, dt.date, Mapping[str, Any]], Any]

    def __call__(self, user: User, night: dt.date) -> Any:
        return tell([self], user, night)[0]


def tell(tellers: Iterable[Callable[..., Any]], user: User, night: dt.date) -> list[Any]:
    """What each of these says; whatever is `OfRow` is read in one statement."""
    tellers = list(tellers)
    reads = {n: one.read(user, night) for n, one in enumerate(tellers) if isinstance(one, OfRow)}
    asked = {f"{name}_{n}": expression for n, read in reads.items() for name, expression in read.items()}
    row = User.objects.filter(pk=user.pk).values(**asked).get() if asked else {}

    def say(n: int, one: Callable[..., Any]) -> Any:
        if not isinstance(one, OfRow):
            return one(user, night)
        return one.say(user, night, {name: row[f"{name}_{n}"] for name in reads[n]})

    return [say(n, one) for n, one in enumerate(tellers)]


def duty_facts(user: User, night: dt.date) -> dict[str, dt.datetime | None]:
    """What ticks itself off: a code that any app names is never ticked by hand. Of two moments the earlier counts."""
    return _merged(tell(_named("DUTY_FACTS"), user, night))


def duty_facts_and(more: OfRow, user: User, night: dt.date) -> tuple[dict[str, dt.datetime | None], Any]:
    """The same, and what `more` says, read along with it."""
    *facts, said = tell([*_named("DUTY_FACTS"), more], user, night)
    return _merged(facts), said


def _merged(told: Iterable[Facts]) -> dict[str, dt.datetime | None]:
    found: dict[str, dt.datetime | None] = {}
    for facts in told:
        for code, at in facts.items():
            known = found.get(code)
            found[code] = min(filter(None, (known, at)), default=None)
    return found


def missing(user: User, night: dt.date) -> list[Gap]:
    """What this person's night still lacks: gaps of this night alone, what older nights lack stands elsewhere."""
    return [gap for gaps in tell(_named("WRAP_UP"), user, night) for gap in gaps]


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
