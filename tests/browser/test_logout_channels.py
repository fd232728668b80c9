"""What only a browser does of a sign-out: frames of the applications, and pages that ask whether a session stands."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from idp.protocol.client import Client
from tests.support.logout_receivers import receiver
from tests.support.logout_world import World, logout_world
from tests.support.relying_party import claims_of

pytestmark = pytest.mark.browser

ODD = "a\"b'<c>&d%20#e+f=g;h/i?j\\k"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A provider and the applications' server."""
    with logout_world(tmp_path) as made:
        yield made


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A window whose pages may run scripts, or may not."""
    with browser.new_context(java_script_enabled=request.param, locale="fr-FR") as context:
        yield context.new_page()


@pytest.fixture
def scripted(browser: Browser) -> Iterator[Page]:
    """A window whose pages run scripts."""
    with browser.new_context(locale="fr-FR") as context:
        yield context.new_page()


def ask(world: World, page: Page, message: str, host: str = "localhost") -> str:
    """Let a page of the application ask the provider's frame, and return what it heard."""
    address = world.application.address.replace("localhost", host)
    page.goto(f"{address}/asking?message={message.replace(' ', '%20')}")
    answer = page.locator("#answer")
    expect(answer).not_to_have_text("none", timeout=2000)
    assert world.issuer == page.locator("#from").inner_text()
    return answer.inner_text()


def test_the_frame_tells_whether_the_session_stands(world: World, scripted: Page) -> None:
    """Unchanged while it stands; changed after a sign-out, and after another sign-in; an error for what is no state."""
    client = world.client()
    state, id_token = world.sign_in(scripted, client)
    asked = f"espace {state}"
    assert "unchanged" == ask(world, scripted, asked)
    for wrong in ("espace", f"espace {state[:-1]}/", f"espace {state[1:]}", f"two words {state}"):
        assert "error" == ask(world, scripted, wrong)
    assert "changed" == ask(world, scripted, f"other {state}")
    scripted.goto(world.logout_url(id_token, client))
    assert "changed" == ask(world, scripted, asked)
    again, _ = world.sign_in(scripted, client)
    assert "changed" == ask(world, scripted, asked)
    assert "unchanged" == ask(world, scripted, f"espace {again}")


def test_another_origin_hears_of_a_change(world: World, scripted: Page) -> None:
    """The value is good for pages of the redirect URI's origin alone."""
    state, _ = world.sign_in(scripted, world.client())
    assert "changed" == ask(world, scripted, f"espace {state}", host="127.0.0.1")


def test_oidcc_frontchannel_rp_initiated_logout(world: World, page: Page) -> None:
    """Every application's frame is loaded, `iss` and `sid` for the one that wants them; then back, with the state."""
    address = world.application.address
    client = world.client(frontchannel_logout_uri=f"{address}/one", frontchannel_logout_session_required=True)
    other = world.client("other", frontchannel_logout_uri=f"{address}/two?kept=1")
    _, id_token = world.sign_in(page, client)
    world.sign_in(page, other)
    page.goto(world.logout_url(id_token, client, state=ODD), wait_until="commit")
    page.wait_for_url(f"{address}/espace/bye**", timeout=8000)
    assert [{"iss": [world.issuer], "sid": [claims_of(id_token)["sid"]]}] == world.application.of("/one")
    assert [{"kept": ["1"]}] == world.application.of("/two")
    assert [{"state": [ODD]}] == world.application.of("/espace/bye")


def test_a_frame_that_hangs_holds_nobody(world: World, scripted: Page) -> None:
    """After three seconds the person goes on."""
    client, id_token = hanging(world, scripted)
    began = time.monotonic()
    scripted.goto(world.logout_url(id_token, client), wait_until="commit")
    scripted.wait_for_url(client.post_logout_redirect_uris[0], timeout=8000, wait_until="commit")
    assert time.monotonic() - began > 2


def test_without_scripts_a_link_goes_on(world: World, browser: Browser) -> None:
    """A page without scripts waits for its frames; where one hangs, the person presses the link."""
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        client, id_token = hanging(world, page)
        page.goto(world.logout_url(id_token, client), wait_until="commit")
        page.locator("#continue").click(no_wait_after=True)
        page.wait_for_url(client.post_logout_redirect_uris[0], timeout=5000, wait_until="commit")


def hanging(world: World, page: Page) -> tuple[Client, str]:
    """Sign in at an application whose frame never loads; return it and the ID token."""
    world.application.slow.add("/slow")
    client = world.client(frontchannel_logout_uri=f"{world.application.address}/slow")
    return client, world.sign_in(page, client)[1]


def test_the_page_of_frames_frames_nobody_else(world: World, scripted: Page) -> None:
    """Its policy names the applications of this sign-out; the policy of every other page names none."""
    address = world.application.address
    world.application.slow.add("/one")
    client = world.client(frontchannel_logout_uri=f"{address}/one")
    _, id_token = world.sign_in(scripted, client)
    frames = scripted.goto(world.logout_url(id_token, client), wait_until="commit")
    assert frames is not None
    assert re.search(rf"frame-src {re.escape(address)}(;|$)", frames.headers["content-security-policy"])
    home = scripted.goto(world.issuer)
    assert home is not None
    assert "frame-src" not in home.headers["content-security-policy"]


def test_the_receipt_tells_service_by_service(world: World, page: Page) -> None:
    """Closed, told by the browser, silent, and not to be told: each in its words; a second look tells what is new."""
    address = world.application.address
    with receiver() as answers, receiver(status=503) as fails:
        world.sign_in(page, world.client("answers", backchannel_logout_uri=answers.address))
        world.sign_in(page, world.client("fails", backchannel_logout_uri=fails.address))
        world.sign_in(page, world.client("framed", frontchannel_logout_uri=f"{address}/one"))
        world.sign_in(page, world.client("deaf"))
        page.goto(f"{world.issuer}/deconnexion")
        page.locator("#logout-confirm").click()
        page.wait_for_url("**/deconnexion/fin", timeout=8000)
        words = {row: page.locator(f"[data-service={row}] .state").inner_text() for row in ("answers", "fails")}
        assert {"answers": "Fermé", "fails": "N’a pas répondu"} == words
        expect(page.locator("[data-service=framed] .state")).to_have_text("Prévenu par votre navigateur")
        expect(page.locator("[data-service=deaf] .state")).to_have_text("Accès retiré")
        fails.status = 200
        world.provider.clock.forward(30)
        world.provider.application.logouts.run_once()
        page.reload()
        expect(page.locator("[data-service=fails] .state")).to_have_text("Fermé")
    page.goto(f"{world.issuer}/deconnexion/fin?lang=en")
    expect(page.locator("[data-service=deaf] .state")).to_have_text("Access withdrawn")


def test_one_service_alone(world: World, page: Page) -> None:
    """It is told and its tokens die; the session and the other service go on."""
    with receiver() as one, receiver() as two:
        world.sign_in(page, world.client("one", backchannel_logout_uri=one.address))
        two_client = world.client("two", backchannel_logout_uri=two.address)
        world.sign_in(page, two_client)
        page.goto(f"{world.issuer}/deconnexion")
        page.get_by_role("button", name="Quitter one").click()
        expect(page.locator("h1")).to_have_text("Vous avez quitté one")
        expect(page.locator("[data-service=one] .state")).to_have_text("Fermé")
        assert [1, 0] == [len(one.calls), len(two.calls)]
        world.sign_in(page, two_client)
        assert page.url.startswith(two_client.redirect_uris[0])
