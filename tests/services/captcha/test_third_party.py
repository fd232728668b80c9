"""A third party's verdict counts only for our host, our action and once; its silence opens nothing."""

import logging

import pytest

from idp.services.captcha.port import Verdict
from idp.services.captcha.providers import PROVIDERS
from tests.services.captcha.conftest import ACTION, BROWSER, Endpoint, World, answered, judge, plausible

NAMES = tuple(PROVIDERS)


def token(name: str, value: str = "a-token") -> dict[str, str]:
    """Return the field that a third party's script fills."""
    return {PROVIDERS[name].field: value, "captcha": ""}


@pytest.mark.parametrize("name", NAMES)
def test_a_token_that_the_third_party_believes_passes_once(world: World, endpoint: Endpoint, name: str) -> None:
    """It is asked with our secret and nothing about the person; a replay is refused without asking."""
    captcha = world.captcha(provider=name, verify_url=endpoint.address)
    widget = captcha.widget(BROWSER, ACTION)
    assert Verdict.PASSED is judge(captcha, answered(widget, **token(name)))
    expected = {"secret": "our-secret", "response": "a-token"}
    if name == "hcaptcha":
        expected["sitekey"] = "our-site-key"
    assert [expected] == endpoint.asked
    assert Verdict.FAILED is judge(captcha, answered(widget, **token(name)))
    assert 1 == len(endpoint.asked)


def test_a_token_is_good_for_one_page(world: World, endpoint: Endpoint) -> None:
    """Even if the third party would believe it again, the same token never passes a second page."""
    captcha = world.captcha(provider="hcaptcha", verify_url=endpoint.address)
    first, second = captcha.widget(BROWSER, ACTION), captcha.widget(BROWSER, ACTION)
    assert Verdict.PASSED is judge(captcha, answered(first, **token("hcaptcha")))
    assert Verdict.FAILED is judge(captcha, answered(second, **token("hcaptcha")))
    assert 1 == len(endpoint.asked)


@pytest.mark.parametrize("other", [{"browser_id": "browser-b"}, {"action": "sign_in"}])
def test_a_page_of_another_browser_or_action_is_refused(
    world: World, endpoint: Endpoint, other: dict[str, str]
) -> None:
    """Our stamp binds what the third party does not; it is not even asked."""
    captcha = world.captcha(provider="turnstile", verify_url=endpoint.address)
    widget = captcha.widget(BROWSER, ACTION)
    assert Verdict.FAILED is judge(captcha, answered(widget, **token("turnstile")), **other)
    assert [] == endpoint.asked


@pytest.mark.parametrize(
    "verdict",
    [
        {"success": False},
        {"success": False, "error-codes": ["invalid-input-response"]},
        {"success": False, "error-codes": ["timeout-or-duplicate"]},
        {"success": False, "error-codes": "internal-error"},
        {"success": True},
        {"success": True, "hostname": "elsewhere.example", "action": ACTION},
        {"success": True, "hostname": "localhost", "action": "sign_in"},
        {"success": True, "hostname": "localhost"},
    ],
)
def test_a_refusal_or_a_verdict_for_something_else_fails(world: World, endpoint: Endpoint, verdict: object) -> None:
    """Refused, for another host, for another action, or for none: the form does not pass."""
    endpoint.verdict = verdict
    captcha = world.captcha(provider="turnstile", verify_url=endpoint.address)
    widget = captcha.widget(BROWSER, ACTION)
    assert Verdict.FAILED is judge(captcha, answered(widget, **token("turnstile")))


@pytest.mark.parametrize("code", ["invalid-input-secret", "missing-input-secret", "internal-error"])
def test_a_fault_of_theirs_or_of_our_settings_is_an_outage(world: World, endpoint: Endpoint, code: str) -> None:
    """When the third party cannot judge, or does not know us, that is no fault of the person's answer."""
    endpoint.verdict = {"success": False, "error-codes": [code]}
    captcha = world.captcha(provider="recaptcha", verify_url=endpoint.address)
    widget = captcha.widget(BROWSER, ACTION)
    assert Verdict.OUTAGE is judge(captcha, answered(widget, **token("recaptcha")))


@pytest.mark.parametrize("value", ["", " ", "a b", "x" * 9000, "é", "a\r\nb"])
def test_what_is_no_token_is_not_sent_on(world: World, endpoint: Endpoint, value: str) -> None:
    """An absent, oversized or misshapen token fails here."""
    captcha = world.captcha(provider="turnstile", verify_url=endpoint.address)
    widget = captcha.widget(BROWSER, ACTION)
    assert Verdict.FAILED is judge(captcha, answered(widget, **token("turnstile", value)))
    assert [] == endpoint.asked


def test_what_can_be_told_without_asking(world: World, endpoint: Endpoint) -> None:
    """Whether there is what may be a token, for this page, or a box that waited; nothing is spent by it."""
    captcha = world.captcha(provider="turnstile", verify_url=endpoint.address, unscripted_per_network=1)
    widget = captcha.widget(BROWSER, ACTION)
    right, box = answered(widget, **token("turnstile")), answered(widget)
    wrong = [{}, box, token("turnstile"), right | {"captcha_site_web": "x"}, right | token("turnstile", "a b")]
    assert [False] * 5 == [plausible(captcha, one) for one in wrong]
    assert [True, False] == [plausible(captcha, right), plausible(captcha, right, action="other")]
    world.clock.forward(5)
    assert [True] * 3 == [plausible(captcha, box) for _ in range(3)]
    assert [] == endpoint.asked
    assert Verdict.PASSED is judge(captcha, box)


def test_there_is_a_way_on_without_scripts(world: World, endpoint: Endpoint) -> None:
    """Where a third party's script cannot run, the ticked box and the wait do, under our own limits (N-172)."""
    captcha = world.captcha(provider="turnstile", verify_url=endpoint.address)
    widget = captcha.widget(BROWSER, ACTION)
    assert Verdict.FAILED is judge(captcha, answered(widget))
    world.clock.forward(5)
    assert Verdict.PASSED is judge(captcha, answered(widget))
    assert Verdict.FAILED is judge(captcha, answered(widget))
    assert [] == endpoint.asked


@pytest.mark.parametrize("name", NAMES)
def test_the_page_may_load_what_the_third_party_needs(world: World, endpoint: Endpoint, name: str) -> None:
    """Each widget brings its key and sources of its own provider, over https."""
    widget = world.captcha(provider=name, verify_url=endpoint.address).widget(BROWSER, ACTION)
    assert (name, "our-site-key", "") == (widget.kind, widget.site_key, widget.challenge)
    assert {"script-src", "frame-src"} <= widget.sources.keys()
    assert all(source.startswith("https://") for sources in widget.sources.values() for source in sources)


def test_the_secret_is_in_no_log_and_no_widget(
    world: World, endpoint: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither an outage nor a refusal tells the secret or the token."""
    captcha = world.captcha(provider="turnstile", verify_url=endpoint.address)
    widget = captcha.widget(BROWSER, ACTION)
    endpoint.status = 500
    with caplog.at_level(logging.DEBUG, logger="idp"):
        judge(captcha, answered(widget, **token("turnstile", "the-token")))
    told = caplog.text + repr(widget)
    assert "our-secret" not in told
    assert "the-token" not in told
