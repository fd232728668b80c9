"""The certificate of a demonstration on https."""

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from idp.demo.tls import VALID_DAYS, TlsFiles, ensure
from tests.support.handshakes import handshake

NAMES = ("idp.test", "localhost", "127.0.0.1")
NOW = datetime.now(UTC)


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    """Files that are made already."""
    made = TlsFiles(tmp_path / "authority.pem", tmp_path / "tls.pem", tmp_path / "tls.key")
    ensure(made, NAMES, NOW)
    return made


@pytest.mark.parametrize("name", NAMES)
def test_whoever_trusts_the_authority_trusts_the_server(files: TlsFiles, name: str) -> None:
    """Each of the names is served, also to a client as strict as RFC 5280."""
    trusting = ssl.create_default_context(cafile=files.authority)
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT
    handshake(files, trusting, name)


def test_no_other_name_and_no_stranger(files: TlsFiles) -> None:
    """Another name is refused, and so is everything by whoever does not know the authority."""
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        handshake(files, ssl.create_default_context(cafile=files.authority), "other.test")
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(files, ssl.create_default_context(), "localhost")


def test_only_the_owner_reads_them(files: TlsFiles) -> None:
    """The files are private, and the authority's key is in none of them."""
    for file in (files.key, files.certificate, files.authority):
        assert 0o600 == stat.S_IMODE(file.stat().st_mode)
    assert "PRIVATE KEY" not in files.authority.read_text() + files.certificate.read_text()
    assert 1 == files.key.read_text().count("BEGIN PRIVATE KEY")


def test_made_once(files: TlsFiles) -> None:
    """A second start keeps what is there, so that nobody has to trust anew."""
    before = files.authority.read_bytes()
    ensure(files, NAMES, NOW)
    assert before == files.authority.read_bytes()


@pytest.mark.parametrize(
    ("names", "later"), [(("other.test", *NAMES[1:]), timedelta()), (NAMES, timedelta(days=VALID_DAYS - 20))]
)
def test_made_again_when_it_would_not_do(files: TlsFiles, names: tuple[str, ...], later: timedelta) -> None:
    """Another name, or an end that is near, needs a new certificate."""
    before = files.certificate.read_bytes()
    ensure(files, names, NOW + later)
    assert before != files.certificate.read_bytes()


def test_made_again_when_damaged(files: TlsFiles) -> None:
    """A file that is no certificate is replaced."""
    files.certificate.write_text("nothing")
    ensure(files, NAMES, NOW)
    handshake(files, ssl.create_default_context(cafile=files.authority), "localhost")
