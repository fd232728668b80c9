"""Headers as endpoints read them."""

import pytest

from idp.wire.headers import Headers

SENT = Headers(
    {
        "HTTP_AUTHORIZATION": "Basic x",
        "HTTP_X_FORWARDED_FOR": "192.0.2.1",
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "3",
        "PATH_INFO": "/token",
    }
)


def test_a_header_is_found_by_its_lower_case_name() -> None:
    """Those that are asked for often, and any other; nothing else of the environment is one."""
    assert ("Basic x", "192.0.2.1", "text/plain") == (
        SENT["authorization"], SENT["x-forwarded-for"], SENT["content-type"],
    )  # fmt: skip
    assert {"authorization", "x-forwarded-for", "content-type"} == set(SENT)
    assert 3 == len(SENT)
    assert "path-info" not in SENT


def test_what_was_not_sent_is_absent() -> None:
    """As is a `Content-Type` that says nothing, which a server may put there."""
    nothing = Headers({"CONTENT_TYPE": "", "HTTP_ACCEPT": ""})
    assert nothing.get("content-type") is None
    assert "" == nothing.get("accept")
    assert "none" == nothing.get("dpop", "none")
    assert ["accept"] == list(nothing)
    with pytest.raises(KeyError):
        nothing["dpop"]
