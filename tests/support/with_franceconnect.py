"""A whole provider whose FranceConnect is the emulator, and a person's way there and back."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from federation.emulator.keys import SigningKeys
from tests.support.cast import ISSUER
from tests.support.pages import Browser, Page
from tests.support.provider import Provider, copied_provider, running
from tests.support.stores import Clock
from tests.support.upstream_world import CLIENT_ID, CLIENT_SECRET, emulator, walk


@contextmanager
def with_franceconnect(folder: Path, people: Mapping[str, Mapping[str, Any]], keys: SigningKeys) -> Iterator[Provider]:
    """Run a provider and an emulator on the same clock; `people` are the emulator's, by their claims."""
    secret = folder / "secret"
    secret.write_text(CLIENT_SECRET, encoding="utf-8")
    addresses: dict[str, Any] = {
        "redirect_uris": (f"{ISSUER}/federation/franceconnect/callback",),
        "post_logout_redirect_uris": (f"{ISSUER}/federation/franceconnect/logout",),
    }
    with emulator(Clock(), people, keys, **addresses) as upstream:
        franceconnect = {
            "enabled": True,
            "environment": "emulator",
            "issuer": upstream.issuer,
            "client_id": CLIENT_ID,
            "client_secret_file": secret,
        }
        with running(copied_provider(folder / "house", franceconnect=franceconnect)) as opened:
            yield opened


def button(page: Page) -> str:
    """Return where FranceConnect's button on a page leads."""
    found = re.search(r'class="fr-connect" id="[^"]*" href="([^"]*)"', page.text)
    assert found, page.text[-3000:]
    return found[1]


def through(browser: Browser, page: Page, person: str) -> Page:
    """Press the button, sign in at FranceConnect, and come back."""
    left = browser.get(button(page), follow=False)
    return browser.get(walk(left.headers["Location"], person))
