"""The way on without scripts: a ticked box and some patience, few times per network."""

import pytest

from idp.services.captcha.port import Verdict
from tests.services.captcha.conftest import ACTION, BROWSER, World, answered, judge


def test_a_ticked_box_is_believed_after_the_wait(world: World) -> None:
    """Five seconds after the page was made, and not one earlier, the form without a proof passes (N-172)."""
    captcha = world.captcha()
    widget = captcha.widget(BROWSER, ACTION)
    world.clock.forward(4)
    assert Verdict.FAILED is judge(captcha, answered(widget))
    world.clock.forward(1)
    assert Verdict.PASSED is judge(captcha, answered(widget))
    assert Verdict.FAILED is judge(captcha, answered(widget))


@pytest.mark.parametrize("changes", [{"captcha": ""}, {"captcha_site_web": "x"}, {"captcha_stamp": "x"}])
def test_patience_alone_is_not_enough(world: World, changes: dict[str, str]) -> None:
    """The tick, the empty trap and the stamp are needed too."""
    captcha = world.captcha()
    widget = captcha.widget(BROWSER, ACTION)
    world.clock.forward(30)
    assert Verdict.FAILED is judge(captcha, answered(widget, **changes))


@pytest.mark.parametrize("other", [{"browser_id": "browser-b"}, {"action": "sign_in"}])
def test_the_wait_of_another_page_is_of_no_use(world: World, other: dict[str, str]) -> None:
    """A page fetched long ago by another browser, or for another form, is refused."""
    captcha = world.captcha()
    widget = captcha.widget(BROWSER, ACTION)
    world.clock.forward(30)
    assert Verdict.FAILED is judge(captcha, answered(widget), **other)


def test_each_network_gets_few_of_them(world: World) -> None:
    """Past its number per hour a network must use scripts; another network is not concerned."""
    captcha = world.captcha(unscripted_per_network=2)
    widgets = [captcha.widget(BROWSER, ACTION) for _ in range(4)]
    world.clock.forward(30)
    verdicts = [judge(captcha, answered(widget)) for widget in widgets[:3]]
    assert [Verdict.PASSED, Verdict.PASSED, Verdict.FAILED] == verdicts
    assert Verdict.PASSED is judge(captcha, answered(widgets[3]), network="198.51.100.1")


def test_the_number_starts_again_with_the_hour(world: World) -> None:
    """A network that was refused is heard again an hour later."""
    captcha = world.captcha(unscripted_per_network=0)
    later = world.captcha(unscripted_per_network=1)
    first = captcha.widget(BROWSER, ACTION)
    world.clock.forward(30)
    assert Verdict.FAILED is judge(captcha, answered(first))
    assert Verdict.FAILED is judge(later, answered(first))
    world.clock.forward(3600)
    second = later.widget(BROWSER, ACTION)
    world.clock.forward(30)
    assert Verdict.PASSED is judge(later, answered(second))


def test_without_the_shared_counters_the_limit_is_stricter(world: World) -> None:
    """When the counters are gone, each process believes half as many: never all of them (N-136)."""
    captcha = world.captcha(unscripted_per_network=4)
    widgets = [captcha.widget(BROWSER, ACTION) for _ in range(3)]
    world.clock.forward(30)
    world.kv.down = True
    verdicts = [judge(captcha, answered(widget)) for widget in widgets]
    assert [Verdict.PASSED, Verdict.PASSED, Verdict.FAILED] == verdicts
