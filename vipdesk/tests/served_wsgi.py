"""The desk at a clock that starts where the environment says and goes on from there."""

import datetime as dt
import os

import time_machine

from vipdesk.tests.served import CLOCK

time_machine.travel(dt.datetime.fromisoformat(os.environ[CLOCK]), tick=True).start()

from vipdesk.wsgi import application  # noqa: E402  from here on it is that time

__all__ = ["application"]
