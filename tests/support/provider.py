"""A whole provider for stories: real composition, real store, a browser that keeps cookies and follows redirects."""

import base64
import hashlib
import html
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from werkzeug.test import Client as WsgiClient
from werkzeug.test import TestResponse

from idp import config
from idp.app import Application, build
from idp.members.dossiers import Dossier
from idp.protocol.client import Client
from idp.upstream import CivilStatus
from tests.support.stores import Clock

ISSUER = "https://id.example.org"
APP = "https://app.example.org"
PASSWORD = "carafe-soleil-marin-42"
SECRET = "s3cret-of-the-espace-client-0123456789abcdef"

MEMBER = Dossier(
    dossier="1234567",
    situation="affilie",
    status="active",
    civil=CivilStatus("DUBOIS", ("Angela", "Claire"), "1962-08-24", "female", "75107", "99100"),
    email="angela@example.org",
    phone_number="+33123456789",
    address={"street_address": "1 rue de la Paix", "postal_code": "75002", "locality": "Paris", "country": "France"},
    profile={},
)

ESPACE = Client(
    client_id="espace",
    name="Espace Personnel",
    first_party=True,
    redirect_uris=(f"{APP}/callback",),
    post_logout_redirect_uris=(f"{APP}/bye",),
    grant_types=frozenset({"authorization_code", "refresh_token", "client_credentials"}),
    scopes=frozenset({"openid", "profile", "email", "address", "phone", "dossier", "offline_access"}),
    id_token_signed_response_alg="ES256",
    client_uri=f"{APP}/",
)

PARTNER = Client(
    client_id="partner",
    name="Simulateur",
    token_endpoint_auth_method="none",
    redirect_uris=("https://partner.example.net/cb",),
    scopes=frozenset({"openid", "profile", "email"}),
)


def settings(folder: Path, url: str | None = None, **sections: Any) -> config.Settings:
    """Return settings for a provider under a folder; hashing is cheap, everything else as in production."""
    base: dict[str, Any] = {
        "issuer": ISSUER,
        "database": {"url": url or f"sqlite:///{folder}/idp.sqlite3"},
        "keys": {"kek_file": folder / "kek"},
        "passwords": {"memory_kib": 1024, "passes": 1},
        "mail": {"directory": folder / "mailbox"},
        "server": {"run_worker": False},
    }
    for name, section in sections.items():
        base[name] = {**base[name], **section} if isinstance(base.get(name), dict) else section
    return config.load(**base)


@dataclass
class Provider:
    """A prepared provider with a member, the fund's client and a third party's."""

    application: Application
    clock: Clock

    def browser(self) -> "Browser":
        """Return a new browser without cookies."""
        return Browser(self.application.wsgi)

    def close(self) -> None:
        """Let go of the database."""
        self.application.close()


