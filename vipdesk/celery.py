"""Celery: background work through Redis. Beat only ticks; what is due is decided by vipdesk.jobs and the database.

Redis may be emptied and workers killed at any moment: tasks carry ids only, a claim in PostgreSQL decides whether one
may run, and the next tick enqueues again what got lost. So messages are acknowledged late, and may arrive twice.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vipdesk.settings")

TICK_SECONDS = 60
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

app = Celery("vipdesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    result_expires=None,
    worker_hijack_root_logger=False,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    broker_connection_retry_on_startup=True,
    # Below the lease: whoever may claim the work next must find this one ended.
    task_time_limit=settings.JOB_LEASE.total_seconds() * 0.9,
    task_soft_time_limit=settings.JOB_LEASE.total_seconds() * 0.8,
    # A web request must not wait for a broker that is down: the sweep enqueues again what could not be published.
    task_publish_retry=False,
    broker_transport_options={
        "max_retries": 0,
        # Above the time limit: before that, an unacknowledged task is being worked on.
        "visibility_timeout": int(settings.JOB_LEASE.total_seconds() * 1.5),
        "socket_connect_timeout": 2,
        "socket_timeout": 3,
    },
    # In memory: beat has one entry and remembers nothing, the database does.
    beat_scheduler="celery.beat:Scheduler",
    # A tick that waited longer than a minute is worthless, the next one knows everything that it knew.
    beat_schedule={
        "tick": {
            "task": "vipdesk.tasks.tick",
            "schedule": TICK_SECONDS,
            "options": {"expires": TICK_SECONDS},
            "last_run_at": LONG_AGO,  # so that a beat that starts ticks at once
        }
    },
)
app.autodiscover_tasks()
