"""The ways out of the house for a text message, one small class each; another is one file and one name here.

A gateway makes one request and never a second: the providers' calls are not idempotent. What it cannot tell for sure is
`unknown`. It knows no model, and what it says of an answer is a code, never a text (which may hold the number).
"""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from outreach.gateways.base import Gateway, Outgoing, Receipt, Said, Verdict

__all__ = ["Gateway", "Outgoing", "Receipt", "Said", "Verdict", "gateway", "named"]

GATEWAYS = {
    "console": "outreach.gateways.console.Console",
    "kannel": "outreach.gateways.kannel.Kannel",
    "aliyun": "outreach.gateways.aliyun.Aliyun",
}


def gateway() -> Gateway:
    """The one in use, ready to send. Raises ImproperlyConfigured, which names the setting."""
    found = named(settings.SMS_GATEWAY)
    found.check()
    return found


def named(name: str) -> Gateway:
    if name not in GATEWAYS:
        raise ImproperlyConfigured(f"SMS_GATEWAY is {name!r}; there are {', '.join(sorted(GATEWAYS))}.")
    found: Gateway = _class(GATEWAYS[name])()
    return found


@lru_cache
def _class(dotted: str) -> type[Gateway]:
    found: type[Gateway] = import_string(dotted)
    return found
