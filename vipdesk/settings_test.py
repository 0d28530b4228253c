"""Settings of the test run: the desk's own, but for a quick password hasher and static files without a manifest."""

from vipdesk import embedded, sealing
from vipdesk.settings import *  # noqa: F403
from vipdesk.settings import STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
# On real servers, too, there is a key to seal with.
OFFLINE_KEYS = [embedded.kept(sealing.KEPT_AS, sealing.make_key)]
