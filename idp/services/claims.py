"""From a member's dossier to the claims an application may see (OpenID Connect Core 5.1, 5.4, 5.5).

Empty values are left out, types are those of the specification, and nothing here can name a registered claim such as
`sub` or `acr`: only names that a scope of ours opens are ever written (N-048, V-35).
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from idp.protocol.client import Client
from idp.protocol.grant import AuthorizationGrant
from idp.protocol.names import SCOPE_CLAIMS
from idp.store.accounts import Account

_ADDRESS: Final = (
    "formatted",
    "street_address",
    "locality",
    "region",
    "postal_code",
    "country",
)
_BOOLEANS: Final = frozenset({"email_verified", "phone_number_verified"})
_FREE: Final = (
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "zoneinfo",
    "phone_number_verified",
)
"""Claims that the dossier's `profile` may carry; the others come from fields of the dossier."""

OFFERED: Final = tuple(name for names in SCOPE_CLAIMS.values() for name in names if name != "sub")
"""Every claim about a member that some scope opens, in order."""


def for_userinfo(account: Account, client: Client, grant: AuthorizationGrant, scope: Collection[str]) -> dict[str, Any]:
    """Return the claims of userinfo, `sub` excluded: what the token's scope opens and what `claims` asked for."""
    return _chosen(account, _opened(client, scope) | _asked(client, grant, "userinfo"))


def for_id_token(
    account: Account, client: Client, grant: AuthorizationGrant, scope: Collection[str] = ()
) -> dict[str, Any]:
    """Return the member's claims for an ID token: those asked for one by one, and those that `scope` opens.

    Where an access token goes with it, `scope` is empty: userinfo tells the rest (Core 5.4).
    """
    return _chosen(account, _opened(client, scope) | _asked(client, grant, "id_token"))


def _opened(client: Client, scope: Collection[str]) -> set[str]:
    """Return the claims that a granted scope opens, as long as the client still has it (N-015)."""
    return {name for granted in client.scopes.intersection(scope) for name in SCOPE_CLAIMS.get(granted, ())}


def _asked(client: Client, grant: AuthorizationGrant, place: str) -> set[str]:
    """Return the claims asked for by name, of those that the client's registered scopes open (N-015)."""
    wanted: Mapping[str, Any] = grant.claims.get(place, {})
    if not wanted:
        return set()
    allowed = {name for scope in client.scopes for name in SCOPE_CLAIMS.get(scope, ())}
    return allowed.intersection(wanted)


def _chosen(account: Account, names: Collection[str]) -> dict[str, Any]:
    if not names:
        return {}
    known = _known(account)
    return {name: known[name] for name in OFFERED if name in names and name in known}


def _known(account: Account) -> dict[str, Any]:
    first, others = account.given_names[:1], account.given_names[1:]
    family = account.usage_name or account.birth_name
    claims: dict[str, Any] = {name: account.profile.get(name) for name in _FREE}
    claims |= {
        "name": account.display_name,
        "family_name": family,
        "given_name": " ".join(first),
        "middle_name": " ".join(others) or claims["middle_name"],
        "gender": account.gender,
        "birthdate": _birthdate(account.birthdate),
        "locale": account.locale,
        "email": account.email,
        "phone_number": account.phone_number,
        "address": _address(account.address),
        "numero_dossier": account.dossier,
        "situation": account.situation,
    }
    typed = {name: value for name, value in claims.items() if _has_type(name, value)}
    typed["updated_at"] = account.updated_at
    if "email" in typed:
        typed["email_verified"] = account.email_verified
    if "phone_number" in typed:
        typed.setdefault("phone_number_verified", False)
    else:
        typed.pop("phone_number_verified", None)
    return typed


def _has_type(name: str, value: object) -> bool:
    if name in _BOOLEANS:
        return isinstance(value, bool)
    if name == "address":
        return bool(value)
    return isinstance(value, str) and bool(value.strip())


def _birthdate(value: str) -> str:
    """Write a civil date that lacks day or month as its year (Core 5.1 has no other form for it)."""
    return value[:4] if value.endswith("-00") else value


def _address(value: Mapping[str, Any] | None) -> dict[str, str]:
    parts = {name: part for name in _ADDRESS if isinstance(part := (value or {}).get(name), str) and part.strip()}
    if parts and "formatted" not in parts:
        town = " ".join(parts[name] for name in ("postal_code", "locality") if name in parts)
        lines = (parts.get("street_address", ""), town, parts.get("country", ""))
        parts = {"formatted": "\n".join(line for line in lines if line), **parts}
    return parts
