"""Password hashes of the system before."""

import base64
import hashlib
import sys

import pytest

from idp.members import legacy_hashes
from idp.members.passwords import Busy, Passwords
from tests.support.scarcity import little_memory

WORD = "Pâques 1962"
OCTETS = WORD.encode()


def b64(octets: bytes) -> str:
    """Return Base64 as text."""
    return base64.b64encode(octets).decode()


HASHES = {
    "pbkdf2_sha256": "pbkdf2_sha256$1000$salt$" + b64(hashlib.pbkdf2_hmac("sha256", OCTETS, b"salt", 1000)),
    "pbkdf2_sha1": "pbkdf2_sha1$1000$salt$" + b64(hashlib.pbkdf2_hmac("sha1", OCTETS, b"salt", 1000)),
    "scrypt": "scrypt$1024$salt$8$1$" + b64(hashlib.scrypt(OCTETS, salt=b"salt", n=1024, r=8, p=1, dklen=64)),
    "SSHA512": "{SSHA512}" + b64(hashlib.sha512(OCTETS + b"saltsalt").digest() + b"saltsalt"),
}
FULL = "A" * 43 + "="
REFUSED = {
    "empty": "",
    "plain": WORD,
    "md5": "md5$salt$d41d8cd98f00b204e9800998ecf8427e",
    "no salt": f"pbkdf2_sha256$1000$${FULL}",
    "no iterations": f"pbkdf2_sha256$0$salt${FULL}",
    "negative": f"pbkdf2_sha256$-1$salt${FULL}",
    "too many iterations": f"pbkdf2_sha256$2000001$salt${FULL}",
    "digest too short": "pbkdf2_sha256$1000$salt$AAAA",
    "not base64": "pbkdf2_sha256$1000$salt$****",
    "too much memory": f"scrypt$1048576$salt$8$1${b64(bytes(64))}",
    "no power of two": f"scrypt$1000$salt$8$1${b64(bytes(64))}",
    "too many lanes": f"scrypt$1024$salt$8$64${b64(bytes(64))}",
    "no salt behind the digest": "{SSHA512}" + b64(bytes(64)),
    "endless": "pbkdf2_sha256$1$s$" + "A" * 1000,
}


@pytest.mark.parametrize("scheme", HASHES)
def test_each_scheme_matches_its_password_and_no_other(passwords: Passwords, scheme: str) -> None:
    """A legacy hash is checked through the one check of passwords, and asks to be replaced."""
    stored = legacy_hashes.to_stored(HASHES[scheme])
    assert [True, False, False] == [passwords.verify(stored, typed) for typed in (WORD, WORD + " ", "")]
    assert passwords.needs_rehash(stored)


def test_a_published_vector() -> None:
    """PBKDF2-HMAC-SHA-1 of RFC 6070 section 2, two iterations, in the form of the file."""
    digest = bytes.fromhex("ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957")
    stored = legacy_hashes.to_stored("pbkdf2_sha1$2$salt$" + b64(digest))
    assert legacy_hashes.verify(stored, b"password")


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_unknown_or_too_dear_is_refused(case: str) -> None:
    """The reason is told, the hash is not repeated."""
    with pytest.raises(legacy_hashes.LegacyHashError) as caught:
        legacy_hashes.to_stored(REFUSED[case])
    assert not REFUSED[case] or REFUSED[case] not in str(caught.value)


def test_a_damaged_stored_hash_matches_nothing(passwords: Passwords) -> None:
    """What is not a hash behind the prefix refuses and raises nothing."""
    assert not passwords.verify("legacy:", "")
    assert not passwords.verify("legacy:pbkdf2_sha256$1000$salt$AAAA", "x")


def test_the_decoy_opens_no_legacy_account(passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    """An account with a legacy hash costs one Argon2id computation, whose own answer never opens it (N-095)."""
    computed: list[str] = []

    class Hasher:
        def verify(self, known: str, _octets: bytes) -> bool:
            computed.append(known)
            return True

    monkeypatch.setattr(passwords, "_hasher", Hasher())
    assert not passwords.verify(legacy_hashes.to_stored(HASHES["pbkdf2_sha1"]), "wrong")
    assert [passwords._decoy] == computed


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process' memory has no such limit")
def test_want_of_memory_is_no_wrong_password(passwords: Passwords) -> None:
    """The largest that is taken: told as what passes, and right when it has passed."""
    digest = hashlib.scrypt(OCTETS, salt=b"salt", n=65536, r=8, p=1, maxmem=2**28, dklen=64)
    stored = legacy_hashes.to_stored("scrypt$65536$salt$8$1$" + b64(digest))
    passwords.verify(None, "")  # its own memory is there
    with little_memory(), pytest.raises(Busy):
        passwords.verify(stored, WORD)
    assert passwords.verify(stored, WORD)
