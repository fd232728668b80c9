"""Sealing keeps what it promises, and key-encryption key files are read only when safe."""

import base64
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.errors import KekError, SealBroken
from keys.sealing import Sealer, create_kek_file, load_kek_file

OLD, NEW = b"o" * 32, b"n" * 32


@given(st.binary(max_size=2000), st.binary(max_size=100))
def test_round_trip(plaintext: bytes, context: bytes) -> None:
    """What was sealed opens again under the same context."""
    sealer = Sealer([OLD])
    assert plaintext == sealer.unseal(sealer.seal(plaintext, context), context)


def test_same_plaintext_seals_differently() -> None:
    """Two seals of one plaintext differ, so equal secrets cannot be seen to be equal."""
    sealer = Sealer([OLD])
    assert sealer.seal(b"x", b"c") != sealer.seal(b"x", b"c")


def test_every_altered_byte_is_noticed() -> None:
    """No byte of a sealed value can be altered, cut or appended: version, KEK id, nonce, body."""
    sealer = Sealer([OLD, NEW])
    sealed = sealer.seal(b"secret", b"c")
    forged = [sealed[:i] + bytes([sealed[i] ^ 1]) + sealed[i + 1 :] for i in range(len(sealed))]
    forged += [sealed[:length] for length in range(len(sealed))] + [sealed + b"\0"]
    for value in forged:
        with pytest.raises(SealBroken):
            sealer.unseal(value, b"c")


def test_kek_id_cannot_be_swapped() -> None:
    """A value relabelled with the id of another KEK that we hold does not open."""
    sealer = Sealer([OLD, NEW])
    ours, other = sealer.seal(b"secret", b"c"), Sealer([NEW]).seal(b"secret", b"c")
    with pytest.raises(SealBroken):
        sealer.unseal(other[:9] + ours[9:], b"c")


@pytest.mark.parametrize("context", [b"", b"c2", b"C", b"c\0"])
def test_wrong_context_is_refused(context: bytes) -> None:
    """A value sealed for one row or use does not open for another."""
    sealer = Sealer([OLD])
    with pytest.raises(SealBroken):
        sealer.unseal(sealer.seal(b"secret", b"c"), context)


def test_wrong_kek_is_refused_and_named() -> None:
    """A KEK that we do not hold is named by its id, which helps to find the missing file."""
    sealed = Sealer([OLD]).seal(b"secret", b"c")
    with pytest.raises(SealBroken, match=Sealer([OLD]).kek_id):
        Sealer([NEW]).unseal(sealed, b"c")


def test_first_kek_seals_and_all_open() -> None:
    """During a change of KEK both orders open everything, and only the first one seals."""
    before, both, after = Sealer([OLD]), Sealer([NEW, OLD]), Sealer([NEW])
    sealed = before.seal(b"secret", b"c")
    assert b"secret" == both.unseal(sealed, b"c")
    assert b"secret" == after.unseal(both.seal(b"secret", b"c"), b"c")


def test_rewrap_moves_to_the_current_kek_once() -> None:
    """Re-wrapping changes the KEK, not the plaintext, and leaves current values alone."""
    both = Sealer([NEW, OLD])
    sealed = Sealer([OLD]).seal(b"secret", b"c")
    moved = both.rewrap(sealed, b"c")
    assert b"secret" == Sealer([NEW]).unseal(moved, b"c")
    assert moved == both.rewrap(moved, b"c")
    with pytest.raises(SealBroken):
        both.rewrap(moved, b"other")


@pytest.mark.parametrize("keks", [[], [b"short"], [OLD, b"x" * 33], [OLD, OLD]])
def test_unusable_keks_are_refused(keks: list[bytes]) -> None:
    """A sealer is never made of too little, too short or doubled key material."""
    with pytest.raises(KekError):
        Sealer(keks)


def test_repr_shows_no_key() -> None:
    """A sealer in a log line or traceback shows the KEK's id only."""
    assert OLD.decode() not in repr(Sealer([OLD]))


def test_created_file_is_private_and_loads(tmp_path: Path) -> None:
    """A new KEK file has mode 0600 whatever the umask, loads to 32 bytes, and leaves no draft."""
    path = tmp_path / "kek"
    earlier = os.umask(0)
    try:
        create_kek_file(path)
    finally:
        os.umask(earlier)
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert 32 == len(load_kek_file(path))
    assert [path] == list(tmp_path.iterdir())


def test_existing_file_is_never_replaced(tmp_path: Path) -> None:
    """Creating twice fails and keeps the first key: losing it would lose every sealed key."""
    path = tmp_path / "kek"
    create_kek_file(path)
    first = load_kek_file(path)
    with pytest.raises(FileExistsError):
        create_kek_file(path)
    assert first == load_kek_file(path)
    assert [path] == list(tmp_path.iterdir())


def test_one_of_many_creators_wins(tmp_path: Path) -> None:
    """Of several first starts at once exactly one writes the file (R-08)."""
    path = tmp_path / "kek"

    def attempt(_: int) -> bool:
        try:
            create_kek_file(path)
        except FileExistsError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert [True] == [won for won in pool.map(attempt, range(16)) if won]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o601, 0o777])
def test_wider_mode_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    """A file that others may read, write or execute is refused, and the message says what to do."""
    path = tmp_path / "kek"
    create_kek_file(path)
    path.chmod(mode)
    with pytest.raises(KekError, match="chmod 600"):
        load_kek_file(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_owner_may_be_read_by_its_group(tmp_path: Path) -> None:
    """Kubernetes mounts a secret so that a user who is not root reads it by the group alone; more is refused."""
    path = tmp_path / "kek"
    create_kek_file(path)
    os.chown(path, 65534, 65534)
    path.chmod(0o440)
    assert 32 == len(load_kek_file(path))
    for mode in (0o444, 0o460, 0o450):
        path.chmod(mode)
        with pytest.raises(KekError, match="chmod 440"):
            load_kek_file(path)


def test_read_only_mode_and_links_are_accepted(tmp_path: Path) -> None:
    """Mode 0400 and a symbolic link, as container secrets are mounted, both load."""
    path, link = tmp_path / "kek", tmp_path / "link"
    create_kek_file(path)
    path.chmod(0o400)
    link.symlink_to(path)
    assert load_kek_file(path) == load_kek_file(link)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        base64.urlsafe_b64encode(b"x" * 31),
        base64.urlsafe_b64encode(b"x" * 33),
        base64.b64encode(b"\xff" * 32),
        b"!" * 43,
        b"x" * 42 + b"\xe9",
        b"\n" * 300,
        base64.urlsafe_b64encode(b"x" * 32) * 20,
    ],
)
def test_wrong_content_is_refused_without_showing_it(tmp_path: Path, text: bytes) -> None:
    """Anything but the base64url text of 32 bytes is refused, and not repeated in the error."""
    path = tmp_path / "kek"
    path.write_bytes(text)
    path.chmod(0o600)
    with pytest.raises(KekError) as caught:
        load_kek_file(path)
    assert not text or text.decode("latin-1") not in str(caught.value)


def test_absent_file_and_directory_are_refused(tmp_path: Path) -> None:
    """What is not a regular file is refused with its name."""
    with pytest.raises(KekError, match="cannot open"):
        load_kek_file(tmp_path / "absent")
    with pytest.raises(KekError, match="regular file"):
        load_kek_file(tmp_path)
