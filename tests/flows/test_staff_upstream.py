"""Administrators who come by an upstream, against the emulator in the guise of an ordinary OpenID provider."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from federation.emulator.keys import SigningKeys
from idp.admin.actor import FRESH_FOR, operator
from idp.admin.roles import Role
from idp.app import build
from tests.federation.conftest import PEOPLE
from tests.support.administration import recorded
from tests.support.cast import ISSUER
from tests.support.pages import Browser, Page
from tests.support.provider import Provider, copied_provider, running
from tests.support.second_factor import Application, shown_secret
from tests.support.staff import CONSOLE, LOGIN, acts_of, chooses, invited, joined, sends
from tests.support.stores import Clock
from tests.support.upstream_world import CLIENT_ID, CLIENT_SECRET, Emulator, emulator, walk

NAME = "proconnect"


@dataclass
class World:
    """A provider with a staff upstream, and a browser's session at that upstream."""

    provider: Provider
    upstream: Emulator
    clock: Clock

    def forward(self, seconds: int) -> None:
        """Let time pass on both sides."""
        self.provider.clock.forward(seconds)
        self.clock.forward(seconds)

    def comes(self, browser: Browser, page: Page, person: str = "angela") -> Page:
        """Leave by the upstream's button on the staff's sign-in page, and come back as a person."""
        assert f'id="staff-{NAME}"' in page.text, page.text[:3000]
        interaction = page.url.rpartition("/")[2]
        left = browser.get(f"/federation/{NAME}/start?interaction={interaction}", follow=False)
        location = left.headers["Location"]
        assert "prompt=login" in location
        back = urlsplit(walk(location, person, requests.Session()))
        return browser.get(f"{back.path}?{back.query}")

    def joins(self, login: str = LOGIN, person: str = "angela", *roles: Role) -> tuple[Browser, Page]:
        """Take an invitation with an identity of the upstream."""
        browser = self.provider.browser()
        page = browser.get(invited(self.provider, login, roles or tuple(Role)))
        return browser, self.comes(browser, browser.submit(page, {}, f"join-{NAME}"), person)


@pytest.fixture(scope="module")
def signing_keys() -> SigningKeys:
    """The upstream's keys, made once."""
    return SigningKeys()


def opened(folder: Path, signing_keys: SigningKeys, *two_factors: str) -> Iterator[World]:
    """Run a provider whose staff may come by the emulator, where some levels count as two factors."""
    secret, clock = folder / "secret", Clock()
    secret.write_text(CLIENT_SECRET, encoding="utf-8")
    known: dict[str, Any] = {
        "redirect_uris": (f"{ISSUER}/federation/{NAME}/callback",),
        "post_logout_redirect_uris": (f"{ISSUER}/federation/{NAME}/logout",),
        "scopes": frozenset({"openid", "given_name", "usual_name", "email", "uid"}),
    }
    with emulator(clock, PEOPLE, signing_keys, "generic", **known) as upstream:
        settings = {
            "enabled": True,
            "label": "ProConnect",
            "issuer": upstream.issuer,
            "client_id": CLIENT_ID,
            "client_secret_file": secret,
            "signing_algorithm": "ES256",
            "acr_values": ("eidas1",),
            "staff": True,
            "two_factor_acr": two_factors,
        }
        with running(copied_provider(folder / "house", upstreams={NAME: settings})) as provider:
            yield World(provider, upstream, clock)


@pytest.fixture
def world(tmp_path: Path, signing_keys: SigningKeys) -> Iterator[World]:
    """The upstream proves two factors."""
    yield from opened(tmp_path, signing_keys, "eidas1")


@pytest.fixture
def weak(tmp_path: Path, signing_keys: SigningKeys) -> Iterator[World]:
    """What the upstream proves counts as one factor."""
    yield from opened(tmp_path, signing_keys)


def test_an_invitation_taken_with_the_upstream(world: World) -> None:
    """No password here: the identity opens the console, the next time too, and dangerous acts ask it again."""
    browser, home = world.joins()
    assert home.url.endswith(CONSOLE), home.text[:3000]
    (known,) = acts_of(world.provider).list(operator("test"))
    assert (True, NAME) == (known.ready, known.provider)
    world.forward(FRESH_FOR + 1)
    again = browser.get(f"{CONSOLE}/administrateurs/nouveau")
    assert "/administration/connexion/" in again.url
    assert world.comes(browser, again).url.endswith("/nouveau")
    other = world.provider.browser()
    assert world.comes(other, other.get(CONSOLE)).url.endswith(CONSOLE)
    joining = recorded(world.provider, "admin_joined")
    assert [NAME] == [one.details["provider"] for one in joining]


