"""Every step has a title, and every finding a sentence."""

from dataclasses import replace

import pytest

from idp.admin.acts.doctor import KEYS_READ
from idp.admin.console.doctor_words import CHECKS, STEPS, fact, sentence
from idp.protocol.client_notes import STEPS as KINDS
from idp.services.checkup import Finding
from idp.services.outgoing import Failure


def test_each_step() -> None:
    """The steps that can be noted, and the one that cannot."""
    assert {kind.value for kind in KINDS} | {KEYS_READ} == set(STEPS)


@pytest.mark.parametrize("failure", list(Failure))
@pytest.mark.parametrize("check", ["keys", "back_channel"])
def test_each_failure_of_a_call(check: str, failure: Failure) -> None:
    """Whatever keeps an address from answering is said."""
    assert len(sentence(Finding(check, "bad", failure.value))) > 20


def test_what_is_shown_beside() -> None:
    """A status and the time it took, an address, or nothing."""
    answered = Finding("back_channel", "bad", "status_503", "41")
    assert ("HTTP 503, 41 ms", "HTTP 404 https://x/") == (
        fact(answered),
        fact(Finding("keys", "bad", "status_404", "https://x/")),
    )
    assert "" == fact(replace(answered, aspect="none", fact=""))


@pytest.mark.parametrize("check", sorted(set(CHECKS) - {"response_types"}))
def test_each_good_finding(check: str) -> None:
    """What is good is said too."""
    assert sentence(Finding(check, "good"))
