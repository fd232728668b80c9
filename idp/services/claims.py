"""From a member's dossier to the claims an application may see (OpenID Connect Core 5.1, 5.4, 5.5).

Empty values are left out, types are those of the specification, and nothing here can name a registered claim such as
`sub` or `acr`: only names that a scope of ours opens are ever written (N-048, V-35).
"""

from collections.abc import Callable, Collection, Mapping
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


def in_id_token(client: Client, grant: AuthorizationGrant) -> bool:
    """Whether an ID token that comes with an access token holds anything about the member but the `sub`."""
    return bool(_asked(client, grant, "id_token"))


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
    """Return the claims of these names that the dossier has, in the order in which they are offered."""
    if not names:
        return {}
    found = {}
    for name, read in _CLAIMS:
        if name in names:
            value = read(account)
            if _told(value):
                found[name] = value
    return found


def _told(value: object) -> bool:
    """Whether a value says something: text that is not blank, a boolean, a number, an address with a part."""
    if isinstance(value, str):
        return bool(value) and not value.isspace()
    return isinstance(value, bool | int) or bool(value)


def _free(name: str) -> "_Read":
    """Return what reads a claim that the dossier's `profile` may carry, as text."""

    def read(account: Account) -> str | None:
        value = account.profile.get(name)
        return value if isinstance(value, str) else None

    return read


def _email_verified(account: Account) -> bool | None:
    return account.email_verified if _told(account.email) else None


def _phone_number_verified(account: Account) -> bool | None:
    return account.profile.get("phone_number_verified") is True if _told(account.phone_number) else None


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


_Read = Callable[[Account], Any]
_READ: Final[dict[str, _Read]] = {
    "name": lambda account: account.display_name,
    "family_name": lambda account: account.usage_name or account.birth_name,
    "given_name": lambda account: " ".join(account.given_names[:1]),
    "middle_name": lambda account: " ".join(account.given_names[1:]) or _free("middle_name")(account),
    "nickname": _free("nickname"),
    "preferred_username": _free("preferred_username"),
    "profile": _free("profile"),
    "picture": _free("picture"),
    "website": _free("website"),
    "gender": lambda account: account.gender,
    "birthdate": lambda account: _birthdate(account.birthdate),
    "zoneinfo": _free("zoneinfo"),
    "locale": lambda account: account.locale,
    "updated_at": lambda account: account.updated_at,
    "email": lambda account: account.email,
    "email_verified": _email_verified,
    "address": lambda account: _address(account.address),
    "phone_number": lambda account: account.phone_number,
    "phone_number_verified": _phone_number_verified,
    "numero_dossier": lambda account: account.dossier,
    "situation": lambda account: account.situation,
}
_CLAIMS: Final = tuple((name, _READ[name]) for name in OFFERED)
"""How each claim is read from a dossier: only those that are wanted are, and an application wants a few."""
