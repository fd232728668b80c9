"""A third party's outage tightens the delays and never opens the door."""

import json

from idp.services.captcha.port import Captcha, Verdict
from tests.services.captcha.conftest import ACTION, BROWSER, Endpoint, World, answered, judge, solved


def with_outage(world: World, endpoint: Endpoint, **settings: int) -> Captcha:
    """Return a captcha whose third party has just been found out."""
    endpoint.status = 503
    captcha = world.captcha(provider="turnstile", verify_url=endpoint.address, **settings)
    widget = captcha.widget(BROWSER, ACTION)
    answer = answered(widget, **{"cf-turnstile-response": "t"})
    assert Verdict.OUTAGE is judge(captcha, answer)
    return captcha


def test_the_next_page_brings_a_harder_proof_of_work(world: World, endpoint: Endpoint) -> None:
    """During an outage the page has our challenge, with twice the tries and twice the wait, and it passes."""
    captcha = with_outage(world, endpoint)
    widget = captcha.widget(BROWSER, ACTION)
    usual = world.captcha().widget(BROWSER, ACTION)
    assert ("proof_of_work", usual.attempts * 2, usual.wait * 2) == (widget.kind, widget.attempts, widget.wait)
    assert json.loads(usual.challenge)["parameters"]["cost"] == json.loads(widget.challenge)["parameters"]["cost"]
    assert Verdict.PASSED is judge(captcha, answered(widget, captcha_proof=solved(widget)))


def test_nobody_waits_for_a_third_party_known_to_be_out(world: World, endpoint: Endpoint) -> None:
    """Pages made before the outage are refused at once, without another question."""
    captcha = world.captcha(provider="turnstile", verify_url=endpoint.address)
    before = captcha.widget(BROWSER, ACTION)
    with_outage(world, endpoint)
    endpoint.status = 200
    asked = len(endpoint.asked)
    # The same token field, the box untouched, and the box ticked as a machine might.
    for box in ("", "on"):
        answer = answered(before, **{"cf-turnstile-response": "u", "captcha": box})
        assert Verdict.OUTAGE is judge(captcha, answer)
    assert asked == len(endpoint.asked)


def test_an_outage_ends(world: World, endpoint: Endpoint) -> None:
    """A minute later the third party is asked again; a proof made during the outage still counts."""
    captcha = with_outage(world, endpoint)
    during = captcha.widget(BROWSER, ACTION)
    endpoint.status = 200
    world.clock.forward(60)
    after = captcha.widget(BROWSER, ACTION)
    assert "turnstile" == after.kind
    assert Verdict.PASSED is judge(captcha, answered(after, **{"cf-turnstile-response": "later"}))
    assert Verdict.PASSED is judge(captcha, answered(during, captcha_proof=solved(during)))


def test_the_box_alone_is_believed_later_and_less_often(world: World, endpoint: Endpoint) -> None:
    """Without scripts, an outage doubles the wait and halves the number."""
    captcha = with_outage(world, endpoint, unscripted_per_network=4)
    widgets = [captcha.widget(BROWSER, ACTION) for _ in range(4)]
    world.clock.forward(9)
    assert Verdict.FAILED is judge(captcha, answered(widgets[0]))
    world.clock.forward(1)
    verdicts = [judge(captcha, answered(widget)) for widget in widgets[:3]]
    assert [Verdict.PASSED, Verdict.PASSED, Verdict.FAILED] == verdicts


def test_other_nodes_hear_of_the_outage(world: World, endpoint: Endpoint) -> None:
    """The news goes through the shared store, so that one node's wait spares the others theirs."""
    with_outage(world, endpoint)
    other = world.captcha(provider="turnstile", verify_url=endpoint.address)
    assert "proof_of_work" == other.widget(BROWSER, ACTION).kind


def test_without_the_shared_store_each_process_knows_its_own(world: World, endpoint: Endpoint) -> None:
    """The store being gone too, the door stays shut and the process still falls back."""
    world.kv.down = True
    captcha = with_outage(world, endpoint)
    widget = captcha.widget(BROWSER, ACTION)
    assert "proof_of_work" == widget.kind
    assert Verdict.PASSED is judge(captcha, answered(widget, captcha_proof=solved(widget)))


def test_no_proof_can_be_made_without_an_outage(world: World, endpoint: Endpoint) -> None:
    """While the third party answers, a proof of work of one's own making is refused."""
    captcha = world.captcha(provider="turnstile", verify_url=endpoint.address)
    widget = captcha.widget(BROWSER, ACTION)
    foreign = world.captcha().widget("farm", ACTION)
    assert Verdict.FAILED is judge(captcha, answered(widget, captcha_proof=solved(foreign)))
