"""The page on which a tablet comes to trust a trial (`make run-https`).

In Chinese and English, served without HTTPS on a port of its own, by a process that touches none of the desk's data:
whoever does not trust the authority yet cannot open the desk. It gives away the authority's certificate, which is
public; that it is the right one is seen by comparing its fingerprint with the terminal's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import django
import segno
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.template.loader import render_to_string

from vipdesk import authority, embedded

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CERTIFICATE = "application/x-x509-ca-cert"
Answers = dict[str, tuple[str, bytes]]  # address: type, content


def answers() -> Answers:
    """All there is, made once; needs Django set up."""
    found = authority.read(embedded.home() / "tls" / "ca.crt")
    picture = segno.make(settings.TRUST_URL, error="m", micro=False)
    context = {
        "url": settings.SITE_URL,
        "trust_url": settings.TRUST_URL,
        "fingerprint": authority.fingerprint(found),
        "qr": picture.svg_inline(omitsize=True, border=3, lineclass=None),
    }
    styles = [(settings.BASE_DIR / "static" / "css" / name).read_bytes() for name in ("tokens.css", "trust.css")]
    return {
        "/": ("text/html; charset=utf-8", render_to_string("trust.html", context).encode()),
        "/ca.crt": (CERTIFICATE, found.public_bytes(Encoding.DER)),
        "/trust.css": ("text/css; charset=utf-8", b"\n".join(styles)),
    }


def make_application(given: Answers) -> WSGIApplication:
    def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        is_asked = environ["REQUEST_METHOD"] in {"GET", "HEAD"}
        kind, content = given.get(environ["PATH_INFO"], ("", b"")) if is_asked else ("", b"")
        headers = {
            "Content-Type": kind or "text/plain; charset=utf-8",
            "Content-Length": str(len(content)),
            "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        start_response("200 OK" if kind else "404 Not Found", list(headers.items()))
        return [content]

    return application


def open_page() -> WSGIApplication:
    """What gunicorn serves: `gunicorn "vipdesk.trust:open_page()"`."""
    django.setup()
    return make_application(answers())
