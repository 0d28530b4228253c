"""The WSGI entry point that gunicorn serves (gunicorn.conf.py)."""

import os
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vipdesk.settings")

application: Any = get_wsgi_application()

from django.urls import reverse  # noqa: E402  needs Django set up

from vipdesk.web.bodies import limit_of  # noqa: E402

reverse("healthz")  # reads all addresses and views now: else each worker's first visitor waits for it, a second or two

# How the desk's worker asks who may send more than 2 MB.
application.body_limit = limit_of
