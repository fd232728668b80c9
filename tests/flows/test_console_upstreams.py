"""The upstreams at the console: seen, paused with a reason, with words and an end, offered again."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from federation.franceconnect_upstream import FranceConnectUpstream
from idp.admin.roles import Role
from idp.upstream import Outage
from tests.support.administration import administered, recorded
from tests.support.provider import Provider, running
from tests.support.staff import Desk, at_the_console

HERE = "/fournisseurs"
PAUSE = f"{HERE}/franceconnect/suspendre"
RESUME = f"{HERE}/franceconnect/reprendre"
BUTTON = 'class="fr-connect"'


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider that offers FranceConnect."""
    with running(administered(tmp_path)) as made:
        yield made


@pytest.fixture
def desk(provider: Provider) -> Desk:
    """Marie at the console, trusted with security."""
    return at_the_console(provider, Role.SECURITY)


def offered(provider: Provider) -> bool:
    """Whether the sign-in page has the upstream's button."""
    return BUTTON in provider.browser().get("/connexion").text


def pause(provider: Provider) -> Outage | None:
    """Return the pause in force."""
    return provider.application.upstream_switch.paused("franceconnect")


def test_confirmed_and_back(provider: Provider, desk: Desk) -> None:
    """The list leads to a confirmation that wants a reason; a button resumes; the record has who did both, and why."""
    shown = desk.get(HERE).text
    assert (f'href="/administration{PAUSE}"' in shown, f'action="/administration{PAUSE}"' in shown) == (True, False)
    unsaid = desk.browser.submit(desk.get(PAUSE), {}, "confirm-pause")
    assert ('id="reason-error"' in unsaid.text, "button--grave" in unsaid.text) == (True, True)
    assert offered(provider)
    paused = desk.browser.submit(unsaid, {"reason": "Incident <b> national"}, "confirm-pause")
    assert paused.url.endswith(HERE)
    assert ("Suspendu depuis" in paused.text, "Proposé" in paused.text) == (True, False)
    assert not offered(provider)
    resumed = desk.browser.submit(paused, {}, "resume-franceconnect")
    assert "Proposé" in resumed.text
    assert offered(provider)
    acts = [recorded(provider, f"federation.{act}") for act in ("pause", "resume")]
    assert [["console"], ["console"]] == [[one.details["door"] for one in done] for done in acts]
    assert "Incident <b> national" == acts[0][0].details["reason"]
    assert (
        "Incident &lt;b&gt; national"
        in at_the_console(provider, Role.AUDITOR, login="eve@fund.example").get("/journal?event=federation.pause").text
    )


def test_words_and_an_end(provider: Provider, desk: Desk) -> None:
    """Members read the words in their language until the end, which is Paris' time; English pages say it all too."""
    words = {"reason": "Travaux", "fr": "Travaux <b> !", "en": "Works.", "until": "2200-01-15T08:00"}
    shown = desk.browser.submit(desk.get(PAUSE), words, "confirm-pause")
    assert ("Travaux &lt;b&gt; !" in shown.text, "15 janvier 2200, 08:00" in shown.text) == (True, True)
    held = pause(provider)
    assert held is not None
    assert ({"fr": "Travaux <b> !", "en": "Works."}, 7_259_353_200) == (dict(held.words), held.until)
    assert "Works." in provider.browser().get("/connexion?lang=en").text
    assert "Paused since" in desk.get(f"{HERE}?lang=en").text


@pytest.mark.parametrize("until", ["demain", "2001-01-01T08:00", "0001-01-01T00:00"])
def test_an_end_that_is_none(provider: Provider, desk: Desk, until: str) -> None:
    """What is no moment, or past, is said beside its field; what was typed stays, and nothing is paused."""
    told = desk.browser.submit(desk.get(PAUSE), {"reason": "x", "fr": "Travaux.", "until": until}, "confirm-pause")
    assert ('id="until-error"' in told.text, 'value="Travaux."' in told.text) == (True, True)
    assert pause(provider) is None


def test_a_failure_that_the_server_found(provider: Provider, desk: Desk) -> None:
    """An upstream that does not answer is said to fail, since when."""
    upstream = cast("FranceConnectUpstream", provider.application.edge.upstreams["franceconnect"])
    for _ in range(10):
        upstream.breaker.failure()
    shown = desk.get(HERE).text
    assert ("En panne depuis" in shown, "14 novembre 2023, 23:13" in shown, "Proposé" in shown) == (True, True, False)


def test_forms_without_their_token(provider: Provider, desk: Desk) -> None:
    """A form from elsewhere is shown again, and does nothing."""
    for path in (PAUSE, RESUME):
        assert 'id="error-summary"' in desk.browser.post(f"/administration{path}", {}).text
    assert pause(provider) is None


def test_who_looks_has_no_buttons(provider: Provider) -> None:
    """An auditor sees how the upstreams are; an upstream that is not there is not found."""
    shown = at_the_console(provider, Role.AUDITOR).get(HERE)
    assert ("FranceConnect" in shown.text, "pause-franceconnect" in shown.text) == (True, False)
    root = at_the_console(provider, Role.SECURITY, login="root@fund.example")
    assert [404, 404] == [root.get(path.replace("franceconnect", "other")).status for path in (PAUSE, RESUME)]
