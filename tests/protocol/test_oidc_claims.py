"""The `claims` request parameter: strict JSON, and only what a database keeps."""

import json

import pytest

from idp.protocol.errors import ProtocolError
from idp.protocol.oidc_claims import MAX_LENGTH, parse_claims, values_of

BAD = {
    "NaN": '{"userinfo": {"email": {"value": NaN}}}',
    "infinity": '{"userinfo": {"email": {"value": -Infinity}}}',
    "beyond a double": '{"userinfo": {"email": {"values": [1e999]}}}',
    "a member twice": '{"userinfo": {"email": null, "email": {"essential": true}}}',
    "a place twice": '{"userinfo": {}, "userinfo": {"email": null}}',
    "a lone surrogate": r'{"userinfo": {"email": {"value": "\ud800"}}}',
    "a lone surrogate in a name": r'{"userinfo": {"\udfff": null}}',
    "NUL": r'{"userinfo": {"email": {"value": "a\u0000"}}}',
    "NUL in a name": r'{"id_token": {"a\u0000": null}}',
    "NaN where nobody looks": '{"other": NaN}',
    "too deep": '{"userinfo": {"email": {"value": ' + "[" * 200 + "]" * 200 + "}}}",
    "much too deep": "[" * 4000,
    "too long": json.dumps({"userinfo": {"x" * MAX_LENGTH: None}}),
    "not an object": "[]",
    "not JSON": "{",
    "a place that is no object": '{"userinfo": []}',
    "a claim that is no object": '{"userinfo": {"email": 1}}',
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_what_is_no_claims_request_is_refused(text: str) -> None:
    """Whatever is not strict JSON of the specified shape is `invalid_request`, before anything is stored."""
    with pytest.raises(ProtocolError) as caught:
        parse_claims(text)
    assert "invalid_request" == caught.value.error


def test_what_is_asked_for_is_kept() -> None:
    """Both places are kept as they are, accents and pairs of surrogates included; other members are dropped."""
    text = (
        r'{"userinfo": {"email": null, "name": {"value": "Zo\u00e9 \ud83d\ude00"}}, "id_token": {"n": {"value": 1.5}}}'
    )
    assert {
        "userinfo": {"email": None, "name": {"value": "Zoé 😀"}},
        "id_token": {"n": {"value": 1.5}},
    } == parse_claims(text)
    assert {} == parse_claims(None) == parse_claims('{"other": {"a": null}}')


def test_values_of() -> None:
    """One value or several; a claim without either may take any."""
    claims = parse_claims('{"id_token": {"acr": {"values": ["a", "b", 1]}, "sub": {"value": "s"}, "name": null}}')
    found = [values_of(claims, "id_token", name) for name in ("acr", "sub", "name", "absent")]
    assert [("a", "b"), ("s",), (), ()] == found
