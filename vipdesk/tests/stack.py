"""Brings the servers up before pytest-django reads the settings, which it does before it reads any conftest.py."""

import os
import secrets

from vipdesk import embedded

os.environ.setdefault("VIPDESK_HOME", str(embedded.CHECKOUT / ".run" / "test"))
embedded.ensure()
if os.environ.get("DATABASE_URL") and not os.environ.get("SECRET_KEY"):
    # On real servers the desk asks for a secret; a test run needs one that lasts as long as itself.
    os.environ["SECRET_KEY"] = secrets.token_urlsafe(64)
