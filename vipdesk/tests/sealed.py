"""Forms as a tablet would have sealed them, and held ones: for tests, one call each."""

import datetime as dt
import json
import time
import uuid
from typing import Any

from django.utils import timezone
from joserfc import jwe
from joserfc.jwk import RSAKey

from vipdesk import sealing
from vipdesk.held import HeldSubmission


def seal(said: dict[str, Any], key: dict[str, Any] | None = None) -> str:
    """As js/queue.js does it, by another hand: a JWE under the desk's public key."""
    public = key or sealing.public_key()
    assert public is not None
    head = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": public["kid"]}
    return jwe.encrypt_compact(head, json.dumps(said), RSAKey.import_key(public), algorithms=list(sealing.ALGORITHMS))


def entry(
    user: str, kind: str, fields: dict[str, Any], *, at: dt.datetime | None = None, off: int | None = 0
) -> dict[str, str]:
    """One line of what a tablet sends: the form's UUID and the sealed form, typed at `at` by the tablet's clock."""
    client_id = str(fields.get("client_id") or uuid.uuid4())
    typed = [[name, str(value)] for name, value in fields.items() if name != "client_id"]
    moment = (at or timezone.now()).timestamp() * 1000
    said = {"client_id": client_id, "kind": kind, "user": user, "at": moment, "off": off, "fields": typed}
    return {"id": client_id, "sealed": seal(said)}


def message(*entries: dict[str, str], waiting: Any = (), **more: Any) -> dict[str, Any]:
    """The body of a request to /offline/entries/."""
    now = time.time() * 1000
    return {"device": str(uuid.uuid4()), "now": now, "waiting": list(waiting), "entries": list(entries)} | more


def make_held(author: Any, kind: str = "capture", **fields: str) -> HeldSubmission:
    typed = json.dumps([[name, value] for name, value in fields.items()])
    now = timezone.now()
    return HeldSubmission.objects.create(
        client_id=uuid.uuid4(), kind=kind, fields=typed, author=author, why="unfit", happened_at=now, received_at=now
    )
