"""The desk at a clock that starts where the environment says and goes on from there; perhaps with one more file to keep."""

import datetime as dt
import os
from importlib import import_module
from typing import Any

import time_machine

from vipdesk.tests.served import CLOCK, MORE_FILES

time_machine.travel(dt.datetime.fromisoformat(os.environ[CLOCK]), tick=True).start()

from vipdesk.wsgi import application  # noqa: E402  from here on it is that time

worker: Any = import_module("staff.offline.worker")
worker.FILES += tuple(os.environ[MORE_FILES].split())

__all__ = ["application"]
