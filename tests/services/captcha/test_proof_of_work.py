"""The default captcha: a proof found by trying, good for one browser, one action and once."""

import base64
import json
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.protocol.errors import Unavailable
from idp.services.captcha.port import CaptchaWidget, Verdict
from idp.services.captcha.proof_of_work import Effort
from tests.services.captcha.conftest import ACTION, BROWSER, World, answered, judge, plausible, solved
from tests.support.faults import broken_database


def decoded(proof: str) -> dict[str, Any]:
    """Return what a proof says."""
    found: dict[str, Any] = json.loads(base64.b64decode(proof))
    return found


def encoded(payload: object) -> str:
    """Return a proof that says something else."""
    return base64.b64encode(json.dumps(payload).encode()).decode()


def test_a_solved_challenge_passes_at_once(world: World) -> None:
    """A person with scripts waits for nothing but the calculation."""
    captcha = world.captcha()
    widget = captcha.widget(BROWSER, ACTION)
    assert Verdict.PASSED is judge(captcha, answered(widget, captcha_proof=solved(widget)))


def test_the_usual_challenge_can_be_solved(world: World) -> None:
    """The default effort is one that a program solves, within the tries it announces."""
    captcha = world.captcha(proof_iterations=5000, proof_attempts=250)
    widget = captcha.widget(BROWSER, ACTION)
    proof = solved(widget)
    assert widget.attempts >= decoded(proof)["solution"]["counter"] >= 125
    assert Verdict.PASSED is judge(captcha, answered(widget, captcha_proof=proof))


def test_a_challenge_is_never_the_same_twice(world: World) -> None:
    """Two pages have different challenges and stamps."""
    first, second = (world.captcha().widget(BROWSER, ACTION) for _ in range(2))
    assert first.challenge != second.challenge
    assert first.stamp != second.stamp


def test_what_can_be_told_of_an_answer_spends_nothing(world: World) -> None:
    """However often it is looked at: none, another page's or an old one may not pass, a right one may."""
    captcha = world.captcha(unscripted_per_network=1)
    widget, other = captcha.widget(BROWSER, ACTION), captcha.widget(BROWSER, ACTION)
    right, box = answered(widget, captcha_proof=solved(widget)), answered(other)
    wrong = [
        {},
        box,
        right | {"captcha": ""},
        right | {"captcha_site_web": "x"},
        right | {"captcha_stamp": other.stamp},
    ]
    assert [False] * 5 == [plausible(captcha, one) for one in wrong]
    assert [False, False] == [plausible(captcha, right, **one) for one in ({"browser_id": "b"}, {"action": "other"})]
    assert [True] * 3 == [plausible(captcha, right) for _ in range(3)]
    assert Verdict.PASSED is judge(captcha, right)
    world.clock.forward(5)
    assert [True] * 3 == [plausible(captcha, box) for _ in range(3)]
    assert Verdict.PASSED is judge(captcha, box)
    world.clock.forward(86400)
    assert not plausible(captcha, right)


def test_an_answer_is_good_once(world: World) -> None:
    """A replay is refused, on this node or another one (V-58)."""
    captcha = world.captcha()
    widget = captcha.widget(BROWSER, ACTION)
    answer = answered(widget, captcha_proof=solved(widget))
    assert Verdict.PASSED is judge(captcha, answer)
    assert Verdict.FAILED is judge(captcha, answer)
    assert Verdict.FAILED is judge(world.captcha(), answer)


def test_one_page_passes_once_however_it_is_answered(world: World) -> None:
    """After a proof, the ticked box of the same page is worth nothing, and the other way round."""
    captcha = world.captcha()
    first, second = captcha.widget(BROWSER, ACTION), captcha.widget(BROWSER, ACTION)
    world.clock.forward(5)
    assert Verdict.PASSED is judge(captcha, answered(first, captcha_proof=solved(first)))
    assert Verdict.FAILED is judge(captcha, answered(first))
    assert Verdict.PASSED is judge(captcha, answered(second))
    assert Verdict.FAILED is judge(captcha, answered(second, captcha_proof=solved(second)))


def test_of_many_who_send_the_same_answer_one_passes(world: World) -> None:
    """The database decides who was first, with eight at the same time."""
    captcha = world.captcha()
    widget = captcha.widget(BROWSER, ACTION)
    answer = answered(widget, captcha_proof=solved(widget))
    start = threading.Barrier(8)
    verdicts: list[Verdict] = []

    def send() -> None:
        start.wait()
        verdicts.append(judge(captcha, answer))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (1, 7) == (verdicts.count(Verdict.PASSED), verdicts.count(Verdict.FAILED))


def test_a_lost_database_lets_nobody_through(world: World) -> None:
    """Nobody knows then whether the answer was used before; it can be sent again once the database is back."""
    captcha = world.captcha()
    widget = captcha.widget(BROWSER, ACTION)
    answer = answered(widget, captcha_proof=solved(widget))
    with broken_database(world.store.engine), pytest.raises(Unavailable):
        judge(captcha, answer)
    assert Verdict.PASSED is judge(captcha, answer)