def test_nobody_is_let_in_by_a_name_or_an_address(world: World) -> None:
    """An identity that no invitation tied opens nothing, whatever its claims; one of another account neither."""
    joined(world.provider, str(PEOPLE["angela"].get("email") or "angela@example.org"))
    browser = world.provider.browser()
    refused = world.comes(browser, browser.get(CONSOLE))
    assert (403, True) == (refused.status, "aucun compte ne vous est ouvert" in refused.text)
    world.joins("first@fund.example")
    _, second = world.joins("second@fund.example")
    assert (403, True) == (second.status, 'id="over"' in second.text)
    outcomes = {one.outcome for one in recorded(world.provider, "sign_in")}
    assert {"nobody", "invitation_over"} <= outcomes


def test_an_identity_does_not_outlive_its_invitation_or_its_account(world: World) -> None:
    """Invited again, the tie is gone; shut out, it opens nothing."""
    world.joins("root@fund.example", "angela")
    acts = acts_of(world.provider)
    acts.invite(operator("test"), "root@fund.example")
    browser = world.provider.browser()
    assert 403 == world.comes(browser, browser.get(CONSOLE)).status
    _, home = world.joins(LOGIN)
    assert home.url.endswith(CONSOLE)
    acts.disable(operator("test"), LOGIN, "départ")
    browser = world.provider.browser()
    assert 403 == world.comes(browser, browser.get(CONSOLE)).status


def test_one_factor_takes_no_invitation(weak: World) -> None:
    """Whoever proves one factor is told, and the invitation is as it was."""
    link = invited(weak.provider)
    browser = weak.provider.browser()
    refused = weak.comes(browser, browser.submit(browser.get(link), {}, f"join-{NAME}"))
    assert (403, True) == (refused.status, 'id="weak"' in refused.text)
    assert shown_secret(chooses(weak.provider.browser(), link))


def test_one_factor_asks_for_ours(world: World) -> None:
    """Where the upstream's level counts as one factor, ours is the second; whoever has none does not come in."""
    browser, home = world.joins()
    assert home.url.endswith(CONSOLE)
    known = world.provider.application.settings
    less = known.upstreams[NAME].model_copy(update={"two_factor_acr": ()})
    settings = known.model_copy(update={"upstreams": {NAME: less}})
    page = browser.get(f"{CONSOLE}/mon-acces/application")
    application = Application(world.provider, shown_secret(page))
    browser.submit(page, {"code": application.code()}, "confirm-application")
    world.forward(60)
    lessened = World(
        Provider(build(settings, clock=world.provider.clock), world.provider.clock), world.upstream, world.clock
    )
    other = lessened.provider.browser()
    second = lessened.comes(other, other.get(CONSOLE))
    assert "/confirmer/" in second.url
    assert other.submit(second, {"code": application.code()}, "confirm-code").url.endswith(CONSOLE)
    (who,) = acts_of(world.provider).list(operator("test"))
    with world.provider.application.store.begin() as unit:
        unit.authenticators.remove_all(who.account_id)
    third = lessened.provider.browser()
    assert 403 == lessened.comes(third, third.get(CONSOLE)).status
    lessened.provider.close()


def test_the_upstream_is_the_staffs_alone(world: World) -> None:
    """Members' sign-in does not offer it, and what comes back for a member's application opens nothing."""
    browser = world.provider.browser()
    page = browser.get("/connexion")
    assert "ProConnect" not in page.text
    world.joins()
    interaction = page.url.rpartition("/")[2]
    left = browser.get(f"/federation/{NAME}/start?interaction={interaction}", follow=False)
    back = urlsplit(walk(left.headers["Location"], "angela", requests.Session()))
    assert 403 == browser.get(f"{back.path}?{back.query}").status
    link = invited(world.provider, "eve@fund.example")
    assert 404 == browser.post(f"{urlsplit(link).path}/other", {}).status
    assert 'id="error-summary"' in browser.post(f"{urlsplit(link).path}/{NAME}", {}).text
    assert "/confirmer/" not in sends(browser, browser.get(CONSOLE)).url
