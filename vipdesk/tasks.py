"""Celery's way in: names and ids come, one call is made."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.utils.module_loading import import_string

from vipdesk import jobs, outbox, sweeps


@shared_task
def tick() -> None:
    """Once a minute: every run that waits, and every sweep, as a task of its own, so that none holds up another."""
    for run_id in jobs.tick():
        jobs.enqueue(run_job, run_id)
    for name in settings.SWEEPS:
        jobs.enqueue(sweep, name)


@shared_task
def run_job(run_id: int) -> None:
    jobs.perform(run_id)


@shared_task
def sweep(name: str) -> None:
    # Only what settings list: the broker must not decide what is imported.
    if name in settings.SWEEPS:
        with sweeps.Noted(name):
            import_string(name)()


@shared_task
def send_outbox() -> None:
    outbox.send_due()
