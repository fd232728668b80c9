"""A provider and an application on two ports of this machine, for what only a browser does: frames, scripts, waits."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Page
from werkzeug.wrappers import Request, Response

from idp.protocol.client import Client
from tests.support.cast import ESPACE, PASSWORD, SECRET
from tests.support.provider import Provider, copied_provider, running
from tests.support.relying_party import RelyingParty
from tests.support.upstream_world import serving

_ASKING: Final = """<!doctype html><title>asking</title>
<iframe id="provider" src="{frame}"></iframe>
<output id="answer">none</output> <output id="from"></output>
<script>
window.addEventListener("message", function (event) {{
  document.getElementById("answer").textContent = event.data;
  document.getElementById("from").textContent = event.origin;
}});
window.addEventListener("load", function () {{
  document.getElementById("provider").contentWindow.postMessage("{message}", "*");
}});
</script>
"""


@dataclass
class Application:
    """Pages of applications: notes each request, and answers none of `slow` paths while the block runs."""

    frame: str = ""
    address: str = ""
    slow: set[str] = field(default_factory=set)
    over: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer one request (WSGI)."""
        request = Request(environ)
        self.asked.append((request.path, parse_qs(request.query_string.decode(), keep_blank_values=True)))
        if request.path in self.slow:
            self.over.wait()
        page = f"<!doctype html><title>{request.path}</title>"
        if request.path == "/asking":
            page = _ASKING.format(frame=self.frame, message=request.args["message"])
        return Response(page, mimetype="text/html")(environ, start_response)

    def of(self, path: str) -> list[dict[str, list[str]]]:
        """Return the parameters of the requests for a path."""
        return [query for known, query in self.asked if known == path]


class _Late:
    app: Any = None

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)


@dataclass
class World:
    """The two servers."""

    provider: Provider
    issuer: str
    application: Application

    def client(self, name: str = "espace", **changes: Any) -> Client:
        """Register an application at its own server."""
        address = self.application.address
        client = replace(
            ESPACE,
            client_id=name,
            name={"espace": "Espace Personnel"}.get(name, name),
            redirect_uris=(f"{address}/{name}/callback",),
            post_logout_redirect_uris=(f"{address}/{name}/bye",),
            client_uri=f"{address}/{name}",
            **changes,
        )
        return self.provider.application.clients.upsert(client, SECRET)

    def sign_in(self, page: Page, client: Client) -> tuple[str, str]:
        """Sign the member in, by the form where it shows; return `session_state` and the ID token."""
        party = RelyingParty(self.provider, client)
        url = party.authorize_url(redirect_uri=client.redirect_uris[0])
        page.goto(f"{self.issuer}/authorize?{urlsplit(url).query}")
        if page.locator("#sign-in").count():
            page.locator("label[for=situation-affilie]").click()
            page.locator("#dossier").fill("1234567")
            page.locator("#password").fill(PASSWORD)
            page.locator("#sign-in").click()
        page.wait_for_url(f"{client.redirect_uris[0]}**")
        query = parse_qs(urlsplit(page.url).query)
        return query["session_state"][0], party.redeem(query["code"][0]).get_json()["id_token"]

    def logout_url(self, id_token: str, client: Client, **fields: str) -> str:
        """Return where an application sends the browser to sign out."""
        sent = {"id_token_hint": id_token, "post_logout_redirect_uri": client.post_logout_redirect_uris[0], **fields}
        return f"{self.issuer}/logout?{urlencode(sent)}"


@contextmanager
def logout_world(folder: Path) -> Iterator[World]:
    """Run both while the block runs: neighbours on `localhost`, as on a developer's machine."""
    late, application = _Late(), Application()
    with serving(late) as inside, serving(application) as outside:
        issuer = inside.replace("127.0.0.1", "localhost")
        application.address = outside.replace("127.0.0.1", "localhost")
        application.frame = f"{issuer}/check-session"
        with running(copied_provider(folder, issuer=issuer)) as provider:
            late.app = provider.application.wsgi
            try:
                yield World(provider, issuer, application)
            finally:
                application.over.set()
