"""Codes by letter, on a database: whom they go to, what they open, and how often."""

import secrets

import pytest
from sqlalchemy import update

from idp import config
from idp.members.delivery import Deliveries
from idp.members.posted_codes import PostedCodes
from idp.members.provisional import Digests
from idp.store.db import Store, once
from idp.store.tables import AccountRow
from keys.sealing import Sealer
from tests.support import letters
from tests.support.stores import Clock
from tests.support.threads import at_once

DAY = 86400
HER, HIM = "a" * 64, "b" * 64
SEAL = Sealer([b"k" * 32])
SETTINGS = config.Activation()


class Post:
    """The codes of a house, and what its printer would read."""

    def __init__(self, store: Store, **settings: int) -> None:
        self.store, self.clock, self.drawn = store, Clock(), [""]
        rules = SETTINGS.model_copy(update=settings)
        deliveries = Deliveries(b"d" * 32, rules.contact_rest)
        self.codes = PostedCodes(deliveries, SEAL, Digests(b"k" * 32), rules, self.clock, below=self._below)

    def _below(self, limit: int) -> int:
        number = secrets.randbelow(limit)
        self.drawn[-1] += "23456789ABCDEFGHJKMNPQRSTUVWXYZ"[number]
        return number

    def member(self, number: int = 1, **changes: object) -> str:
        """Make a dossier; return its account's id."""
        with self.store.begin() as unit:
            kept = unit.accounts.upsert(
                letters.member(number, **changes), account_id=f"a{number}", subject=f"s{number}", now=self.clock()
            )
        return kept.id

    def send(self, account_id: str, person: str = HER) -> str | None:
        """Send a letter; return its code, None where none goes."""
        self.drawn.append("")
        with self.store.begin() as unit:
            sent = self.codes.send(unit.session, account_id=account_id, person=person, provider="FranceConnect")
        assert sent == bool(self.drawn[-1])
        return self.drawn[-1] or None

    def spend(self, code: str | None, person: str = HER) -> str | None:
        """Type a code."""
        with self.store.begin() as unit:
            return self.codes.spend(unit.session, person=person, typed=code or "")

    def waiting(self) -> int:
        """Count the letters that wait for the printer."""
        with self.store.reading() as unit:
            return len(unit.letters.waiting())


@pytest.fixture
def post(store: Store) -> Post:
    """A house that sends codes."""
    return Post(store)


def test_a_code_opens_one_account_to_one_person_once(post: Post) -> None:
    """Nobody else's, and not again."""
    account = post.member()
    code = post.send(account)
    assert 1 == post.waiting()
    assert post.spend(code, HIM) is None
    assert account == post.spend(code)
    assert post.spend(code) is None


def test_of_twenty_who_type_it_one_gets_it(post: Post) -> None:
    """The database is the judge of single use (decision D2)."""
    post.member()
    code = post.send("a1")

    def typed(_number: int) -> bool:
        return once(lambda: post.spend(code), attempts=10) is not None

    assert 1 == sum(at_once(20, typed))


def test_five_wrong_tries_end_it(post: Post) -> None:
    """They count for the person who types, whatever the accounts (N-096)."""
    post.member()
    code = post.send("a1")
    for _ in range(SETTINGS.attempts):
        assert post.spend("ABCDEFGHJKMN2345", HIM) is None
    for _ in range(SETTINGS.attempts - 1):
        assert post.spend("ABCDEFGHJKMN2345") is None
    code_of_another = post.send(post.member(2), HIM)
    assert "a2" == post.spend(code_of_another, HIM)
    assert post.spend("ABCDEFGHJKMN2345") is None
    assert post.spend(code) is None


def test_it_lives_as_long_as_a_letter(post: Post) -> None:
    """Three weeks, to the second."""
    post.member()
    code = post.send("a1")
    post.clock.forward(SETTINGS.letter_lifetime - 1)
    found = post.spend(code)
    post.member(2)
    late = post.send("a2")
    post.clock.forward(SETTINGS.letter_lifetime)
    assert ("a1", None) == (found, post.spend(late))


def test_one_letter_at_a_time(post: Post) -> None:
    """A second goes when the first has had time to come, and ends it; whoever asks."""
    post.member()
    first = post.send("a1")
    assert post.send("a1") is None
    assert post.send("a1", HIM) is None
    post.clock.forward(SETTINGS.letter_interval)
    second = post.send("a1")
    assert (None, "a1") == (post.spend(first), post.spend(second))


def test_no_letter_goes_where_none_should(post: Post) -> None:
    """Nobody's account, a shut one, no address, one that has just been changed (N-119)."""
    post.member(1, status="closed")
    post.member(2, address=None)
    post.member(3)
    with post.store.begin() as unit:
        moved = update(AccountRow).where(AccountRow.id == "a3").values(address_changed_at=post.clock())
        unit.session.execute(moved)
    post.clock.forward(DAY)
    assert [None] * 4 == [post.send(one) for one in ("nobody", "a1", "a2", "a3")]
    assert 0 == post.waiting()


def test_the_post_has_its_day(store: Store) -> None:
    """So many letters in a day, passwords and codes together (N-115)."""
    post = Post(store, letters_per_day=2)
    letters.ask(store, SEAL, 7, post.clock())
    answers = []
    for number in (1, 2):
        with store.begin() as unit:
            answers.append(post.codes.open(unit.session))
        post.send(post.member(number))
    with store.begin() as unit:
        answers.append(post.codes.open(unit.session))
    assert [True, False, False] == answers


def test_a_letter_with_a_password_is_another_matter(post: Post, store: Store) -> None:
    """Neither holds the other up, nor opens it."""
    password = letters.ask(store, SEAL, 1, post.clock())
    code = post.send("a1")
    assert code is not None
    assert 2 == post.waiting()
    assert post.spend(letters.secret_of(1)) is None
    with store.reading() as unit:
        live = unit.provisionals.live("a1", 5, post.clock())
    assert live is not None
    assert password == live.id
