"""The states of a complaint and who may move it where: one table, which docs/complaints.md repeats (a test compares).

Pure: no database. Whoever sees a complaint may add a note to it; everything else stands here.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MANAGER, OPERATIONS, DESK = "manager", "operations", "desk"  # the desk: by itself, in the sweep


class State(TextChoices):
    NEW = "new", gettext_lazy("new")
    IN_HAND = "in_hand", gettext_lazy("in hand")
    ESCALATED = "escalated", gettext_lazy("escalated")
    SOLVED = "solved", gettext_lazy("solved")
    CLOSED = "closed", gettext_lazy("closed")
    REOPENED = "reopened", gettext_lazy("reopened")


class Verb(TextChoices):
    TAKE = "take", gettext_lazy("take in hand")
    ANSWER = "answer", gettext_lazy("answer the guest")
    ASSIGN = "assign", gettext_lazy("give to a manager")
    ESCALATE = "escalate", gettext_lazy("escalate")
    SOLVE = "solve", gettext_lazy("solve")
    CLOSE = "close", gettext_lazy("close")
    REOPEN = "reopen", gettext_lazy("reopen")


S, V = State, Verb
# Somebody still owes the guest something.
OPEN = (S.NEW, S.IN_HAND, S.ESCALATED, S.REOPENED)


class CannotMove(Exception):
    """This move is not on the table from where the complaint stands; the sentence is for who asked."""


@dataclass(frozen=True)
class Rule:
    """One move: from where, to where, by whom; `unless_escalated`: a manager no more once it was ever escalated."""

    verb: Verb
    begin: State
    end: State
    who: tuple[str, ...]
    unless_escalated: bool = False

    def allows(self, who: Collection[str], was_escalated: bool) -> bool:
        mine = set(self.who) & set(who)
        return bool(mine - {MANAGER} if self.unless_escalated and was_escalated else mine)


_FLOOR = (MANAGER, OPERATIONS)
TABLE = (
    Rule(V.TAKE, S.NEW, S.IN_HAND, _FLOOR),
    Rule(V.TAKE, S.REOPENED, S.IN_HAND, _FLOOR),
    Rule(V.TAKE, S.ESCALATED, S.IN_HAND, (OPERATIONS,)),
    Rule(V.ANSWER, S.NEW, S.IN_HAND, _FLOOR),
    Rule(V.ANSWER, S.REOPENED, S.IN_HAND, _FLOOR),
    Rule(V.ANSWER, S.IN_HAND, S.IN_HAND, _FLOOR),
    Rule(V.ANSWER, S.ESCALATED, S.ESCALATED, _FLOOR),
    Rule(V.ASSIGN, S.NEW, S.NEW, (OPERATIONS,)),
    Rule(V.ASSIGN, S.REOPENED, S.REOPENED, (OPERATIONS,)),
    Rule(V.ASSIGN, S.IN_HAND, S.IN_HAND, (OPERATIONS,)),
    Rule(V.ASSIGN, S.ESCALATED, S.IN_HAND, (OPERATIONS,)),
    Rule(V.ESCALATE, S.NEW, S.ESCALATED, (MANAGER, OPERATIONS, DESK)),
    Rule(V.ESCALATE, S.REOPENED, S.ESCALATED, (MANAGER, OPERATIONS, DESK)),
    Rule(V.ESCALATE, S.IN_HAND, S.ESCALATED, (MANAGER, OPERATIONS, DESK)),
    Rule(V.ESCALATE, S.ESCALATED, S.ESCALATED, (DESK,)),  # for a further cause
    Rule(V.SOLVE, S.NEW, S.SOLVED, _FLOOR),
    Rule(V.SOLVE, S.REOPENED, S.SOLVED, _FLOOR),
    Rule(V.SOLVE, S.IN_HAND, S.SOLVED, _FLOOR),
    Rule(V.SOLVE, S.ESCALATED, S.SOLVED, (OPERATIONS,)),
    Rule(V.CLOSE, S.SOLVED, S.CLOSED, _FLOOR, unless_escalated=True),
    Rule(V.REOPEN, S.SOLVED, S.REOPENED, _FLOOR),
    Rule(V.REOPEN, S.CLOSED, S.REOPENED, _FLOOR),
)


def move(verb: Verb, begin: str, who: Collection[str], *, was_escalated: bool = False) -> State:
    """Where this move leads. Raises `CannotMove` where it is not on the table for any of `who`."""
    for rule in TABLE:
        if (rule.verb, rule.begin) == (verb, begin) and rule.allows(who, was_escalated):
            return rule.end
    said = {"state": State(begin).label, "move": Verb(verb).label}
    raise CannotMove(_("This complaint is %(state)s: you cannot “%(move)s” it now.") % said)


def moves(begin: str, who: Collection[str], *, was_escalated: bool = False) -> list[Verb]:
    """What may be done from here, in the order of the table."""
    found = [rule.verb for rule in TABLE if rule.begin == begin and rule.allows(who, was_escalated)]
    return list(dict.fromkeys(found))
