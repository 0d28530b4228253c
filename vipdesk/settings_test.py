"""Settings of the test run: the desk's own, but for a quick password hasher and static files without a manifest."""

from vipdesk import embedded, sealing
from vipdesk.settings import *  # noqa: F403
from vipdesk.settings import OFFLINE_KEYS, STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
# Files are looked for when asked for: else every client of every test would first list all that were ever collected.
WHITENOISE_AUTOREFRESH = True
# On real servers, too, the office signs in by password alone, but where a test asks for more.
SECOND_STEP = False
# On real servers, too, there is a key to seal with; a test that serves the desk may name others.
OFFLINE_KEYS = OFFLINE_KEYS or [embedded.kept(sealing.KEPT_AS, sealing.make_key)]
