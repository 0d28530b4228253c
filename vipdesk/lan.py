"""This machine as the venue's network knows it: the addresses and names under which a tablet can reach it."""

import fcntl
import ipaddress
import os
import re
import socket
import struct

_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?", re.IGNORECASE)
_SIOCGIFADDR = 0x8915  # Linux: the IPv4 address of a network interface
# No packet is sent there; it only makes the kernel say which of its addresses leads out.
_SOMEWHERE = ("192.0.2.1", 9)


def address() -> str:
    """What tablets are told: LAN_HOST (a name or an address) where the house names one, else the address that leads out
    of the machine, else this machine itself."""
    return os.environ.get("LAN_HOST", "").strip() or _leading_out() or next(iter(addresses()), "127.0.0.1")


def addresses() -> list[str]:
    """Every IPv4 address of this machine but the loopback's, as its interfaces stand now."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _number, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
            except OSError:
                continue  # an interface without an address
            found.append(socket.inet_ntoa(answer[20:24]))
    return sorted({one for one in found if not one.startswith("127.")})


def names() -> list[str]:
    """All that a certificate for this machine is to be valid for."""
    host = socket.gethostname().lower()
    short = host.removesuffix(".local")
    own = [host, f"{short}.local"] if is_address(host) else []
    return sorted({"localhost", "127.0.0.1", "::1", *own, *addresses(), address()})


def _leading_out() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_SOMEWHERE)
        except OSError:
            return ""
        found = str(probe.getsockname()[0])
    return "" if found.startswith("127.") else found


def is_address(host: str) -> bool:
    """Whether this is a host's name, or an address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return bool(_NAME.fullmatch(host))
    return True
