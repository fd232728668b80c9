"""Nobody finds out which dossier numbers exist: 200 of members of every kind, 200 of nobody's (N-095, N-111, V-50).

What cannot be told from the words is not told by the work either: statements, calls of the key-value store, hashes.
How long it takes is measured by `bench/enumeration.py`, since a test that asserts a time is a test of the machine.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from idp.members.argon2id import Argon2id
from idp.upstream_ports import KeyValue
from tests.support.enumeration import HttpBrowser, Met, Number, ask, crowd, plain, served, strangers, wrong_password
from tests.support.ports import MemoryKeyValue
from tests.support.provider import Provider, copied_provider, running
from tests.support.stores import Clock

MANY = 1_000_000
OLDER: dict[str | None, list[str]] = {
    None: [],
    "pbkdf2_sha256": ["pbkdf2_hmac"],
    "pbkdf2_sha1": ["pbkdf2_hmac"],
    "scrypt": ["scrypt"],
    "ssha512": ["sha512"],
    "argon2id": [],
}
"""What a refusal computes on top of today's hash where members hold older ones, by their scheme."""
OTHERS = [scheme for scheme in OLDER if scheme != "pbkdf2_sha256"]


@dataclass
class Work:
    """What was done, in its order: statements, verbs of the key-value store, hashes."""

    done: list[str] = field(default_factory=list)

    def taken(self) -> tuple[str, ...]:
        """Return what was done since the last time."""
        done, self.done[:] = tuple(self.done), []
        return done

    def told(self, label: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that notes each call and makes it."""

        def noted(*arguments: Any, **named: Any) -> Any:
            self.done.append(label)
            return call(*arguments, **named)

        return noted


class WatchedKeyValue:
    """A key-value store whose verbs are noted, with the first word of their key."""

    def __init__(self, inner: KeyValue, work: Work) -> None:
        self._inner = inner
        self._work = work

    def __getattr__(self, verb: str) -> Any:
        """Return a verb that notes each call."""
        call = getattr(self._inner, verb)

        def noted(*arguments: Any) -> Any:
            self._work.done.append(f"{verb} {str(arguments[0]).partition(':')[0] if arguments else ''}")
            return call(*arguments)

        return noted


@dataclass
class World:
    """A provider behind a port, and the work it does."""

    provider: Provider
    work: Work
    port: int

    @contextmanager
    def browser(self) -> Iterator[HttpBrowser]:
        """Open a browser without cookies."""
        browser = HttpBrowser(self.port)
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A provider whose limits of a network do not count: all the numbers are tried from this machine."""
    generous = {"network_failures": MANY, "global_failures": MANY}
    work = Work()
    with running(copied_provider(tmp_path, passwords=generous, activation={"requests_per_network": MANY})) as provider:
        memory = MemoryKeyValue(Clock(provider.clock.now))
        provider.application.__dict__["kv"] = WatchedKeyValue(memory, work)

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            work.done.append(" ".join(statement.split())[:80])

        event.listen(provider.application.engine, "before_cursor_execute", note)
        monkeypatch.setattr(Argon2id, "verify", work.told("argon2", Argon2id.verify))
        with served(provider.application.wsgi) as port:
            yield World(provider, work, port)


def prepared(world: World, count: int, schemes: tuple[str, ...]) -> tuple[list[Number], list[Number]]:
    """Make the two crowds; what is read once in ten minutes is read."""
    known, unknown = crowd(world.provider.application, count, schemes), strangers(count)
    with world.browser() as browser:
        wrong_password(browser, browser.get("/connexion"), Number("affilie", "7999999", "first"))
        ask(browser, Number("affilie", "7999999", "first"))
    world.work.taken()
    return known, unknown


@pytest.mark.parametrize(("scheme", "count"), [("pbkdf2_sha256", 200), *((scheme, 22) for scheme in OTHERS)])
def test_a_wrong_password_tells_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, scheme: str | None, count: int
) -> None:
    """One page, one set of headers, one list of statements, calls and hashes, whosever the number."""
    known, unknown = prepared(world, count, (scheme,) if scheme else ())
    for function in ("pbkdf2_hmac", "scrypt", "sha512"):
        monkeypatch.setattr(hashlib, function, world.work.told(function, getattr(hashlib, function)))
    words, works = Met(), Met()
    with world.browser() as browser:
        page = browser.get("/connexion")
        world.work.taken()
        for number in (*known, *unknown):
            answer = wrong_password(browser, page, number)
            # The page shows again what was chosen.
            words.add(number, number.situation, plain(answer, number))
            works.add(number, *world.work.taken())
    assert 2 == len(words.shapes), words.who()
    assert 1 == len(works.shapes), [*zip(works.who(), works.shapes, strict=True)]
    ((*done,),) = works.shapes
    assert (2 if scheme == "argon2id" else 1) == done.count("argon2")
    assert OLDER[scheme] == [one for one in done if one in {"pbkdf2_hmac", "scrypt", "sha512"}]


def test_asking_for_a_password_tells_nothing(world: World) -> None:
    """From the form to the last page: what is offered differs among the members as among the strangers, no more."""
    known, unknown = prepared(world, 200, ())
    words, works = (Met(), Met()), Met()
    for crowd_words, numbers in zip(words, (known, unknown), strict=True):
        for number in numbers:
            with world.browser() as browser:
                world.work.taken()
                offered, done = ask(browser, number)
                by_mail = 'value="email"' in offered.text
                crowd_words.add(number, by_mail, plain(offered, number), plain(done, number))
                works.add(number, *world.work.taken())
    assert {True, False} == {by_mail for by_mail, *_ in words[0].shapes}
    assert words[0].shapes.keys() == words[1].shapes.keys(), [one.who() for one in words]
    assert 1 == len(works.shapes), [*zip(works.who(), works.shapes, strict=True)]
