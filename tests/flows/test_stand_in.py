"""Redis is gone and the database stands in (R-12): members sign in, and nothing of one time is good in another."""

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from idp.measuring import own
from idp.metrics import points
from idp.readiness import FRESH
from idp.services.throttle_policy import DAY, Limits
from idp.store.eras import DATABASE
from idp.store.tables import KeyValueRow
from tests.support.cast import ISSUER
from tests.support.pages import Browser
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty
from tests.support.stand_in import Node, TwoNodes, come, sign_in, two_nodes

COOKIE = "__Host-idp-session"
WRONG = "Le numéro de dossier ou le mot de passe est incorrect."
ASKS = 'id="captcha-field"'


@pytest.fixture
def world(tmp_path: Path) -> Iterator[TwoNodes]:
    """Two nodes that have their Redis."""
    with two_nodes(tmp_path) as opened:
        yield opened


@pytest.fixture
def here(world: TwoNodes) -> Node:
    """The first node."""
    return world.nodes[0]


@pytest.fixture
def there(world: TwoNodes) -> Node:
    """The second node."""
    return world.nodes[1]


def moved(browser: Browser, node: Node) -> Browser:
    """Return the browser with its cookies as a proxy sends it to another node."""
    other = Browser(node.provider.application.wsgi)
    for name, value in browser.cookies().items():
        other.client.set_cookie(name, value, domain=urlsplit(ISSUER).hostname or "", secure=True)
    return other


def silent(provider: Provider, browser: Browser) -> dict[str, str]:
    """Return what the application is told without any page."""
    return browser.get(RelyingParty(provider).authorize_url(prompt="none")).query


def test_members_sign_in_while_redis_is_gone_and_after(world: TwoNodes, here: Node, there: Node) -> None:
    """Once in the outage and once after it; in between single sign-on and every node hold as ever."""
    espace, browser = RelyingParty(here.provider), here.provider.browser()
    held = espace.tokens(come(espace, browser))
    for change in (world.lose, world.find):
        change()
        assert 200 == espace.userinfo(held["access_token"]).status_code
        assert 200 == espace.refresh(held["refresh_token"]).status_code
        assert "login_required" == silent(here.provider, browser)["error"]
        issued = espace.tokens(come(espace, browser))
        assert 200 == espace.userinfo(issued["access_token"]).status_code
        assert "code" in silent(there.provider, moved(browser, there))


def test_the_operator_is_told(world: TwoNodes, here: Node, caplog: pytest.LogCaptureFixture) -> None:
    """By `/readyz`, which stays 200, by a figure, and by an error in the log."""

    def told() -> tuple[str, str, float]:
        world.now += 10
        time.sleep(FRESH)
        parts = {part.name: part.state for part in here.provider.application.readiness()}
        values = {point: value for point, _, value in own(here.provider.application, {})}
        status = here.provider.browser().raw("GET", "/readyz").get_json()["status"]
        return parts["redis"], status, values[points.REDIS_STANDS_IN]

    assert ("ok", "ready", 0) == told()
    world.lose()
    assert ["ERROR"] * 2 == [line.levelname for line in caplog.records if "stands in" in line.message]
    assert ("stand-in", "degraded", 1) == told()


def test_a_sign_out_in_the_outage_holds_afterwards(world: TwoNodes, here: Node, there: Node) -> None:
    """A session of before is ended with all that it issued, though its record is out of reach, and stays so (I3)."""
    espace, browser = RelyingParty(here.provider), here.provider.browser()
    issued = espace.tokens(come(espace, browser))
    cookie = browser.cookies()[COOKIE]
    world.lose()
    question = browser.get("/deconnexion")
    assert 200 == espace.userinfo(issued["access_token"]).status_code
    browser.submit(question, {}, "logout-confirm")
    for _ in range(2):
        assert 401 == espace.userinfo(issued["access_token"]).status_code
        assert 400 == espace.refresh(issued["refresh_token"]).status_code
        assert [None] * 2 == [node.provider.application.sessions.get(cookie) for node in (here, there)]
        world.find()
    assert "logout-confirm" not in moved(browser, there).get("/deconnexion").text


def test_every_other_session_ends_with_what_the_lost_ones_issued(world: TwoNodes, here: Node) -> None:
    """A member who ends all others in the outage ends what other browsers were given before it."""
    espace = RelyingParty(here.provider)
    issued = espace.tokens(come(espace, here.provider.browser()))
    world.lose()
    browser = here.provider.browser()
    own_token = espace.tokens(come(espace, browser))["access_token"]
    application = here.provider.application
    session = application.sessions.get(browser.cookies()[COOKIE])
    assert session is not None
    assert 0 == application.edge.devices.end_others(session)
    assert 401 == espace.userinfo(issued["access_token"]).status_code
    assert 200 == espace.userinfo(own_token).status_code


