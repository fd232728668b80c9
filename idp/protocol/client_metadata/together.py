"""What the members of a registration say together. Each rule looks at a draft, completes it, or refuses."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from idp.protocol.client_metadata import addresses, public_keys
from idp.protocol.client_metadata.choices import Choices
from idp.protocol.client_metadata.members import ENCRYPTED
from idp.protocol.client_metadata.refusal import REDIRECT, MetadataRefused
from idp.protocol.names import SCOPE_CLAIMS
from idp.protocol.redirect_uri import fault
from idp.protocol.scope_slips import slips

_SCOPE_TOKEN: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,128}")
"""`scope-token` of RFC 6749 section 3.3, of a sensible length."""
_DEFAULT_ENC: Final = "A128CBC-HS256"
"""OpenID Registration section 2 and RFC 9701 section 6: where a client names a key management only."""


@dataclass(slots=True)
class Draft:
    """A registration half read: values by the attribute of `Client` that will keep them."""

    members: dict[str, Any]
    choices: Choices

    def get(self, attribute: str, default: Any = None) -> Any:
        """Return what was read, or a default."""
        return self.members.get(attribute, default)

    @property
    def native(self) -> bool:
        """Whether it is an application on a person's own device."""
        return bool(self.get("application_type") == "native")


def response_types(draft: Draft) -> None:
    """Each must be one that may be had; its words come in any order and are kept in ours (OAuth 2.0 Multiple 3)."""
    known = {frozenset(one.split()): one for one in draft.choices.response_types}
    default = () if draft.get("grant_types") == ("client_credentials",) else ("code",)
    found = []
    for position, sent in enumerate(draft.get("response_types", default), 1):
        words = sent.split(" ")
        kept = known.get(frozenset(words))
        if kept is None or len(words) != len(kept.split()):
            known_types = ", ".join(draft.choices.response_types)
            raise MetadataRefused("response_types", f"is not known; these are: {known_types}", position=position)
        found.append(kept)
    draft.members["response_types"] = tuple(dict.fromkeys(found))


def grant_types(draft: Draft) -> None:
    """Grant and response types must agree (RFC 7591 section 2.1, OpenID Registration section 2)."""
    words = [frozenset(one.split()) for one in draft.members["response_types"]]
    needed = []
    if any("code" in one for one in words):
        needed.append("authorization_code")
    if any(one & {"token", "id_token"} for one in words):
        needed.append("implicit")
    found = draft.get("grant_types", tuple(needed))
    for position, one in enumerate(found, 1):
        if one not in draft.choices.grant_types:
            known = ", ".join(draft.choices.grant_types)
            raise MetadataRefused("grant_types", f"is not known; these are: {known}", position=position)
    if not set(needed) <= set(found):
        raise MetadataRefused("grant_types", f"must hold {' and '.join(needed)}, which the response_types need")
    if "authorization_code" in found and "authorization_code" not in needed:
        raise MetadataRefused("grant_types", "has authorization_code, which needs a response type with code")
    if "refresh_token" in found and "authorization_code" not in found:
        raise MetadataRefused("grant_types", "has refresh_token, which needs authorization_code")
    if not found:
        raise MetadataRefused("grant_types", "must hold a grant type")
    draft.members["grant_types"] = found


def redirect_uris(draft: Draft) -> None:
    """Exact addresses, https but for native applications (N-001, N-003); who has no response type needs none."""
    uris = draft.get("redirect_uris", ())
    if bool(uris) != bool(draft.members["response_types"]):
        reason = (
            "must hold the exact addresses to which members come back"
            if not uris
            else "must be empty, since members do not sign in to this application"
        )
        raise MetadataRefused("redirect_uris", reason, REDIRECT)
    for position, uri in enumerate(uris, 1):
        wrong = fault(uri, native=draft.native, local_http=draft.choices.local_http)
        if wrong is not None:
            raise MetadataRefused("redirect_uris", wrong, REDIRECT, position=position)


def logout_uris(draft: Draft) -> None:
    """Addresses after logout obey the rules of redirect URIs (RP-Initiated Logout 1.0 section 3.1)."""
    uris = draft.get("post_logout_redirect_uris", ())
    if uris and not draft.members["response_types"]:
        raise MetadataRefused(
            "post_logout_redirect_uris", "must be empty, since members do not sign in to this application"
        )
    for position, uri in enumerate(uris, 1):
        wrong = fault(uri, native=draft.native, local_http=draft.choices.local_http)
        if wrong is not None:
            raise MetadataRefused("post_logout_redirect_uris", wrong, position=position)


def logout_channels(draft: Draft) -> None:
    """Logout addresses only where they are called; the browser's one has a redirect URI's origin (Front-Channel 2)."""
    for channel in ("frontchannel", "backchannel"):
        name = f"{channel}_logout_uri"
        if draft.get(name) is not None and not draft.choices.does(f"{channel}_logout_supported"):
            raise MetadataRefused(name, "is not supported")
        if draft.get(name) is not None and draft.native:
            raise MetadataRefused(name, "cannot reach an application on a person's own device")
    address = draft.get("frontchannel_logout_uri")
    if address is not None and not any(addresses.same_origin(address, uri) for uri in draft.get("redirect_uris", ())):
        raise MetadataRefused("frontchannel_logout_uri", "must have scheme, host and port of one of the redirect_uris")


