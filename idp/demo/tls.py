"""The certificate of a demonstration on https: an authority of its own, which vouches for one server and is gone.

The authority's private key is never written, so that whoever lets a browser believe the authority believes this one
certificate and no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from idp.demo.files import write_private

VALID_DAYS: Final = 397
"""The longest that browsers accept of a server's certificate."""
RENEW_DAYS: Final = 30
"""With less left, a start makes a new one."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where the PEM files are: the authority's certificate, the server's with the authority's, the server's key."""

    authority: Path
    certificate: Path
    key: Path


def ensure(files: TlsFiles, names: Sequence[str], now: datetime) -> None:
    """Make the files at the first start, and again when they end soon or are for other names.

    Args:
        files: where they go; only their owner may read them.
        names: host names and addresses of the server.
        now: present time, with its zone.
    """
    if not _serves(files, names, now):
        _make(files, names, now)


def _serves(files: TlsFiles, names: Sequence[str], now: datetime) -> bool:
    try:
        held = x509.load_pem_x509_certificate(files.certificate.read_bytes())
        held.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        complete = files.key.is_file() and files.authority.is_file()
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    named = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    lasts = held.not_valid_after_utc - now > timedelta(days=RENEW_DAYS)
    return complete and lasts and set(named) == set(_alternatives(names))


def _make(files: TlsFiles, names: Sequence[str], now: datetime) -> None:
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = _name("CARPIMKO demonstration authority")
    authority = (
        _begun(issuer, issuer, authority_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    server = (
        _begun(issuer, _name(names[0]), key.public_key(), now)
        .add_extension(x509.SubjectAlternativeName(_alternatives(names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_private(files.key, private.decode())
    write_private(files.certificate, _pem(server) + _pem(authority))
    write_private(files.authority, _pem(authority))


def _begun(
    issuer: x509.Name, subject: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        # A client whose clock is a little behind accepts it at once.
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=VALID_DAYS - 1))
    )


def _name(text: str) -> x509.Name:
    # A common name has 64 characters at most (RFC 5280, upper bounds); who reads names reads the alternatives.
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _alternatives(names: Sequence[str]) -> list[x509.GeneralName]:
    return [_alternative(name) for name in dict.fromkeys(names)]


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
