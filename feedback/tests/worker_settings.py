"""Settings of the worker processes that test_killed_sweep.py starts and kills."""

import os

from vipdesk.settings_test import *  # noqa: F403

JOBS = []
SWEEPS = ["feedback.escalating.sweep", "vipdesk.outbox.sweep"]
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = os.environ["LETTERS"]