def scopes(draft: Draft) -> None:
    """Scopes about members for who signs members in, scopes of its own for who acts for itself (N-015, N-037)."""
    sent = draft.get("scopes")
    names = tuple(dict.fromkeys(sent.split())) if sent is not None else ()
    members = bool(draft.members["response_types"])
    itself = draft.choices.own_scopes and "client_credentials" in draft.members["grant_types"]
    for position, name in enumerate(names, 1):
        if not _SCOPE_TOKEN.fullmatch(name):
            reason = "must hold visible ASCII words without quote or backslash"
            raise MetadataRefused("scope", reason, position=position)
        if name in SCOPE_CLAIMS and not members:
            raise MetadataRefused("scope", f"holds {name}, which is about a member, and no member signs in here")
        if name not in draft.choices.scopes and (name in SCOPE_CLAIMS or not itself):
            known = " ".join(draft.choices.scopes)
            near = next((one for _, one in slips([name]) if one in draft.choices.scopes), None)
            meant = f"; did you mean {near}?" if near is not None else ""
            raise MetadataRefused("scope", f"is not known; these are: {known}{meant}", position=position)
    if members and names and "openid" not in names:
        names = ("openid", *names)
    draft.members["scopes"] = names or (draft.choices.scopes if members else ())


def keys(draft: Draft) -> None:
    """Keys by value or by address, not both (RFC 7591 section 2), and keys for whoever proves itself by one."""
    held, address = draft.get("jwks"), draft.get("jwks_uri")
    if held is not None and address is not None:
        raise MetadataRefused("jwks_uri", "must not stand beside jwks")
    if draft.get("token_endpoint_auth_method") != "private_key_jwt":
        return
    if held is None and address is None:
        raise MetadataRefused("jwks", "or jwks_uri is needed with private_key_jwt")
    named = draft.get("token_endpoint_auth_signing_alg")
    fitting = (named,) if named else draft.choices.values("token_endpoint_auth_signing_alg_values_supported")
    if held is not None and not public_keys.holds_key_for(held, fitting):
        raise MetadataRefused("jwks", f"must hold a key for {' or '.join(fitting)}")


def method(draft: Draft) -> None:
    """Who keeps no secret cannot act for itself (RFC 6749 section 4.4)."""
    if draft.get("token_endpoint_auth_method") == "none" and "client_credentials" in draft.members["grant_types"]:
        raise MetadataRefused("token_endpoint_auth_method", "must not be none with client_credentials")


def encryption(draft: Draft) -> None:
    """A content encryption needs a key management, which needs a key of the client's (OpenID Registration 2)."""
    for what in ENCRYPTED:
        managed = draft.get(f"{what}_encrypted_response_alg")
        if managed is not None:
            held = draft.get("jwks")
            if held is None and draft.get("jwks_uri") is None:
                raise MetadataRefused(f"{what}_encrypted_response_alg", "needs jwks or jwks_uri")
            if held is not None and not public_keys.holds_key_for(held, (managed,)):
                raise MetadataRefused(f"{what}_encrypted_response_alg", "needs a key for it in jwks")
        _content(draft, f"{what}_encrypted_response")
    _content(draft, "request_object_encryption")


def request_uris(draft: Draft) -> None:
    """Addresses of request objects, whose fragment is the digest of what is there (OpenID Core section 6.2)."""
    uris = draft.get("request_uris", ())
    if uris and not draft.choices.does("request_uri_parameter_supported"):
        raise MetadataRefused("request_uris", "is not supported")
    for uri in uris:
        addresses.check("request_uris", uri, draft.choices)


def sector(draft: Draft) -> None:
    """A pairwise subject needs one sector: that of `sector_identifier_uri`, or the only host (OpenID Core 8.1)."""
    if draft.get("subject_type") != "pairwise" or draft.get("sector_identifier_uri") is not None:
        return
    hosts = {addresses.host(uri) for uri in draft.get("redirect_uris", ())}
    if len(hosts) != 1 or None in hosts:
        raise MetadataRefused(
            "sector_identifier_uri",
            "is needed for pairwise subjects unless every redirect URI has the same web host; "
            "or say subject_type public",
        )


def name(draft: Draft) -> None:
    """An application without a name bears the host that people are sent to, which it cannot choose freely."""
    if not draft.get("name"):
        hosts = [addresses.host(uri) for uri in draft.get("redirect_uris", ())]
        found = next((host for host in hosts if host), None)
        if found is not None:
            draft.members["name"] = found


RULES: Final[tuple[Callable[[Draft], None], ...]] = (
    response_types,
    grant_types,
    redirect_uris,
    logout_uris,
    logout_channels,
    scopes,
    keys,
    method,
    encryption,
    request_uris,
    sector,
    name,
)


def _content(draft: Draft, prefix: str) -> None:
    managed, content = draft.get(f"{prefix}_alg"), draft.get(f"{prefix}_enc")
    if content is not None and managed is None:
        raise MetadataRefused(f"{prefix}_enc", f"needs {prefix}_alg")
    if managed is not None and content is None:
        draft.members[f"{prefix}_enc"] = _DEFAULT_ENC
