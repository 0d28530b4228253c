"""What the service worker keeps of the shell: the files, where they stand, and a version that follows their content."""

import hashlib
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static

from staff.offline import pages

FILES = (
    *("vendor/bootstrap-5.3.9.min.css", "vendor/htmx-2.0.11.min.js", "vendor/idb-8.0.4.js"),
    *(f"css/{name}.css" for name in ("tokens", "desk", "parts", "forms", "door", "guest", "rooms", "survey")),
    *(f"js/{name}.js" for name in ("shell", "store", "queue", "cover", "waiting", "pin", "capture", "guest", "visit")),
    *(f"icons/{name}.svg" for name in ("desk", "app", "chevron", "tick", "dash")),
)


def files() -> list[str]:
    """Their addresses, with their hash in them where the house runs on collected files."""
    return [static(name) for name in FILES]


def ahead() -> list[str]:
    return pages.ahead()


def version() -> str:
    return _version() if not settings.DEBUG else _version.__wrapped__()


@lru_cache(maxsize=1)
def _version() -> str:
    digest = hashlib.sha256((settings.BASE_DIR / "templates/staff/offline/sw.js").read_bytes())
    for name in FILES:
        digest.update(Path(str(finders.find(name))).read_bytes())
    return digest.hexdigest()[:12]
