"""Tasks from leaders (D8): given with a due time to one or several, read, done, withdrawn.

Every function is one transaction and harmless when repeated: what somebody did first stands.
"""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from staff.models import Task, TaskFor, User
from vipdesk import nights


@transaction.atomic
def give_task(*, task: Task, to: Sequence[User]) -> Task:
    """Give a task (unsaved: title, detail, due time, giver) to these people, on the night of its due time."""
    task.night = nights.night_of(task.due_at)
    task.save(force_insert=True)
    TaskFor.objects.bulk_create(TaskFor(task=task, user=user) for user in to)
    return task


def withdraw_task(*, task: Task) -> bool:
    """Take a task back: nobody sees it as theirs any more. False where it was taken back before."""
    return Task.objects.filter(pk=task.pk, withdrawn_at=None).update(withdrawn_at=timezone.now()) == 1


def acknowledge(*, task: TaskFor) -> bool:
    """Got it: the person has read it. False where they had before, or where it was withdrawn."""
    waiting = open_tasks().filter(pk=task.pk, acknowledged_at=None)
    return waiting.update(acknowledged_at=timezone.now()) == 1


@transaction.atomic
def finish(*, task: TaskFor, answer: str = "") -> bool:
    """Done, with an answer for who gave it; what is done has been read. False where it was done or withdrawn before."""
    acknowledge(task=task)
    return open_tasks().filter(pk=task.pk).update(done_at=timezone.now(), answer=answer) == 1


def open_tasks() -> QuerySet[TaskFor]:
    """What people still have to do."""
    return TaskFor.objects.filter(done_at=None, task__withdrawn_at=None)


def open_tasks_of(user: User) -> QuerySet[TaskFor]:
    """Somebody's open tasks by due time, whatever their night: what is not done stays."""
    return open_tasks().filter(user=user).select_related("task__given_by").order_by("task__due_at", "task")


def given_since(night: dt.date) -> QuerySet[Task]:
    """Tasks of this night and later, and older ones that somebody still has open; the latest due first."""
    is_open = Q(pk__in=open_tasks().values("task"))
    by_name = TaskFor.objects.select_related("user").order_by("user__username")
    return (
        Task.objects.filter(Q(night__gte=night) | is_open)
        .select_related("given_by")
        .prefetch_related(Prefetch("people", by_name))
        .order_by("-due_at", "-pk")
    )
