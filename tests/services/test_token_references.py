"""What access tokens refer to: written, read back, over in time."""

from dataclasses import replace

import pytest

from idp.protocol.errors import Unavailable
from idp.services.token_references import COOL_DOWN, MAX_KNOWN, TokenReference, TokenReferences, TokenSecret
from keys.sealed_text import MAX_TEXT

NOW = 1_800_000_000
GRANT = "0123456789abcdef" * 2
EPOCH = (1 << 40) + 7
JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
FIRST, LATER = TokenSecret(0, b"s" * 32), TokenSecret(1, b"t" * 32)
REFERENCES = TokenReferences(lambda: FIRST, 600, NOW)
A_TOKEN = TokenReference(GRANT, None, (), None, None, NOW, NOW + 600)


class Stored:
    """The stored secret, and how often it was read; what the next look raises."""

    def __init__(self, secret: TokenSecret = FIRST) -> None:
        self.secret = secret
        self.looks = 0
        self.fails: type[Exception] | None = None

    def __call__(self) -> TokenSecret:
        """Return the secret."""
        self.looks += 1
        if self.fails is not None:
            raise self.fails
        return self.secret


@pytest.mark.parametrize("owner", [{"grant_id": GRANT, "client_id": None}, {"grant_id": None, "client_id": "espace"}])
@pytest.mark.parametrize("resource", [None, "https://api.example.org/dossiers?a=é"])
@pytest.mark.parametrize("jkt", [None, JKT])
@pytest.mark.parametrize("scope", [(), ("openid",), ("openid", "profile", "offline_access")])
def test_it_comes_back_whole(
    owner: dict[str, str | None], resource: str | None, jkt: str | None, scope: tuple[str, ...]
) -> None:
    """Every kind of token."""
    epoch = EPOCH if owner["client_id"] else 0
    written = TokenReference(
        grant_id=owner["grant_id"],
        client_id=owner["client_id"],
        scope=scope,
        resource=resource,
        dpop_jkt=jkt,
        issued_at=NOW,
        expires_at=NOW + 600,
        epoch=epoch,
    )
    text = REFERENCES.write(written, NOW)
    assert written == REFERENCES.read(text, NOW + 599)
    assert REFERENCES.read(text, NOW + 600) is None


def test_a_member_s_token_is_short() -> None:
    """It stands in a header of every call."""
    scope = ("openid", "profile", "email", "offline_access")
    text = REFERENCES.write(TokenReference(GRANT, None, scope, None, None, NOW, NOW + 600), NOW)
    assert len(text) < 128


def test_another_secret_reads_nothing() -> None:
    """No house opens another's tokens."""
    text = REFERENCES.write(TokenReference(GRANT, None, (), None, None, NOW, NOW + 600), NOW)
    assert TokenReferences(lambda: TokenSecret(0, b"x" * 32), 600, NOW).read(text, NOW) is None


def test_another_secret_takes_the_place_of_the_first() -> None:
    """What the first one sealed is refused, what the later one seals says so; a node of before looks, and reads it."""
    here, there = Stored(), Stored()
    one, other = TokenReferences(here, 600, NOW), TokenReferences(there, 600, NOW)
    old = one.write(A_TOKEN, NOW)
    assert A_TOKEN == one.read(old, NOW), "what was read before the change is refused after it"
    here.secret = there.secret = LATER
    one.reload_if_older_than(NOW + 1, 1)
    new = one.write(A_TOKEN, NOW + 1)
    assert (None, 1) == (one.read(old, NOW + 1), (one.read(new, NOW + 1) or A_TOKEN).secret)
    assert one.read(old, NOW + 5) is None
    assert (2, 1) == (here.looks, there.looks), "an old one makes nobody look"
    assert (other.read(new, NOW + COOL_DOWN) or A_TOKEN).secret == 1
    assert 2 == there.looks
    assert len(new) <= len(old) + 3


