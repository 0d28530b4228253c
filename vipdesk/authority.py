"""The trial's own certificate authority: made once, trusted once on each tablet; it signs what the desk serves with.

Service workers and WebCrypto work over HTTPS alone (or on localhost), and no public authority signs for a machine on a
venue's network. The authority's key is readable by its owner only and never leaves the folder; tablets get the
certificate. What it signs is renewed by itself, so that a tablet has to be told but once.
"""

import datetime as dt
import ipaddress
import os
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_YEARS = 10
# Browsers refuse a server's certificate that is valid for longer than 398 days.
LEAF_DAYS = 396
RENEWED_BEFORE = dt.timedelta(days=30)
# Clocks of tablets go wrong: what was just made has been valid for a while.
BACKDATED = dt.timedelta(hours=12)
Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Certificates:
    """Where the files are that the web server and the tablets need; `fingerprint` (SHA-256) is the authority's."""

    authority: Path
    certificate: Path
    key: Path
    fingerprint: str

    def client_context(self) -> ssl.SSLContext:
        """Trusts this authority and no other."""
        return ssl.create_default_context(cafile=str(self.authority))


def ensure(folder: Path, names: Iterable[str]) -> Certificates:
    """The authority kept in `folder` and a certificate for exactly these host names and addresses; made or renewed
    where they are missing, broken, run out or for other names. The authority is made anew only where it is gone or
    has run out: every tablet then has to trust the new one."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority, key = _authority(folder)
    wanted = sorted(set(names))
    if not _is_good(folder, authority, wanted):
        _make_leaf(folder, authority, key, wanted)
    return Certificates(folder / "ca.crt", folder / "desk.crt", folder / "desk.key", fingerprint(authority))


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 as tablets show it: pairs of digits with colons between."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


# --- the authority -------------------------------------------------------------------------------------------------


def _authority(folder: Path) -> tuple[x509.Certificate, Key]:
    try:
        found, key = read(folder / "ca.crt"), _read_key(folder / "ca.key")
    except (OSError, ValueError):
        return _make_authority(folder)
    (folder / "ca.key").chmod(0o600)
    is_whole = found.public_key() == key.public_key() and found.not_valid_after_utc > _now() + RENEWED_BEFORE
    return (found, key) if is_whole else _make_authority(folder)


def _make_authority(folder: Path) -> tuple[x509.Certificate, Key]:
    key, now = ec.generate_private_key(ec.SECP256R1()), _now()
    name = _name(f"vipdesk, {socket.gethostname()}"[:64])
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    made = (
        _builder(name, name, key, until=now + dt.timedelta(days=365 * AUTHORITY_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(folder / "ca.key", _key_text(key), mode=0o600)
    _write(folder / "ca.crt", made.public_bytes(serialization.Encoding.PEM))
    return made, key


# --- what it signs -------------------------------------------------------------------------------------------------


def _is_good(folder: Path, authority: x509.Certificate, wanted: list[str]) -> bool:
    try:
        found, key = read(folder / "desk.crt"), _read_key(folder / "desk.key")
        found.verify_directly_issued_by(authority)
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    is_in_time = found.not_valid_before_utc <= _now() <= found.not_valid_after_utc - RENEWED_BEFORE
    return is_in_time and found.public_key() == key.public_key() and set(names) == set(_alternatives(wanted))


def _make_leaf(folder: Path, authority: x509.Certificate, signer: Key, wanted: list[str]) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    until = min(_now() + dt.timedelta(days=LEAF_DAYS), authority.not_valid_after_utc)
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    made = (
        _builder(_name("vipdesk"), authority.subject, key, until=until)
        .add_extension(x509.SubjectAlternativeName(_alternatives(wanted)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    _write(folder / "desk.key", _key_text(key), mode=0o600)
    _write(folder / "desk.crt", made.public_bytes(serialization.Encoding.PEM))


def _alternatives(names: Iterable[str]) -> list[x509.GeneralName]:
    return [_alternative(name) for name in names]


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


# --- both ----------------------------------------------------------------------------------------------------------


def _builder(subject: x509.Name, issuer: x509.Name, key: Key, *, until: dt.datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_now() - BACKDATED)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "vipdesk"), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def _read_key(path: Path) -> Key:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("not a key of ours")  # noqa: TRY004  # as what cannot be read at all
    return key


def _key_text(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Whole or not at all; a key is never readable by others, not even for a moment."""
    half = path.with_suffix(f"{path.suffix}.new")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)
