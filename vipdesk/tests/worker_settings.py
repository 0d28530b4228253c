"""Settings of the worker processes that test_worker.py starts and kills."""

from vipdesk.settings_test import *  # noqa: F403

JOBS = ["vipdesk.tests.sample_jobs.SLEEPER"]
SWEEPS = ["vipdesk.outbox.sweep"]
