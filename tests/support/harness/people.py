"""Members and applications who write down what they send and see, and a crowd of them at work."""

import base64
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.client import HTTPConnection, HTTPException
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from idp.protocol.client import Client
from tests.support.activation import ticked
from tests.support.cast import ESPACE, ISSUER, PASSWORD, SECRET
from tests.support.enumeration import HttpBrowser
from tests.support.harness.history import Event, History
from tests.support.pages import Page
from tests.support.relying_party import challenge_of, claims_of

LOST: Final = (HTTPException, OSError)
"""What a caller meets whose answer never comes."""
PATIENCE: Final = 60.0
"""Seconds for which people try again."""


class GaveUp(Exception):
    """Somebody tried again for all of their patience."""


def mark(value: str) -> str:
    """Return what the history keeps of a secret: enough to know it again."""
    return sha256(value.encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a machine's endpoint said; status 0 when no answer came."""

    status: int
    body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


class WatchedBrowser(HttpBrowser):
    """A browser that writes down every page; one that cannot connect raises what `http.client` does."""

    def __init__(self, port: int, history: History, who: str) -> None:
        super().__init__(port)
        self.who = who
        self._history = history

    def _once(self, method: str, url: str, form: dict[str, str] | None, headers: Mapping[str, str] | None) -> Any:
        began, path = time.monotonic(), urlsplit(url).path
        try:
            answer = super()._once(method, url, form, headers)
        except LOST as error:
            self._history.add(began, self.who, "page", 0, method=method, path=path, error=type(error).__name__)
            self.close()
            raise
        text = answer.body.decode(errors="replace") if answer.status_code >= 500 else ""
        facts: dict[str, Any] = {}
        if answer.status_code >= 500:
            busy = 'id="sign-in-form"' in text or 'id="choose-password"' in text  # says so, and shows the form again
            on = busy or "Réessayer" in text or 'href="/connexion' in text  # again, or another way
            facts = {"ours": busy or "error-reference" in text, "retry": on}
            facts |= {} if facts["ours"] else {"text": text[-3000:]}
        self._history.add(began, self.who, "page", answer.status_code, method=method, path=path, **facts)
        return answer

    def keeps(self, other: "WatchedBrowser") -> None:
        """Take over another browser's cookies, as another tab of it has."""
        self._kept.update(other.cookies())

    def again(self, page: Callable[[], Page], patience: float = PATIENCE) -> Page:
        """Open a page, and press "try again" as long as it fails; note when it went well after a failure."""
        deadline, failed = time.monotonic() + patience, False
        while True:
            try:
                shown = page()
            except LOST:
                shown = None
            if shown is not None and shown.status < 500:
                if failed:
                    self._history.add(time.monotonic(), self.who, "recovered", 200)
                return shown
            failed = True
            if time.monotonic() > deadline:
                raise GaveUp(self.who)
            if shown is not None:
                page = _opening(self, shown.url)
            time.sleep(0.1)


def _opening(browser: HttpBrowser, url: str) -> Callable[[], Page]:
    return lambda: browser.get(url)


@dataclass
class WatchedApplication:
    """An application that writes down every call."""

    port: int
    history: History
    client: Client = ESPACE
    secret: str | None = SECRET
    who: str = "application"
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def authorize_url(self, **changes: str) -> str:
        """Return an authorization request."""
        sent = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.client.redirect_uris[0],
            "scope": "openid profile",
            "state": secrets.token_urlsafe(16),
            "nonce": secrets.token_urlsafe(16),
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            **changes,
        }
        return f"{ISSUER}/authorize?{urlencode(sent)}"

    def redeem(self, code: str, owner: str = "") -> Answer:
        """Redeem a code of a member's."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.redirect_uris[0],
            "code_verifier": self.verifier,
        }
        return self._tokens("redeem", form, owner, code=mark(code))

    def refresh(self, token: str, owner: str = "") -> Answer:
        """Use a refresh token."""
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return self._tokens("refresh", form, owner, token=mark(token))

    def userinfo(self, token: str, owner: str = "") -> Answer:
        """Ask whose a token is."""
        headers = {"Authorization": f"Bearer {token}"}
        return self._call("userinfo", "GET", "/userinfo", None, headers, owner=owner, token=mark(token))

    def revoke(self, token: str) -> Answer:
        """Revoke a token."""
        return self._call("revoke", "POST", "/revoke", self._with_client({"token": token}), token=mark(token))

    def jwks(self) -> Answer:
        """Read the published keys."""
        return self._call("jwks", "GET", "/jwks", None, {})

    def _tokens(self, act: str, form: dict[str, str], owner: str, **facts: str) -> Answer:
        return self._call(act, "POST", "/token", self._with_client(form), None, owner=owner, **facts)

    def _with_client(self, form: dict[str, str]) -> dict[str, str]:
        return form if self.secret is not None else {**form, "client_id": self.client.client_id}

    def _call(
        self,
        act: str,
        method: str,
        path: str,
        form: dict[str, str] | None,
        headers: Mapping[str, str] | None = None,
        **facts: Any,
    ) -> Answer:
        sent = {"Host": urlsplit(ISSUER).netloc, **(headers or {})}
        if form is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
            if self.secret is not None:
                pair = base64.b64encode(f"{self.client.client_id}:{self.secret}".encode()).decode()
                sent["Authorization"] = f"Basic {pair}"
        began = time.monotonic()
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, urlencode(form) if form is not None else None, sent)
            received = connection.getresponse()
            text = received.read()
        except LOST as error:
            self.history.add(began, self.who, act, 0, error=type(error).__name__, **facts)
            return Answer(0)
        finally:
            connection.close()
        answer = Answer(received.status, _read(text), dict(received.getheaders()))
        self.history.add(began, self.who, act, answer.status, **facts, **_seen(answer))
        return answer


def _read(text: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _seen(answer: Answer) -> dict[str, Any]:
    seen: dict[str, Any] = {name: answer.body[name] for name in ("error", "sub", "keys") if name in answer.body}
    seen |= {name: mark(answer.body[name]) for name in ("access_token", "refresh_token") if name in answer.body}
    if "id_token" in answer.body:
        seen |= {"id_token": answer.body["id_token"], "sub": claims_of(answer.body["id_token"])["sub"]}
    if answer.status == 503:
        seen["retry_after"] = next((v for k, v in answer.headers.items() if k.lower() == "retry-after"), None)
    return seen


@dataclass
class Person:
    """A member with a browser, and the application that is asked for a sign-in."""

    port: int
    history: History
    dossier: str
    number: int = 0
    client: Client = ESPACE
    secret: str | None = SECRET
    password: str = PASSWORD
    patience: float = PATIENCE

    def __post_init__(self) -> None:
        """Open a browser."""
        who = f"{self.dossier}.{self.number}"
        self.browser = WatchedBrowser(self.port, self.history, who)
        self.application = WatchedApplication(
            self.port, self.history, self.client, self.secret, f"application of {who}"
        )

    def code(self, **changes: str) -> str:
        """Go from the application to the provider and come back with a code, signing in where that is asked for."""
        began, url = time.monotonic(), self.application.authorize_url(**changes)
        while True:
            page = self.browser.again(lambda: self.browser.get(url), self.patience)
            if 'id="dossier"' in page.text:
                page = self.posts(page)
            if "code" in page.query:
                self.history.add(
                    began, self.browser.who, "signed in", 200, owner=self.dossier, password=mark(self.password)
                )
                return page.query["code"]
            # The page was forgotten, the answer lost, or there was no turn: from the application, once again.
            if time.monotonic() - began > self.patience:
                raise GaveUp(f"{self.dossier}: {page.status} {page.url}")
            time.sleep(0.1)

    def posts(self, form: Page) -> Page:
        """Fill a sign-in form, and try again where that fails."""
        return self.browser.again(self._signing_in(form), self.patience)

    def _signing_in(self, form: Page) -> Callable[[], Page]:
        fields = {"situation": "affilie", "dossier": self.dossier, "password": self.password, **ticked(form)}
        return lambda: self.browser.submit(form, fields, "sign-in")

    def silent_code(self, **changes: str) -> str | None:
        """Ask for a code without any page; None when there is no session."""
        return self.browser.again(
            lambda: self.browser.get(self.application.authorize_url(prompt="none", **changes)), self.patience
        ).query.get("code")

    def tokens(self, **changes: str) -> Mapping[str, Any]:
        """Get tokens, with a new code as long as one is lost; asks whose they are."""
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            answer = self.application.redeem(self.code(**changes), self.dossier)
            if answer.status == 200:
                return answer.body
            time.sleep(0.1)
        raise GaveUp(self.dossier)

    def sign_out(self) -> bool:
        """Sign out at the provider; return whether its page said so."""
        began = time.monotonic()
        try:
            page = self.browser.get("/deconnexion")
            page = self.browser.submit(page, {}, "logout-confirm") if page.status == 200 else page
        except LOST:
            return False
        done = page.status == 200
        if done:
            self.history.add(began, self.browser.who, "sign out", 200, owner=self.dossier)
        return done

    def leave(self) -> None:
        """Close the browser."""
        self.browser.close()


@dataclass
class Crowd:
    """Members who sign in over and over, get tokens, ask whose they are, and revoke some."""

    port: int
    history: History
    dossiers: Sequence[str]
    client: Client = ESPACE
    secret: str | None = SECRET
    scope: str = "openid profile"
    rest: float = 0.0
    """Seconds between two sign-ins of one member."""
    again: int = 0
    """How often each comes back by the session, without a page, before the next one signs in."""
    held: list[tuple[Person, str]] = field(default_factory=list)
    """Those who were signed in, with an access token each."""
    gave_up: list[str] = field(default_factory=list)

    def _one(self, dossier: str, number: int, stopping: threading.Event) -> None:
        rounds = 0
        while not stopping.is_set():
            person = Person(self.port, self.history, dossier, number * 1_000_000 + rounds, self.client, self.secret)
            rounds += 1
            try:
                token = person.tokens(scope=self.scope)["access_token"]
                person.application.userinfo(token, dossier)
                self._comes_back(person)
                if rounds % 4 == 0:
                    person.application.revoke(token)
                    person.leave()
                else:
                    self.held.append((person, token))
            except GaveUp as error:
                self.gave_up.append(str(error))
            person.leave()
            stopping.wait(self.rest)

    def _comes_back(self, person: Person) -> None:
        for _ in range(self.again):
            code = person.silent_code()
            if code is not None:
                person.application.redeem(code, person.dossier)

    @contextmanager
    def at_work(self) -> Iterator["Crowd"]:
        """Have all of them at it while the block runs."""
        stopping = threading.Event()
        threads = [
            threading.Thread(target=self._one, args=(dossier, number, stopping), daemon=True)
            for number, dossier in enumerate(self.dossiers)
        ]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            stopping.set()
            for thread in threads:
                thread.join(PATIENCE * 2)

    def until(self, more: int, seconds: float = 120) -> None:
        """Wait until so many more have tokens."""
        wanted, deadline = len(self.held) + more, time.monotonic() + seconds
        while len(self.held) < wanted:
            assert time.monotonic() < deadline, f"{len(self.held)} of {wanted}; {self.history.failures()[-3:]}"
            time.sleep(0.02)


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """Do something `count` times at the same moment, each in a thread, and return what came of each."""
    gate, results = threading.Barrier(count), [None] * count

    def one(number: int) -> None:
        gate.wait()
        results[number] = act(number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def statuses(answers: Sequence[Answer | Event]) -> list[int]:
    """Return the statuses, sorted."""
    return sorted(answer.status for answer in answers)
