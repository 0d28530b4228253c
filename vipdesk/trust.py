"""The page on which a tablet comes to trust a trial (`make run-https`): python -m vipdesk.trust PORT

In Chinese and English, served without HTTPS on a port of its own, by a process that touches none of the desk's data:
whoever does not trust the authority yet cannot open the desk. It gives away the authority's certificate, which is
public; that it is the right one is seen by comparing its fingerprint with the terminal's.
"""

import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType

import django
import segno
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.template.loader import render_to_string

from vipdesk import authority, embedded

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


def server(port: int, given: Answers) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10  # seconds a connection may say nothing
        server_version, sys_version = "vipdesk", ""

        def do_GET(self) -> None:
            kind, content = given.get(self.path.split("?")[0], ("", b""))
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", kind or "text/plain")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        do_HEAD = do_GET  # noqa: N815  # the name that http.server calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as http.server has it
            """Nobody reads it."""

    opened = ThreadingHTTPServer(("0.0.0.0", port), Handler)  # noqa: S104  # tablets are elsewhere
    opened.daemon_threads = True
    return opened


def main() -> None:
    signal.signal(signal.SIGTERM, _end)
    django.setup()
    with server(int(sys.argv[1]), answers()) as opened:
        opened.serve_forever()


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