def open_provider(folder: Path, url: str | None = None, **sections: Any) -> Provider:
    """Build and seed a provider at a fixed time."""
    clock = Clock()
    application = build(settings(folder, url, **sections), clock=clock)
    application.prepare()
    application.dossiers.upsert(MEMBER, PASSWORD)
    application.clients.upsert(ESPACE, SECRET)
    application.clients.upsert(PARTNER, None)
    return Provider(application, clock)


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636 section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Page:
    """What the browser shows: the last answer, read."""

    url: str
    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def query(self) -> dict[str, str]:
        """The parameters in the address."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.url).query).items()}

    def hidden(self) -> dict[str, str]:
        """Return the hidden fields of the page."""
        found: dict[str, str] = {}
        for tag in re.findall(r"<input\b[^>]*>", self.text):
            attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
            if attributes.get("type") == "hidden":
                found[attributes["name"]] = html.unescape(attributes.get("value", ""))
        return found

    def action(self, button: str | None = None) -> str:
        """Return the address the form posts to: the one that holds the button with an id, or the first POST form."""
        for form in re.findall(r"<form\b.*?</form>", self.text, re.DOTALL):
            opening = form[: form.index(">")]
            if 'method="post"' in opening and (button is None or f'id="{button}"' in form):
                found = re.search(r'action="([^"]*)"', opening)
                return urljoin(self.url, html.unescape(found[1])) if found else self.url
        raise AssertionError(f"no such form on {self.url}: {self.text[:2000]}")


class Browser:
    """Follows redirects on the issuer, keeps cookies, stops at any other host."""

    def __init__(self, wsgi: Any) -> None:
        self.client = WsgiClient(wsgi)
        self.history: list[str] = []

    def get(self, url: str, *, follow: bool = True, headers: Mapping[str, str] | None = None) -> Page:
        """Open an address."""
        return self._open("GET", urljoin(ISSUER, url), follow=follow, headers=headers)

    def post(
        self, url: str, fields: Mapping[str, str], *, follow: bool = True, headers: Mapping[str, str] | None = None
    ) -> Page:
        """Send a form as a browser on our own page would."""
        own = {"Origin": ISSUER, "Sec-Fetch-Site": "same-origin"}
        return self._open("POST", urljoin(ISSUER, url), dict(fields), follow=follow, headers={**own, **(headers or {})})

    def submit(self, page: Page, fields: Mapping[str, str], button: str | None = None, *, follow: bool = True) -> Page:
        """Fill the form of a page and send it."""
        return self.post(page.action(button), {**page.hidden(), **fields}, follow=follow)

    def sign_in(
        self, page: Page, dossier: str = "1234567", password: str = PASSWORD, situation: str = "affilie"
    ) -> Page:
        """Fill the sign-in form."""
        fields = {"situation": situation, "dossier": dossier, "password": password}
        return self.submit(page, fields, "sign-in")

    def cookies(self) -> dict[str, str]:
        """Return the cookies kept for the issuer."""
        host = urlsplit(ISSUER).hostname or ""
        return {key[2]: cookie.value for key, cookie in self.client._cookies.items() if key[0] == host}

    def _open(
        self,
        method: str,
        url: str,
        form: dict[str, str] | None = None,
        *,
        follow: bool,
        headers: Mapping[str, str] | None,
    ) -> Page:
        for _ in range(12):
            self.history.append(url)
            if not url.startswith(ISSUER):
                return Page(url, 0, "", {})
            answer = self._once(method, url, form, headers)
            if not follow or answer.status_code not in {301, 302, 303, 307}:
                return Page(url, answer.status_code, answer.get_data(as_text=True), answer.headers)
            method, form, url = "GET", None, urljoin(url, answer.headers["Location"])
        raise AssertionError(f"redirected in circles: {self.history[-6:]}")

    def _once(
        self, method: str, url: str, form: dict[str, str] | None, headers: Mapping[str, str] | None
    ) -> TestResponse:
        parts = urlsplit(url)
        return self.client.open(
            parts.path,
            method=method,
            query_string=parts.query,
            base_url=ISSUER,
            data=form,
            headers=dict(headers or {}),
        )


@dataclass
class RelyingParty:
    """An application under test: makes requests, redeems codes."""

    provider: Provider
    client: Client = ESPACE
    secret: str | None = SECRET
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def authorize_url(self, **changes: str | None) -> str:
        """Return an authorization request, with members changed or (None) removed."""
        sent: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.client.redirect_uris[0],
            "scope": "openid profile email",
            "state": "state-0123456789-._~",
            "nonce": secrets.token_urlsafe(16),
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            **changes,
        }
        return f"{ISSUER}/authorize?{urlencode({name: value for name, value in sent.items() if value is not None})}"

    def token(self, **fields: str) -> TestResponse:
        """Call the token endpoint with the client's authentication."""
        headers = {}
        if self.secret is not None:
            pair = f"{self.client.client_id}:{self.secret}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        else:
            fields = {"client_id": self.client.client_id, **fields}
        return WsgiClient(self.provider.application.wsgi).post("/token", data=fields, headers=headers, base_url=ISSUER)

    def redeem(self, code: str, **fields: str) -> TestResponse:
        """Redeem a code."""
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.redirect_uris[0],
            "code_verifier": self.verifier,
        }
        return self.token(**{**sent, **fields})

    def userinfo(self, access_token: str) -> TestResponse:
        """Call userinfo."""
        return WsgiClient(self.provider.application.wsgi).get(
            "/userinfo", headers={"Authorization": f"Bearer {access_token}"}, base_url=ISSUER
        )
