"""Two crowds of numbers, one of members of every kind and one of nobody's, and what each is answered over HTTP."""

import base64
import hashlib
import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection, HTTPMessage, HTTPResponse
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from argon2 import PasswordHasher
from werkzeug.serving import WSGIRequestHandler, make_server

from idp.app import Application
from idp.members.legacy_hashes import to_stored
from idp.store.accounts import Particulars
from idp.store.provisionals import Provisional
from tests.support.activation import ticked
from tests.support.cast import MEMBER
from tests.support.pages import Browser, Page

MASK = re.compile(r"[a-z0-9]\*\*\*[a-z0-9]{0,2}@[a-z0-9]\*{5}\.[a-z]+")


@dataclass(frozen=True, slots=True)
class Number:
    """A number that somebody tries; `kind` says whose it is, `unknown` if nobody's."""

    situation: str
    dossier: str
    kind: str


def _hashes(iterations: int) -> dict[str, str]:
    def b64(octets: bytes) -> str:
        return base64.b64encode(octets).decode()

    sha256 = b64(hashlib.pbkdf2_hmac("sha256", b"right", b"salt", iterations))
    sha1 = b64(hashlib.pbkdf2_hmac("sha1", b"right", b"salt", iterations))
    work = 1 << max(4, (iterations // 40).bit_length() - 1)
    scrypt = b64(hashlib.scrypt(b"right", salt=b"salt", n=work, r=8, p=1, maxmem=1 << 27, dklen=64))
    legacy = {
        "pbkdf2_sha256": f"pbkdf2_sha256${iterations}$salt${sha256}",
        "pbkdf2_sha1": f"pbkdf2_sha1${iterations}$salt${sha1}",
        "scrypt": f"scrypt${work}$salt$8$1${scrypt}",
        "ssha512": "{SSHA512}" + b64(hashlib.sha512(b"rightsalt").digest() + b"salt"),
    }
    dearer = PasswordHasher(time_cost=1 + iterations // 1000, memory_cost=1024, parallelism=1)
    return {"argon2id": dearer.hash("right"), **{scheme: to_stored(one) for scheme, one in legacy.items()}}


_KINDS: Mapping[str, Mapping[str, Any]] = {
    "with a password": {},
    "without a password": {"hash": None},
    "without an e-mail address": {"email": None},
    "with neither": {"email": None, "hash": None},
    "without any address": {"email": None, "address": None, "hash": None},
    "not seen since 2021": {"must_reset": "dormant"},
    "closed": {"status": "closed"},
    "suspended": {"status": "suspended"},
    "deceased": {"status": "deceased", "email": None},
    "with a new address": {"email_changed": True},
    "with a provisional password": {"provisional": True},
}
"""What makes members different; the hashes of the system before come on top, one kind for each scheme."""


def crowd(application: Application, count: int, schemes: tuple[str, ...], iterations: int = 1000) -> list[Number]:
    """Make `count` members, as many of each kind, every eighth an ayant droit.

    Args:
        application: whose store they go to.
        count: how many.
        schemes: of older hashes that some members have still: `pbkdf2_sha256`, `pbkdf2_sha1`, `scrypt`, `ssha512`,
            `argon2id` of another cost.
        iterations: the cost of those hashes.
    """
    today, old = application.passwords.hash("right"), _hashes(iterations)
    kinds = {**_KINDS, **{f"with a hash in {scheme}": {"hash": old[scheme]} for scheme in schemes}}
    made, now = [], application.clock()
    with application.store.begin() as unit:
        for index in range(count):
            kind = list(kinds)[index % len(kinds)]
            number = _number(index, 1, kind)
            _make(unit, number, {"hash": today, **kinds[kind]}, now)
            made.append(number)
    return made


def strangers(count: int) -> list[Number]:
    """Return as many numbers that are nobody's, of the same shapes."""
    return [_number(index, 7, "unknown") for index in range(count)]


def _number(index: int, first: int, kind: str) -> Number:
    if index % 8 == 7:
        return Number("ayant_droit", f"{first}{20_000_000 + 311 * index}", kind)
    return Number("affilie", f"{first}{200_000 + 17 * index}", kind)


def _make(unit: Any, number: Number, traits: Mapping[str, Any], now: int) -> None:
    civil = MEMBER.civil
    changes = {name: traits[name] for name in ("status", "email", "address") if name in traits}
    particulars = Particulars(
        dossier=number.dossier,
        situation=number.situation,
        status="active",
        birth_name=civil.birth_name,
        given_names=civil.given_names,
        birthdate=civil.birthdate,
        gender=civil.gender,
        birthplace=civil.birthplace,
        birthcountry=civil.birthcountry,
        email=f"m{number.dossier}@example.org",
        address=MEMBER.address,
    )
    name = f"a{number.dossier}"
    unit.accounts.upsert(replace(particulars, **changes), account_id=name, subject=f"s{number.dossier}", now=1)
    unit.accounts.set_password_hash(name, traits["hash"], 1)
    if "must_reset" in traits:
        unit.accounts.require_reset(name, traits["must_reset"], 1)
    if "email_changed" in traits:
        unit.accounts.set_email(name, f"new{number.dossier}@example.org", now)
    if "provisional" in traits:
        unit.provisionals.replace(Provisional(name[:32], name, "email", name, now, now + 3600))


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        """Say nothing."""


@contextmanager
def served(wsgi: Any) -> Iterator[int]:
    """Serve an application on the loopback, in this process; yield the port."""
    server = make_server("127.0.0.1", 0, wsgi, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class _Answer:
    status_code: int
    headers: HTTPMessage
    body: bytes

    def get_data(self) -> bytes:
        """Return the body."""
        return self.body


class HttpBrowser(Browser):
    """The browser of the stories, over a real connection.

    Args:
        port: of a server on the loopback that takes itself for the issuer.
    """

    def __init__(self, port: int) -> None:
        self.history: list[str] = []
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._kept: dict[str, str] = {}

    def cookies(self) -> dict[str, str]:
        """Return the cookies that it keeps."""
        return dict(self._kept)

    def close(self) -> None:
        """Leave."""
        self._connection.close()

    def _once(self, method: str, url: str, form: dict[str, str] | None, headers: Mapping[str, str] | None) -> Any:
        parts = urlsplit(url)
        sent = {"Host": parts.netloc, **(headers or {})}
        if self._kept:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._kept.items())
        body = None
        if form is not None:
            body, sent["Content-Type"] = urlencode(form), "application/x-www-form-urlencoded"
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        answer = self._answer(method, target, body, sent)
        for line in answer.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                self._kept[name] = morsel.value
        return _Answer(answer.status, answer.headers, answer.read())

    def _answer(self, method: str, target: str, body: str | None, sent: dict[str, str]) -> HTTPResponse:
        """Ask, once more on a new connection where a kept one was closed in the meantime, as every browser does.

        A proxy that reloads closes the connections that rest (RFC 9112, section 9.3.1); no octet of an answer has come.
        """
        kept = self._connection.sock is not None
        try:
            self._connection.request(method, target, body, sent)
            return self._connection.getresponse()
        except (BrokenPipeError, ConnectionResetError):  # RemoteDisconnected is a ConnectionResetError
            if not kept:
                raise
            self._connection.close()
            self._connection.request(method, target, body, sent)
            return self._connection.getresponse()


@dataclass
class Met:
    """What happened to the numbers of a crowd, and to whom which."""

    shapes: dict[tuple[object, ...], list[Number]] = field(default_factory=dict)

    def add(self, number: Number, *what: object) -> None:
        """Note what happened to one number."""
        self.shapes.setdefault(what, []).append(number)

    def who(self) -> list[Counter[str]]:
        """Return who met which, for the message of a failure."""
        return [Counter(number.kind for number in numbers) for numbers in self.shapes.values()]


def plain(page: Page, number: Number) -> tuple[int, str, tuple[tuple[str, str], ...]]:
    """Return a page without what is new in each answer, or only the visitor's own: ids, nonces, the number typed."""
    text = MASK.sub("<mask>", page.text)
    text = re.sub(r"/(mot-de-passe-oublie|connexion)/[\w-]+|(lang|interaction)=[\w-]+", "<ticket>", text)
    text = re.sub(r'(name="\w+" value|nonce|data-challenge)="[^"]*"', r"\1", text)
    text = re.sub(r"(&#34;challenge&#34;: &#34;)[^&]*", r"\1", text)  # a passkey's; whose it may be must not differ
    text = re.sub(r'(id="reference"[^>]*>)[^<]*', r"\1", text).replace(f'"{number.dossier}"', "<number>")
    own = {"x-request-id", "content-length", "date", "server", "connection"}
    kept = {name.lower(): value for name, value in page.headers.items() if name.lower() not in own}
    return page.status, text, tuple((name, re.sub(r"nonce-[^']*", "nonce", value)) for name, value in kept.items())


def wrong_password(browser: Browser, page: Page, number: Number) -> Page:
    """Send the sign-in form with a password that is not the member's."""
    return browser.sign_in(page, number.dossier, "not the password", number.situation)


def ask(browser: Browser, number: Number) -> tuple[Page, Page]:
    """Ask for a provisional password, by e-mail where that is offered; return the page of the choice and the last."""
    start = browser.get("/mot-de-passe-oublie")
    fields = {"situation": number.situation, "dossier": number.dossier, **ticked(start)}
    offered = browser.submit(start, fields, "reset")
    channel = "email" if 'value="email"' in offered.text else "post"
    return offered, browser.submit(offered, {"channel": channel}, "choose-delivery")
