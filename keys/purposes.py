"""What a signed token may be for, and how each kind is told from every other (N-043).

RFC 8725 sections 3.11 and 3.12 ask for explicit types and mutually exclusive rules. ``typ`` tells
most kinds apart. Where a specification leaves ``typ`` open (ID tokens, signed userinfo, client
assertions, what another provider sends), the claims do: each row names claims that must be there
and claims that must not, so that no two rows of one signer can both accept a token.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto


class Purpose(StrEnum):
    """Kinds of signed tokens, in and out; the value is the name in lower case."""

    ID_TOKEN = auto()
    ACCESS_TOKEN = auto()
    LOGOUT_TOKEN = auto()
    USERINFO = auto()
    INTROSPECTION = auto()
    AUTHORIZATION_RESPONSE = auto()
    CLIENT_ASSERTION = auto()
    REQUEST_OBJECT = auto()
    DPOP = auto()
    UPSTREAM_ID_TOKEN = auto()
    UPSTREAM_USERINFO = auto()


@dataclass(frozen=True, slots=True)
class Rule:
    """How one kind looks.

    ``typ``: the header member on signing, None for none. ``accepted``: what verification takes,
    in lower case and without ``application/`` (RFC 7515 section 4.1.9), None for absent.
    ``required`` and ``forbidden`` claims hold on signing and on verification alike, and so does
    ``issuer_is_subject``: when true, ``iss`` and ``sub`` must be equal.
    """

    typ: str | None
    accepted: frozenset[str | None]
    required: frozenset[str]
    forbidden: frozenset[str] = frozenset()
    issuer_is_subject: bool = False


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PLAIN: frozenset[str | None] = frozenset({"jwt", None})

RULES: Mapping[Purpose, Rule] = {
    # OpenID Connect Core 2. ``events`` would make it a security event (RFC 8417 section 2.2).
    Purpose.ID_TOKEN: Rule("JWT", frozenset({"jwt"}), _names("iss sub aud exp iat"), _names("events")),
    # RFC 9068 section 2.
    Purpose.ACCESS_TOKEN: Rule("at+jwt", frozenset({"at+jwt"}), _names("iss sub aud exp iat jti client_id")),
    # Back-Channel Logout 2.4: a nonce is prohibited so that it can never pass for an ID token.
    Purpose.LOGOUT_TOKEN: Rule(
        "logout+jwt",
        frozenset({"logout+jwt"}),
        _names("iss aud exp iat jti events"),
        _names("nonce"),
    ),
    # Core 5.3.2. Ours never expires by itself: ``exp`` is what makes an ID token.
    Purpose.USERINFO: Rule("JWT", frozenset({"jwt"}), _names("iss sub aud"), _names("exp nonce events")),
    # RFC 9701 section 5: ``sub`` and ``exp`` stay inside ``token_introspection``.
    Purpose.INTROSPECTION: Rule(
        "token-introspection+jwt",
        frozenset({"token-introspection+jwt"}),
        _names("iss aud iat token_introspection"),
        _names("sub exp"),
    ),
    # JARM 2.1.
    Purpose.AUTHORIZATION_RESPONSE: Rule("JWT", frozenset({"jwt"}), _names("iss aud exp"), _names("sub events")),
    # RFC 7523 section 3 and OpenID Core 9: issuer and subject are both the client.
    Purpose.CLIENT_ASSERTION: Rule(
        "JWT",
        _PLAIN | {"client-authentication+jwt"},
        _names("iss sub aud exp jti"),
        _names("htm htu events nonce response_type redirect_uri"),
        issuer_is_subject=True,
    ),
    # RFC 9101 sections 4 and 10.8: a ``sub`` would let it pass for a client assertion.
    Purpose.REQUEST_OBJECT: Rule(
        "oauth-authz-req+jwt",
        _PLAIN | {"oauth-authz-req+jwt"},
        _names("client_id"),
        _names("sub htm htu events"),
    ),
    # RFC 9449 section 4.2.
    Purpose.DPOP: Rule("dpop+jwt", frozenset({"dpop+jwt"}), _names("jti htm htu iat")),
    # FranceConnect sends neither ``typ`` nor ``at_hash``, and a ``nonce`` always.
    Purpose.UPSTREAM_ID_TOKEN: Rule(None, _PLAIN, _names("iss sub aud exp iat nonce"), _names("events")),
    # FranceConnect's userinfo has ``exp`` and ``iat`` like its ID token, but never a ``nonce``.
    Purpose.UPSTREAM_USERINFO: Rule(None, _PLAIN, _names("iss sub aud"), _names("nonce at_hash events")),
}