def test_invented_numbers_cost_one_look_a_second() -> None:
    """Whoever sends nonsense that claims a later secret does not make us read the database each time."""
    stored = Stored()
    references = TokenReferences(stored, 600, NOW)
    forged = TokenReferences(lambda: TokenSecret(9, b"z" * 32), 600, NOW).write(A_TOKEN, NOW)
    for _ in range(5):
        assert references.read(forged, NOW) is None
    assert 1 == stored.looks
    for _ in range(5):
        assert references.read(forged, NOW + COOL_DOWN) is None
    assert 2 == stored.looks


def test_the_same_number_with_another_secret_is_noticed() -> None:
    """After a restore from a backup and another emergency."""
    stored = Stored(LATER)
    references = TokenReferences(stored, 600, NOW)
    stored.secret = TokenSecret(1, b"u" * 32)
    references.reload_if_older_than(NOW + 29, 30)
    old = references.write(A_TOKEN, NOW)
    assert references.read(old, NOW) is not None
    references.reload_if_older_than(NOW + 30, 30)
    assert references.read(old, NOW) is None


def test_what_is_known_comes_back_as_it_was() -> None:
    """A text that was read before says the same as at first, for as long, and not before its day (a clock set back)."""
    references = TokenReferences(lambda: FIRST, 600, NOW)
    every = replace(A_TOKEN, scope=("openid", "profile"), resource="https://api.example.org", dpop_jkt=JKT)
    text = references.write(every, NOW)
    assert [every] * 3 == [references.read(text, at) for at in (NOW, NOW + 1, NOW + 599)]
    assert references.read(text, NOW + 600) is None
    assert references.read(text, NOW - 3 * 86400) is None
    assert references.read(text + "A" * MAX_TEXT, NOW) is None


def test_what_is_known_is_bounded() -> None:
    """More tokens than are kept are read all the same, each as what it is, and memory has an end."""
    references = TokenReferences(lambda: FIRST, 600, NOW)
    written = [replace(A_TOKEN, expires_at=NOW + 1 + number % 600) for number in range(MAX_KNOWN + 3)]
    texts = [references.write(one, NOW) for one in written]
    assert written == [references.read(text, NOW) for text in texts]
    assert 3 == references.known()
    assert written[-3:] == [references.read(text, NOW) for text in texts[-3:]]
    assert 3 == references.known()


def test_a_database_that_does_not_answer() -> None:
    """Tokens are issued under what is known; one that may be good is not called dead."""
    stored = Stored()
    references = TokenReferences(stored, 600, NOW)
    new = TokenReferences(lambda: LATER, 600, NOW).write(A_TOKEN, NOW)
    stored.fails, stored.secret = ConnectionError, LATER
    references.reload_if_older_than(NOW + 60, 30)
    assert references.read(references.write(A_TOKEN, NOW), NOW) == A_TOKEN
    with pytest.raises(ConnectionError):
        references.read(new, NOW + 61)
    looks = stored.looks
    for _ in range(5):
        with pytest.raises(Unavailable):
            references.read(new, NOW + 61)
    assert looks == stored.looks
    stored.fails = None
    assert (references.read(new, NOW + 61 + COOL_DOWN) or A_TOKEN).secret == 1
    assert references.read(new, NOW + 61 + COOL_DOWN) is not None


def test_a_look_that_failed_a_moment_ago_says_nothing_of_a_token() -> None:
    """An application throws away what is answered as invalid: it is told to come back instead."""
    stored = Stored()
    references = TokenReferences(stored, 600, NOW)
    new = TokenReferences(lambda: LATER, 600, NOW).write(A_TOKEN, NOW)
    stored.fails, stored.secret = ConnectionError, LATER
    references.reload_if_older_than(NOW + 60, 30)
    with pytest.raises(Unavailable):
        references.read(new, NOW + 60)
    stored.fails = None
    assert references.read(new, NOW + 60 + COOL_DOWN) is not None
