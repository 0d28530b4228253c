"""Brings the servers up before pytest-django reads the settings, which it does before it reads any conftest.py."""

import os

from vipdesk import embedded

os.environ.setdefault("VIPDESK_HOME", str(embedded.CHECKOUT / ".run" / "test"))
embedded.ensure()
