"""The trial's own authority: made once and kept, its certificates renewed, each name good in a real handshake."""

import datetime as dt
import socket
import ssl
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import time_machine
from cryptography import x509

from vipdesk import authority, lan
from vipdesk.front import BLACK_ON_WHITE, QUIET_ZONE, qr_in_text

pytestmark = pytest.mark.real_clock  # OpenSSL judges a certificate by the system's clock

NAMES = ["localhost", "127.0.0.1", "::1", "desk-pc", "desk-pc.local", "192.168.7.20"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tls"


@contextmanager
def serving(kept: authority.Certificates) -> Iterator[int]:
    """A server that shakes hands with this certificate; its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(kept.certificate, kept.key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            while True:
                try:
                    plain, _address = listener.accept()
                except OSError:
                    return
                with plain:
                    try:
                        context.wrap_socket(plain, server_side=True).close()
                    except OSError:
                        continue

        threading.Thread(target=answer, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def shake_hands(port: int, name: str, context: ssl.SSLContext) -> None:
    with socket.create_connection(("127.0.0.1", port), 10) as plain:
        context.wrap_socket(plain, server_hostname=name).close()


def test_every_name_is_good_in_a_handshake_and_no_other(folder: Path) -> None:
    kept = authority.ensure(folder, NAMES)
    with serving(kept) as port:
        for name in NAMES:
            shake_hands(port, name, kept.client_context())
        for stranger in ("192.168.7.21", "desk-pc.example"):
            with pytest.raises(ssl.SSLCertVerificationError):
                shake_hands(port, stranger, kept.client_context())
        with pytest.raises(ssl.SSLCertVerificationError):
            shake_hands(port, "localhost", ssl.create_default_context())


def test_both_keys_are_their_owners_alone(folder: Path) -> None:
    authority.ensure(folder, NAMES)
    for name in ("ca.key", "desk.key"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (folder / "ca.key").chmod(0o644)
    authority.ensure(folder, NAMES)
    assert stat.S_IMODE((folder / "ca.key").stat().st_mode) == 0o600


def test_a_second_start_keeps_everything(folder: Path) -> None:
    first = authority.ensure(folder, NAMES)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(before) == {"ca.crt", "ca.key", "desk.crt", "desk.key"}
    assert authority.ensure(folder, reversed(NAMES)) == first
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_certificate_for_other_names_is_renewed_by_the_same_authority(folder: Path) -> None:
    first = authority.ensure(folder, NAMES)
    trusted, old = first.client_context(), authority.read(first.certificate)
    second = authority.ensure(folder, [*NAMES, "10.0.0.9"])
    assert second.fingerprint == first.fingerprint
    assert authority.read(second.certificate).serial_number != old.serial_number
    with serving(second) as port:
        shake_hands(port, "10.0.0.9", trusted)


def test_a_certificate_that_runs_out_is_renewed_by_the_same_authority(folder: Path) -> None:
    first = authority.ensure(folder, NAMES)
    old = authority.read(first.certificate)
    with time_machine.travel(old.not_valid_after_utc - dt.timedelta(days=29), tick=False):
        second = authority.ensure(folder, NAMES)
    new = authority.read(second.certificate)
    assert second.fingerprint == first.fingerprint and new.not_valid_after_utc > old.not_valid_after_utc
    new.verify_directly_issued_by(authority.read(first.authority))


@pytest.mark.parametrize("broken", ["desk.crt", "desk.key"])
def test_a_broken_file_is_made_anew_by_the_same_authority(folder: Path, broken: str) -> None:
    first = authority.ensure(folder, NAMES)
    (folder / broken).write_text("no longer what it was")
    second = authority.ensure(folder, NAMES)
    assert second.fingerprint == first.fingerprint
    with serving(second) as port:
        shake_hands(port, "localhost", first.client_context())


def test_an_authority_that_has_run_out_is_made_anew(folder: Path) -> None:
    first = authority.ensure(folder, NAMES)
    with time_machine.travel(authority.read(first.authority).not_valid_after_utc, tick=False):
        assert authority.ensure(folder, NAMES).fingerprint != first.fingerprint


def test_browsers_find_nothing_to_refuse(folder: Path) -> None:
    kept = authority.ensure(folder, NAMES)
    root, leaf = authority.read(kept.authority), authority.read(kept.certificate)
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= dt.timedelta(days=397)
    constraints = root.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical and constraints.value.ca and constraints.value.path_length == 0
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    uses = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(uses) == [x509.ExtendedKeyUsageOID.SERVER_AUTH]


# --- this machine --------------------------------------------------------------------------------------------------


def test_this_machine_is_known_by_all_its_addresses_and_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAN_HOST", raising=False)
    host = socket.gethostname().lower()
    names = lan.names()
    assert {"localhost", "127.0.0.1", "::1", host, f"{host.removesuffix('.local')}.local"} <= set(names)
    assert set(lan.addresses()) <= set(names) and lan.address() in names


def test_the_house_may_name_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAN_HOST", "desk.lan")
    assert lan.address() == "desk.lan" and "desk.lan" in lan.names()


@pytest.mark.parametrize(
    ("said", "is_one"),
    [
        ("desk.lan", True),
        ("192.168.1.7", True),
        ("fd00::7", True),
        ("https://desk", False),
        ("desk:8443", False),
        ("a b", False),
    ],
)
def test_what_a_tablet_can_be_told(said: str, is_one: bool) -> None:
    assert lan.is_address(said) == is_one


@pytest.mark.parametrize("has_colours", [True, False])
def test_the_code_in_the_terminal_is_the_address(has_colours: bool) -> None:
    import segno

    url = "http://192.168.1.7:8444/"
    lines = [
        line.removeprefix(BLACK_ON_WHITE).removesuffix("\033[0m")
        for line in qr_in_text(url, has_colours=has_colours).split("\n")
    ]
    dark = {"█": (1, 1), "▀": (1, 0), "▄": (0, 1), " ": (0, 0)}
    seen = [[dark[sign][half] == has_colours for sign in line] for line in lines for half in (0, 1)]
    wanted = [
        [bool(cell) for cell in row] for row in segno.make(url, error="m", micro=False).matrix_iter(border=QUIET_ZONE)
    ]
    assert [[bool(cell) for cell in row] for row in seen[: len(wanted)]] == wanted
