"""How `make run-https` stands on the venue's network: its addresses, its certificate, what its processes are told."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import segno

from vipdesk import authority, embedded, lan
from vipdesk.authority import Certificates

BLACK_ON_WHITE, AS_BEFORE = "\033[38;5;16;48;5;231m", "\033[0m"
QUIET_ZONE = 2
GUNICORN = Path(__file__).parent.parent / "gunicorn.conf.py"
_HALVES = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}


@dataclass(frozen=True)
class Front:
    """`host` is what tablets are told; the page that says how to trust us is served beside the desk without HTTPS,
    since nobody can trust it before."""

    host: str
    port: int
    trust_port: int
    certificates: Certificates

    @property
    def url(self) -> str:
        return f"https://{_in_url(self.host)}:{self.port}"

    @property
    def trust_url(self) -> str:
        return f"http://{_in_url(self.host)}:{self.trust_port}/"

    def environment(self) -> dict[str, str]:
        """What the settings of every process take from here. HSTS stays off: it would bind this machine's addresses to
        a private authority in every browser that was here, for a year."""
        return {
            "SITE_URL": self.url,
            "ALLOWED_HOSTS": ",".join(_in_url(name) for name in lan.names()),
            "HSTS_SECONDS": "0",
            "TRUST_URL": self.trust_url,
        }

    def gunicorn(self) -> list[str]:
        kept = self.certificates
        return [f"--bind=0.0.0.0:{self.port}", f"--certfile={kept.certificate}", f"--keyfile={kept.key}"]

    def trust(self) -> list[str]:
        page = [sys.executable, "-m", "gunicorn", "vipdesk.trust:open_page()", f"--config={GUNICORN}"]
        return [*page, f"--bind=0.0.0.0:{self.trust_port}", "--workers=1", "--threads=1"]

    def words(self) -> Iterable[str]:
        """For the terminal: who can reach it, and how a tablet comes to trust it."""
        yield "Everybody on this network can open it: for a trial, and not for guests' real data under these passwords."
        yield f"A tablet trusts it once: open {self.trust_url} on it, or point its camera here:"
        yield qr_in_text(self.trust_url, has_colours=sys.stdout.isatty())
        yield f"It shows the authority's fingerprint (SHA-256), which must be {self.certificates.fingerprint}"


class CannotStand(Exception):
    """LAN_HOST is nothing a tablet can be told; the message is one line for a person."""


def stand(port: int, trust_port: int) -> Front:
    """The front on these ports, with a certificate for this machine's addresses as they are now."""
    host = lan.address()
    if not lan.is_address(host):
        raise CannotStand(f"LAN_HOST is {host!r}: it must be a name or an address, without https:// and port.")
    kept = authority.ensure(embedded.home() / "tls", lan.names())
    return Front(host, port, trust_port, kept)


def qr_in_text(said: str, *, has_colours: bool) -> str:
    """A QR code in half blocks, two rows of it a line: black on white whatever the terminal's colours, and light on
    dark where there are none to set."""
    code = segno.make(said, error="m", micro=False)
    rows = [[bool(cell) == has_colours for cell in row] for row in code.matrix_iter(border=QUIET_ZONE)]
    rows += [[not has_colours] * len(rows[0])] * (len(rows) % 2)
    pairs = [zip(upper, lower, strict=True) for upper, lower in zip(rows[::2], rows[1::2], strict=True)]
    lines = ["".join(_HALVES[pair] for pair in line) for line in pairs]
    return "\n".join(f"{BLACK_ON_WHITE}{line}{AS_BEFORE}" if has_colours else line for line in lines)


def _in_url(name: str) -> str:
    return f"[{name}]" if ":" in name else name