def test_a_session_of_the_outage_that_was_ended_is_nowhere_alive(world: TwoNodes, here: Node, there: Node) -> None:
    """Signed in and out while the database stood in: not alive then on the other node, nor once Redis is back."""
    world.lose()
    espace, browser = RelyingParty(here.provider), here.provider.browser()
    issued = espace.tokens(come(espace, browser))
    cookie = browser.cookies()[COOKIE]
    assert there.provider.application.sessions.get(cookie) is not None
    away = moved(browser, there)
    away.submit(away.get("/deconnexion"), {}, "logout-confirm")
    assert here.provider.application.sessions.get(cookie) is None
    world.find()
    assert [None] * 2 == [node.provider.application.sessions.get(cookie) for node in (here, there)]
    assert 401 == espace.userinfo(issued["access_token"]).status_code


def test_a_code_is_good_once_across_the_changes(world: TwoNodes, here: Node, there: Node) -> None:
    """Redeemed in one time it is spent in the next; not redeemed in its own it is good in none (I1)."""
    espace, away = RelyingParty(here.provider), RelyingParty(there.provider)
    away.verifier = espace.verifier
    kept = [come(espace, here.provider.browser()).query["code"] for _ in range(2)]
    assert 200 == espace.redeem(kept[0]).status_code
    world.lose()
    assert [400, 400] == [party.redeem(code).status_code for code in kept for party in (away,)]
    kept += [come(espace, here.provider.browser()).query["code"] for _ in range(2)]
    assert 200 == away.redeem(kept[2]).status_code
    assert 400 == espace.redeem(kept[2]).status_code
    world.find()
    assert [400] * 4 == [espace.redeem(code).status_code for code in kept]


def test_guesses_are_fewer_in_an_outage_and_none_is_free_after_it(world: TwoNodes, here: Node, there: Node) -> None:
    """In each outage a captcha; both nodes count together and more strictly, and what was counted goes on counting."""
    limits = Limits.of(here.provider.application.settings.passwords)
    began = here.provider.clock.now

    def guesses(most: int) -> int:
        looked_at = 0
        for number in range(most):
            node = (here, there)[number % 2]
            browser = node.provider.browser()
            page = browser.get(RelyingParty(node.provider).authorize_url())
            assert node.kv.stands_in <= (ASKS in page.text)
            looked_at += WRONG in sign_in(browser, page, f"not the password {number}").text
            here.provider.clock.forward(1000)
            world.now += 1
        return looked_at

    usual, meanwhile = guesses(30), 0
    for _ in range(2):
        world.lose()
        meanwhile += guesses(15)
        world.find()
        usual += guesses(10)
    assert here.provider.clock.now - began < DAY
    assert limits.standing_in().daily_failures == meanwhile
    assert meanwhile < usual <= limits.daily_failures


def test_one_node_alone_loses_redis(world: TwoNodes, here: Node, there: Node) -> None:
    """Both use the database from then on: a session is one on both, and so is its end."""
    espace, browser = RelyingParty(there.provider), there.provider.browser()
    come(espace, browser)
    old = browser.cookies()[COOKIE]
    world.lose(here)
    assert there.kv.stands_in
    assert [None] * 2 == [node.provider.application.sessions.get(old) for node in (here, there)]
    come(espace, browser)
    cookie = browser.cookies()[COOKIE]
    assert "code" in silent(here.provider, moved(browser, here))
    away = moved(browser, here)
    away.submit(away.get("/deconnexion"), {}, "logout-confirm")
    assert there.provider.application.sessions.get(cookie) is None
    assert {DATABASE} == {node.kv._watch.last.place for node in world.nodes}
    world.find()
    assert [None] * 4 == [
        node.provider.application.sessions.get(one) for node in (here, there) for one in (old, cookie)
    ]


def test_the_rows_of_an_outage_are_purged(world: TwoNodes, here: Node) -> None:
    """Once they are over, wherever values are kept by then; what moves on without a request is the worker's chore."""
    application = here.provider.application
    world.lose()
    come(RelyingParty(here.provider), here.provider.browser())
    world.find()
    here.provider.clock.forward(200_000)
    chores = {chore.name: chore for chore in application.worker._chores}
    assert here.kv.look == chores["stand_in"].run
    chores["purge"].run()
    with application.store.reading() as unit:
        assert [] == unit.session.execute(select(KeyValueRow.key)).all()
