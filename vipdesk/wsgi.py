"""The WSGI entry point that gunicorn serves (gunicorn.conf.py)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vipdesk.settings")

application = get_wsgi_application()
