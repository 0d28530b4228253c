"""Forms sealed on a tablet: encrypted to the desk's public key, so that what waits there cannot be read there.

A sealed form is a JWE in compact form (RFC 7516): a fresh AES-256-GCM key for each, wrapped by RSA-OAEP-256. The first
of OFFLINE_KEYS is the one that tablets seal with; the others open what was sealed before (promises.md).
"""

import base64
import binascii
from functools import lru_cache
from typing import Any

from django.conf import settings
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from vipdesk import embedded
from vipdesk.json_text import read_json, read_nested

BITS = 3072
KEPT_AS = "offline_key"  # a trial's own key, under VIPDESK_HOME
ALGORITHMS = ["RSA-OAEP-256", "A256GCM"]


class CannotOpen(Exception):
    """Not sealed to any key of this desk, or changed on its way."""


def make_key() -> str:
    """A private key as OFFLINE_KEYS names one: PKCS #8 in DER, base64 on one line."""
    made = RSAKey.generate_key(BITS, private=True)
    return base64.b64encode(made.as_der(private=True)).decode("ascii")


def public_key() -> dict[str, Any] | None:
    """What tablets seal with now, as a JWK (RFC 7517) with its thumbprint as `kid`; None: this desk has no key."""
    keys = _keys(_named())
    return None if not keys else {**keys[0].as_dict(private=False), "kid": keys[0].thumbprint()}


def key_ids() -> list[str]:
    """Thumbprints (RFC 7638) of every key, the one in use first."""
    return [key.thumbprint() for key in _keys(_named())]


def unseal(sealed: str) -> dict[str, Any]:
    """The JSON object that was sealed. Raises `CannotOpen`."""
    try:
        names = read_json(base64.urlsafe_b64decode(sealed.partition(".")[0] + "=="))
        key = next(key for key in _keys(_named()) if key.thumbprint() == names["kid"])
        opened = jwe.decrypt_compact(sealed, key, algorithms=ALGORITHMS)
        said = read_nested(opened.plaintext or b"")
    except (JoseError, binascii.Error, ValueError, KeyError, TypeError, StopIteration):
        raise CannotOpen from None
    if not isinstance(said, dict):
        raise CannotOpen
    return said


def _named() -> tuple[str, ...]:
    """The keys of the environment; a trial makes its own."""
    if settings.OFFLINE_KEYS or not settings.IS_TRIAL:
        return tuple(settings.OFFLINE_KEYS)
    return (embedded.kept(KEPT_AS, make_key),)


@lru_cache(maxsize=8)
def _keys(named: tuple[str, ...]) -> tuple[RSAKey, ...]:
    return tuple(RSAKey.import_key(base64.b64decode(one)) for one in named)