@pytest.mark.parametrize("other", [{"browser_id": "browser-b"}, {"action": "sign_in"}, {"browser_id": ""}])
def test_another_browser_or_action_is_refused_and_spends_nothing(world: World, other: dict[str, str]) -> None:
    """A solved challenge is of use to nobody else, and its owner can still use it (N-101)."""
    captcha = world.captcha()
    widget = captcha.widget(BROWSER, ACTION)
    answer = answered(widget, captcha_proof=solved(widget))
    assert Verdict.FAILED is judge(captcha, answer, **other)
    assert Verdict.PASSED is judge(captcha, answer)


def test_a_proof_of_another_page_is_refused(world: World) -> None:
    """A farm's solved challenge cannot be carried to a page of ours: it names the stamp it was made with."""
    captcha = world.captcha()
    mine, farm = captcha.widget(BROWSER, ACTION), captcha.widget("farm", ACTION)
    assert Verdict.FAILED is judge(captcha, answered(mine, captcha_proof=solved(farm)))


def test_an_old_answer_is_refused(world: World) -> None:
    """After ten minutes a challenge is worth nothing."""
    captcha = world.captcha()
    widget = captcha.widget(BROWSER, ACTION)
    answer = answered(widget, captcha_proof=solved(widget))
    world.clock.forward(600)
    assert Verdict.FAILED is judge(captcha, answer)


@pytest.mark.parametrize(
    "missing",
    [
        {"captcha_stamp": ""},
        {"captcha": ""},
        {"captcha": "off"},
        {"captcha_site_web": "https://spam.example"},
    ],
)
def test_a_proof_needs_its_stamp_its_tick_and_an_empty_trap(world: World, missing: dict[str, str]) -> None:
    """Without the stamp or the tick, or with the field that no person sees filled in, the proof is worth nothing."""
    captcha = world.captcha()
    widget = captcha.widget(BROWSER, ACTION)
    assert Verdict.FAILED is judge(captcha, answered(widget, captcha_proof=solved(widget)) | missing)


def test_no_answer_is_a_failed_one(world: World) -> None:
    """An empty form fails: nothing is not "not wrong" (V-58)."""
    assert Verdict.FAILED is judge(world.captcha(), {})


def tampered(widget: CaptchaWidget) -> dict[str, str]:
    """Return proofs that are not quite right."""
    good = decoded(solved(widget))
    parameters, solution = good["challenge"]["parameters"], good["solution"]

    def proof(changed_parameters: dict[str, Any], changed_solution: dict[str, Any], signature: object = None) -> str:
        signature = good["challenge"]["signature"] if signature is None else signature
        challenge = {"parameters": {**parameters, **changed_parameters}, "signature": signature}
        return encoded({"challenge": challenge, "solution": {**solution, **changed_solution}})

    return {
        "key": proof({}, {"derivedKey": "00" * 32}),
        "prefix only": proof({}, {"derivedKey": parameters["keyPrefix"] + "00" * 16}),
        "empty key": proof({}, {"derivedKey": ""}),
        "no text": proof({}, {"derivedKey": None}),
        "cheaper": proof({"cost": 1}, {}),
        "no prefix": proof({"keyPrefix": ""}, {}),
        "own key": proof({"keySignature": None}, {}),
        "no signature": proof({}, {}, ""),
        "signature of a number": proof({}, {}, 1),
        "list": encoded([]),
        "nested": encoded({"challenge": {"parameters": []}, "solution": {}}),
        "text": encoded({"challenge": "x", "solution": "y"}),
        "not base64": "~~~",
        "too long": solved(widget) + "A" * 5000,
    }


def test_a_tampered_proof_is_refused_and_spends_nothing(world: World) -> None:
    """Every part of a proof is signed or checked; a bad one leaves the page usable."""
    captcha = world.captcha()
    widget = captcha.widget(BROWSER, ACTION)
    passed = {
        name: verdict
        for name, proof in tampered(widget).items()
        if (verdict := judge(captcha, answered(widget, captcha_proof=proof))) is not Verdict.FAILED
    }
    assert {} == passed
    assert Verdict.PASSED is judge(captcha, answered(widget, captcha_proof=solved(widget)))


def test_whatever_is_sent_the_judge_only_says_no(world: World) -> None:
    """No proof, however odd, raises."""
    captcha = world.captcha()
    widget = captcha.widget(BROWSER, ACTION)
    challenge = json.loads(widget.challenge)
    json_values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=6,
    )
    keys = st.sampled_from([*challenge["parameters"], "__proto__", "parallelism", "expiresAt"])

    @given(st.dictionaries(keys, json_values, max_size=3), json_values, st.text(max_size=40))
    def odd(changes: dict[str, Any], solution: Any, text: str) -> None:
        parameters = {**challenge["parameters"], **changes}
        proof = encoded({"challenge": {**challenge, "parameters": parameters}, "solution": solution})
        assert Verdict.FAILED is judge(captcha, answered(widget, captcha_proof=proof))
        assert Verdict.FAILED is judge(captcha, answered(widget, captcha_proof=text or "x"))

    odd()


def test_the_effort_is_kept_within_bounds() -> None:
    """The tries of a challenge lie around their average, and the doubled effort is twice as much."""
    effort = Effort(5000, 250, 5)
    assert (125, 375) == (effort.fewest, effort.most)
    assert Effort(5000, 500, 10) == effort.doubled()


def test_the_page_may_load_a_worker_of_ours_only(world: World) -> None:
    """The default captcha needs no third party in the policy."""
    assert {"worker-src": ("'self'",)} == world.captcha().widget(BROWSER, ACTION).sources
