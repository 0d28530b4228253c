"""What tasks and signed nights may hold of a guest, taken out when they are erased (PIPL; domain.md, "Erasure")."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staff.models import Leave, NightSignature, Task, TaskFor
from vipdesk import nights
from vipdesk.personal import Erased, FreeText, Person, PersonalData, Section, holding, label, strike_out
from vipdesk.templatetags.nights import moment, night

_TASK, _SIGNED = ("title", "detail"), ("note", "summary")


def _collect(person: Person) -> Iterable[Section]:
    """By number: names are other people's as often as not."""
    pattern = person.numbers_pattern
    given = holding(Task.objects.order_by("pk"), pattern, *_TASK)
    answered = holding(TaskFor.objects.order_by("pk"), pattern, "answer")
    signed = holding(NightSignature.objects.order_by("pk"), pattern, "note")
    tasks = [(moment(one.given_at), f"{one.title} {one.detail}".strip()) for one in given]
    answers = [(moment(one.done_at), one.answer) for one in answered]
    notes = [(night(one.night), one.note) for one in signed]
    if tasks or answers or notes:
        yield Section(_("Tasks and notes of staff that name the number"), tasks + answers + notes)


def _erase(person: Person) -> Erased:
    """Every trace in nights that are over and in tasks that hold a number or an address of theirs. A name alone in a
    task still to be done stays: it may be another's, and somebody has to do it."""
    running = Q(night__gte=nights.tonight())
    sure = "|".join(filter(None, (person.numbers_pattern, person.words_pattern)))
    answered = list(holding(TaskFor.objects.all(), sure, "answer").values_list("task", flat=True))
    about = [*holding(Task.objects.filter(running), sure, *_TASK).values_list("pk", flat=True), *answered]
    tasks = Task.objects.filter(~running | Q(pk__in=about))
    answers = TaskFor.objects.filter(task__in=tasks)
    return Erased(
        {
            label(Task): strike_out(tasks, person.pattern, *_TASK),
            label(TaskFor): strike_out(answers, person.pattern, "answer"),
            label(NightSignature): strike_out(NightSignature.objects.all(), person.pattern, *_SIGNED),
            label(Leave): strike_out(Leave.objects.all(), sure, "note"),
        }
    )


def _running_tasks(person: Person) -> QuerySet[Task]:
    return Task.objects.filter(night__gte=nights.tonight())


def _answers(person: Person) -> QuerySet[TaskFor]:
    return TaskFor.objects.exclude(answer="").filter(task__night__gte=nights.tonight())


def _leaves(person: Person) -> QuerySet[Leave]:
    return Leave.objects.exclude(note="")


TASKS = PersonalData(
    name=gettext_lazy("Tasks and signed nights"),
    collect=_collect,
    erase=_erase,
    texts=(
        FreeText(rows=_running_tasks, fields=_TASK),
        FreeText(rows=_answers, fields=("answer",)),
        FreeText(rows=_leaves, fields=("note",)),
    ),
)
