"""Error pages: by type, with a reference that is also in the log, and nothing of the inside."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import abort

from idp.protocol.errors import ShownError, Unavailable
from idp.protocol.messages import MalformedMessage
from idp.upstream_ports import KeyValueUnavailable
from tests.support.pages import Browser, Page
from tests.support.provider import Provider, copied_provider, running

FAULTS: dict[str, Exception] = {
    "client": ShownError("client_unknown", "client_id=canary-detail"),
    "redirect": ShownError("redirect_uri_mismatch", "canary-detail"),
    "malformed": MalformedMessage("canary-detail"),
    "unavailable": Unavailable("canary-detail"),
    "store": KeyValueUnavailable("canary-detail"),
    "unexpected": RuntimeError("canary-detail"),
}


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider with one more page, which raises what a test chooses."""
    with running(copied_provider(tmp_path)) as opened:

        def fail(kind: str) -> str:
            if kind.isdigit():
                abort(int(kind))
            raise FAULTS[kind]

        opened.application.flask.add_url_rule("/fault/<kind>", "fault", fail)
        yield opened


@pytest.fixture
def browser(provider: Provider) -> Browser:
    """A browser without cookies."""
    return provider.browser()


def reference_of(page: Page) -> str:
    """Return the reference that a page shows."""
    found = re.search(r'id="error-reference">([0-9a-f]{16})', page.text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("client", 400, "n’est pas reconnu"),
        ("redirect", 400, "L’adresse de retour"),
        ("malformed", 400, "que nous ne pouvons pas lire"),
        ("unavailable", 503, "momentanément indisponible"),
        ("store", 503, "momentanément indisponible"),
        ("unexpected", 500, "Une erreur inattendue"),
        ("404", 404, "Page introuvable"),
        ("418", 418, "Cette demande n’a pas abouti"),
    ],
)
def test_each_fault_has_its_page(browser: Browser, kind: str, status: int, words: str) -> None:
    """Status and words fit the fault; the page has a heading and a way on, and nothing of the inside."""
    page = browser.get(f"/fault/{kind}")
    assert status == page.status
    assert words in page.text
    assert re.search(r'<a class="button[^"]*"[^>]* href="', page.text)
    assert not re.search("canary|Traceback|RuntimeError|werkzeug", page.text)


@pytest.mark.parametrize("kind", [*FAULTS, "404", "405"])
def test_the_reference_of_the_page_is_in_the_log(browser: Browser, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    """The number a member reads out on the telephone finds the record."""
    with caplog.at_level(logging.INFO):
        page = browser.get(f"/fault/{kind}")
    reference = reference_of(page)
    assert reference == page.headers["X-Request-Id"]
    told = [record for record in caplog.records if getattr(record, "reference", None) == reference]
    assert told
    if kind in FAULTS:
        assert {"request_refused", "unavailable", "unexpected_error"} & {getattr(one, "event", "") for one in told}


def test_the_cause_of_a_fault_of_ours_is_in_the_log(browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    """The traceback goes to the log and only there."""
    browser.get("/fault/unexpected")
    record = next(one for one in caplog.records if getattr(one, "event", "") == "unexpected_error")
    assert record.exc_info is not None
    assert "canary-detail" == str(record.exc_info[1])


@pytest.mark.parametrize("kind", ["unavailable", "store"])
def test_what_passes_says_when_to_come_back(browser: Browser, kind: str) -> None:
    """A 503 has `Retry-After` and a button that tries the same address again."""
    page = browser.get(f"/fault/{kind}")
    assert int(page.headers["Retry-After"]) > 0
    assert 'href=""' in page.text


def test_a_method_that_is_not_there_names_those_that_are(browser: Browser) -> None:
    """405 keeps `Allow` on its page."""
    answer = browser.raw("DELETE", "/fault/client")
    assert 405 == answer.status_code
    assert "GET" in answer.headers["Allow"]


def test_the_page_of_a_lost_sign_in_offers_the_services(browser: Browser) -> None:
    """Who comes too late is led back to the fund's applications, or to a new sign-in."""
    page = browser.get("/connexion/unknown-interaction-id")
    assert 400 == page.status
    assert "Cette page n’est plus valable" in page.text
    assert {"/connexion", "https://app.example.org/"} <= set(
        re.findall(r'class="button[^"]*"[^>]*href="([^"]*)"', page.text)
    )


def test_input_is_never_markup(browser: Browser) -> None:
    """What a request says of itself comes back escaped or not at all."""
    for path in ("/authorize?client_id=<script>alert(1)</script>", "/<script>alert(1)</script>", "/connexion/<b>x"):
        assert not re.search(r"<script>alert|<b>x", browser.get(path).text)
