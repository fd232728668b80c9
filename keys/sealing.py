"""Seal bytes at rest: AES-256-GCM under a key-encryption key (KEK) that never enters the database.

A sealed value is ``version (1) | KEK id (8) | nonce (12) | ciphertext and tag``. The version, the
KEK id and the caller's context are authenticated, so a value cannot be moved from one row or one
use to another. The KEK itself encrypts nothing: HKDF (RFC 5869) gives one subkey for sealing and one
for the id.

To change the KEK: give every node ``[old, new]``, then ``[new, old]``, re-wrap, then ``[new]``.

The nonce is random; one KEK may seal 2**32 values (NIST SP 800-38D section 8.3). Beside its signing
keys the house seals each FranceConnect session, each link under way and each provisional password on
its way to a member: tens of millions a year if every member came every few days, so that a KEK lasts
for decades; change it every few years all the same.
"""

import base64
import binascii
import os
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keys.errors import KekError, SealBroken

KEK_BYTES = 32
_VERSION = b"\x01"
_ID_BYTES = 8
_NONCE_BYTES = 12
_TAG_BYTES = 16
_HEAD_BYTES = len(_VERSION) + _ID_BYTES
_FILE_LIMIT = 256


def _hkdf(kek: bytes, label: bytes, length: int) -> bytes:
    info = b"carpimko-idp/v1/" + label + b"/"
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(kek)


class Sealer:
    """Seals under the first KEK, opens under any of them. Immutable, safe to share by threads."""

    def __init__(self, keks: Sequence[bytes]) -> None:
        """``keks``: one or more keys of 32 bytes, the current one first; KekError otherwise."""
        if not keks:
            raise KekError("at least one key-encryption key is needed")
        if any(len(kek) != KEK_BYTES for kek in keks):
            raise KekError(f"a key-encryption key is {KEK_BYTES} bytes long")
        self._current = bytes(keks[0])
        self._ciphers = {_hkdf(kek, b"id", _ID_BYTES): AESGCM(_hkdf(kek, b"seal", KEK_BYTES)) for kek in keks}
        if len(self._ciphers) != len(keks):
            raise KekError("the same key-encryption key is given twice")
        self._head = _VERSION + _hkdf(self._current, b"id", _ID_BYTES)

    def __repr__(self) -> str:
        return f"<Sealer kek={self.kek_id} of {len(self._ciphers)}>"

    @property
    def kek_id(self) -> str:
        """The current KEK's name, derived from it one way: 16 hexadecimal digits, safe to show."""
        return self._head[1:].hex()

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """Encrypt for one ``context`` (which row, which use); the same context opens it."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        cipher = self._ciphers[self._head[1:]]
        return self._head + nonce + cipher.encrypt(nonce, plaintext, self._head + context)

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        """Return the plaintext; SealBroken when altered, of another context, or KEK unknown."""
        head, nonce = sealed[:_HEAD_BYTES], sealed[_HEAD_BYTES : _HEAD_BYTES + _NONCE_BYTES]
        body = sealed[_HEAD_BYTES + _NONCE_BYTES :]
        if len(body) < _TAG_BYTES or head[:1] != _VERSION:
            raise SealBroken("not a sealed value of this version")
        cipher = self._ciphers.get(head[1:])
        if cipher is None:
            raise SealBroken(f"sealed under key-encryption key {head[1:].hex()}, not held here")
        try:
            return cipher.decrypt(nonce, body, head + context)
        except InvalidTag:
            raise SealBroken("sealed value altered or of another context") from None

    def is_current(self, sealed: bytes) -> bool:
        """Tell whether ``sealed`` is already under the current KEK."""
        return sealed[:_HEAD_BYTES] == self._head

    def rewrap(self, sealed: bytes, context: bytes) -> bytes:
        """Return the value sealed under the current KEK, unchanged when it already is.

        The value is opened in both cases, so a broken one is noticed: SealBroken.
        """
        plaintext = self.unseal(sealed, context)
        return sealed if self.is_current(sealed) else self.seal(plaintext, context)


def load_kek_file(path: Path) -> bytes:
    """Read a KEK: base64url text of 32 bytes in a regular file that only its owner may read.

    One that another user owns, as Kubernetes mounts secrets for a container that is not root, may be
    read by its group too: there is no other way for us to read it. KekError when the file is absent,
    more open than that, or not such a key. A symbolic link is followed (container secrets are links);
    owner and mode are those of the file opened.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise KekError(f"cannot open key-encryption key file {path}: {error.strerror}") from None
    try:
        info = os.fstat(descriptor)
        if not stat.S_ISREG(info.st_mode):
            raise KekError(f"{path} is not a regular file")
        mode = stat.S_IMODE(info.st_mode)
        ours = info.st_uid == os.geteuid()
        if mode & (0o077 if ours else 0o037):
            remedy = f"chmod {600 if ours else 440} {path}"
            raise KekError(f"{path} has mode {mode:04o}: others could read it; run: {remedy}")
        text = os.read(descriptor, _FILE_LIMIT + 1)
    finally:
        os.close(descriptor)
    return _decode_kek(text, path)


def _decode_kek(text: bytes, path: Path) -> bytes:
    compact = text.strip()
    expected = f"{path} must hold the base64url text of {KEK_BYTES} random bytes"
    if len(text) > _FILE_LIMIT or b"+" in compact or b"/" in compact:
        raise KekError(expected)
    unpadded = compact.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    try:
        kek = binascii.a2b_base64(unpadded + b"=" * (-len(unpadded) % 4), strict_mode=True)
    except ValueError:
        raise KekError(expected) from None
    if len(kek) != KEK_BYTES:
        raise KekError(f"{expected}; it holds {len(kek)}")
    return kek


def create_kek_file(path: Path) -> None:
    """Write a new random KEK with mode 0600; FileExistsError when ``path`` exists, untouched.

    The file appears whole or not at all: it is written and synced under another name in the same
    directory, then linked to ``path``, which the system refuses when the name is taken. Of several
    first starts at once exactly one wins; the others load what it wrote.
    """
    text = base64.urlsafe_b64encode(secrets.token_bytes(KEK_BYTES)).rstrip(b"=") + b"\n"
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        draft.unlink()
    directory = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
