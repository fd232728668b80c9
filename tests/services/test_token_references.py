"""What access tokens refer to: written, read back, over in time."""

import pytest

from idp.services.token_references import TokenReference, TokenReferences

NOW = 1_800_000_000
GRANT = "0123456789abcdef" * 2
EPOCH = (1 << 40) + 7
JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
REFERENCES = TokenReferences(b"s" * 32, 600)


@pytest.mark.parametrize("owner", [{"grant_id": GRANT, "client_id": None}, {"grant_id": None, "client_id": "espace"}])
@pytest.mark.parametrize("resource", [None, "https://api.example.org/dossiers?a=é"])
@pytest.mark.parametrize("jkt", [None, JKT])
@pytest.mark.parametrize("scope", [(), ("openid",), ("openid", "profile", "offline_access")])
def test_it_comes_back_whole(
    owner: dict[str, str | None], resource: str | None, jkt: str | None, scope: tuple[str, ...]
) -> None:
    """Every kind of token."""
    epoch = EPOCH if owner["client_id"] else 0
    written = TokenReference(
        **owner, scope=scope, resource=resource, dpop_jkt=jkt, issued_at=NOW, expires_at=NOW + 600, epoch=epoch
    )
    text = REFERENCES.write(written, NOW)
    assert written == REFERENCES.read(text, NOW + 599)
    assert REFERENCES.read(text, NOW + 600) is None


def test_a_member_s_token_is_short() -> None:
    """It stands in a header of every call."""
    scope = ("openid", "profile", "email", "offline_access")
    text = REFERENCES.write(TokenReference(GRANT, None, scope, None, None, NOW, NOW + 600), NOW)
    assert len(text) < 128


def test_another_secret_reads_nothing() -> None:
    """No house opens another's tokens."""
    text = REFERENCES.write(TokenReference(GRANT, None, (), None, None, NOW, NOW + 600), NOW)
    assert TokenReferences(b"x" * 32, 600).read(text, NOW) is None
