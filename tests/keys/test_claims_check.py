"""Registered claims are compared exactly and by type (N-044)."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from keys import claims_check
from keys.errors import Rejection, TokenRejected
from tests.support.tokens import NOW, reason

US = "https://idp.example"


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({}, Rejection.MISSING_CLAIM),
        ({"exp": NOW}, Rejection.EXPIRED),
        ({"exp": NOW - 300}, Rejection.EXPIRED),
        ({"exp": str(NOW + 60)}, Rejection.MALFORMED_CLAIM),
        ({"exp": NOW + 60.5}, Rejection.MALFORMED_CLAIM),
        ({"exp": True}, Rejection.MALFORMED_CLAIM),
        ({"exp": None}, Rejection.MALFORMED_CLAIM),
        ({"exp": [NOW + 60]}, Rejection.MALFORMED_CLAIM),
        ({"exp": -1}, Rejection.MALFORMED_CLAIM),
        ({"exp": 10**30}, Rejection.MALFORMED_CLAIM),
        ({"exp": NOW + 60, "nbf": NOW + 11}, Rejection.NOT_YET_VALID),
        ({"exp": NOW + 60, "nbf": str(NOW)}, Rejection.MALFORMED_CLAIM),
        ({"exp": NOW + 60, "iat": NOW + 61}, Rejection.ISSUED_IN_FUTURE),
        ({"exp": NOW + 60, "iat": float(NOW)}, Rejection.MALFORMED_CLAIM),
    ],
)
def test_times_refused(claims: Mapping[str, object], expected: Rejection) -> None:
    """V-29: expired, missing, text and float times are refused, future ones beyond the leeway too."""
    assert expected == reason(lambda: claims_check.check_times(claims, NOW))


def test_times_accepted() -> None:
    """N-035: the last second of life, and clocks 8 to 10 seconds ahead, are accepted; one second more is not."""
    expected = [(10, None), (11, Rejection.NOT_YET_VALID)]
    assert expected == [(ahead, _refusal({"exp": NOW + 1, "iat": NOW + 8, "nbf": NOW + ahead})) for ahead in (10, 11)]
    found = [_refusal({"exp": NOW - late}, expired_leeway=60) for late in (59, 60)]
    assert [None, Rejection.EXPIRED] == found
    assert [None, Rejection.MISSING_CLAIM] == [_refusal({}, require_exp=required) for required in (False, True)]


def _refusal(claims: Mapping[str, object], **options: Any) -> Rejection | None:
    """Return why the times of a token are refused, None when they are not."""
    try:
        claims_check.check_times(claims, NOW, **options)
    except TokenRejected as rejected:
        return rejected.reason
    return None


def test_age_and_lifetime() -> None:
    """Age counts from ``iat``, which is then required; life from now to ``exp``."""
    aged = {"exp": NOW + 60, "iat": NOW - 301}
    assert Rejection.TOO_OLD == reason(lambda: claims_check.check_times(aged, NOW, max_age=300))
    claims_check.check_times(aged, NOW, max_age=301)
    assert Rejection.MISSING_CLAIM == reason(lambda: claims_check.check_times({"exp": NOW + 60}, NOW, max_age=300))
    assert Rejection.MISSING_CLAIM == reason(lambda: claims_check.check_times({"exp": NOW + 60}, NOW, require_iat=True))
    assert Rejection.MISSING_CLAIM == reason(lambda: claims_check.check_times({"exp": NOW + 60}, NOW, require_nbf=True))
    long = {"exp": NOW + 3 * 365 * 86_400}
    assert Rejection.LIFETIME == reason(lambda: claims_check.check_times(long, NOW, max_lifetime=3600))
    claims_check.check_times({"exp": NOW + 3600}, NOW, max_lifetime=3600)


def test_leeway_is_bounded() -> None:
    """A leeway of more than a minute is a mistake of ours."""
    with pytest.raises(ValueError, match="leeway"):
        claims_check.check_times({"exp": NOW + 1}, NOW, leeway=61)


@pytest.mark.parametrize(
    "issuer",
    [
        "https://idp",
        US + "/",
        US[:-1],
        "xhttps://idp.example",
        US + ".evil.example",
        US.upper(),
        US + "\n",
        "idp.example",
    ],
)
def test_issuer_is_exact(issuer: str) -> None:
    """V-27: a prefix, a suffix, a piece or another case of the issuer is another issuer."""
    assert Rejection.ISSUER == reason(lambda: claims_check.check_issuer({"iss": issuer}, US))


@pytest.mark.parametrize("issuer", [None, [US], {US: 1}, 1, "", "x" * 2000])
def test_issuer_is_text(issuer: object) -> None:
    """An issuer that is no text is malformed."""
    assert Rejection.MALFORMED_CLAIM == reason(lambda: claims_check.check_issuer({"iss": issuer}, US))


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({}, Rejection.MISSING_CLAIM),
        ({"aud": []}, Rejection.AUDIENCE),
        ({"aud": ["other"]}, Rejection.AUDIENCE),
        ({"aud": ["other", US + "/"]}, Rejection.AUDIENCE),
        ({"aud": US + "x"}, Rejection.AUDIENCE),
        ({"aud": "https"}, Rejection.AUDIENCE),
        ({"aud": 1}, Rejection.MALFORMED_CLAIM),
        ({"aud": None}, Rejection.MALFORMED_CLAIM),
        ({"aud": {US: 1}}, Rejection.MALFORMED_CLAIM),
        ({"aud": [[US]]}, Rejection.MALFORMED_CLAIM),
        ({"aud": [US, 1]}, Rejection.MALFORMED_CLAIM),
    ],
)
def test_audience_refused(claims: Mapping[str, object], expected: Rejection) -> None:
    """V-28: absent, empty, foreign, nested and mixed audiences are refused."""
    assert expected == reason(lambda: claims_check.check_audience(claims, US))


def test_audience_accepted_and_narrowed() -> None:
    """A text or a list with us in it passes; callers may ask for one party, or for a text."""
    for value in (US, [US], ["other", US]):
        claims_check.check_audience({"aud": value}, US)
    claims_check.check_audience({"aud": [US]}, US, single=True)
    assert Rejection.AUDIENCE == reason(lambda: claims_check.check_audience({"aud": [US, "x"]}, US, single=True))
    assert Rejection.MALFORMED_CLAIM == reason(lambda: claims_check.check_audience({"aud": [US]}, US, string=True))


def test_authorized_party() -> None:
    """OpenID Core 3.1.3.7: ``azp`` is the client, and several audiences need one."""
    claims_check.check_authorized_party({"aud": "c"}, "c")
    claims_check.check_authorized_party({"aud": ["c", "d"], "azp": "c"}, "c")
    assert Rejection.MISMATCH == reason(lambda: claims_check.check_authorized_party({"aud": "c", "azp": "d"}, "c"))
    several = {"aud": ["c", "d"]}
    assert Rejection.MISSING_CLAIM == reason(lambda: claims_check.check_authorized_party(several, "c"))


@pytest.mark.parametrize("subject", [None, 1, "", "é", "a\nb", "x" * 256, ["a"]])
def test_subject_is_plain_text(subject: object) -> None:
    """Core 2: a subject is 1 to 255 ASCII characters; control characters would split a log line."""
    assert Rejection.MALFORMED_CLAIM == reason(lambda: claims_check.check_subject({"sub": subject}))


def test_subject_and_texts() -> None:
    """Subject, nonce and token id are compared whole."""
    assert "abc" == claims_check.check_subject({"sub": "abc"}, "abc")
    assert Rejection.SUBJECT == reason(lambda: claims_check.check_subject({"sub": "abc"}, "abcd"))
    claims_check.check_text({"nonce": "é"}, "nonce", "é")
    assert Rejection.MISMATCH == reason(lambda: claims_check.check_text({"nonce": "a"}, "nonce", "b"))
    assert Rejection.MISSING_CLAIM == reason(lambda: claims_check.check_text({}, "nonce", "b"))
    assert "j" == claims_check.text_claim({"jti": "j"}, "jti")
    assert Rejection.MALFORMED_CLAIM == reason(lambda: claims_check.text_claim({"jti": "j" * 257}, "jti"))


@pytest.mark.parametrize(
    "check",
    [
        lambda claims: claims_check.check_issuer(claims, US),
        lambda claims: claims_check.check_audience(claims, US),
        claims_check.check_subject,
        lambda claims: claims_check.check_times(claims, NOW),
    ],
)
def test_errors_hold_no_text_of_the_token(check: Callable[[Mapping[str, object]], object]) -> None:
    """V-34: the error names our claim and our reason, not what was sent."""
    sent = "canary\n"
    with pytest.raises(TokenRejected) as caught:
        check({"iss": sent, "aud": sent, "sub": sent, "exp": sent})
    assert "canary" not in str(caught.value) + repr(caught.value)
