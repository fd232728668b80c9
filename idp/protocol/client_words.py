"""What a page says of an application: its texts and addresses in the page's language, and where it is to be entered."""

from urllib.parse import quote, urlencode

from idp.protocol.client import Client
from idp.protocol.redirect_uri import origin

LOGO_PATH = "/client-logo"


def in_language(client: Client, member: str, language: str) -> str | None:
    """Return a text or address of a client in a language, else the one for every language.

    Args:
        client: the client.
        member: its name in the metadata, such as `client_name` (OpenID Registration 1.0 section 2.1).
        language: a primary tag such as `fr`; `client_name#fr-CA` serves it too where nothing is nearer.
    """
    tags = {
        key.partition("#")[2].lower(): text for key, text in client.localized.items() if key.startswith(f"{member}#")
    }
    near = sorted(tag for tag in tags if tag == language or tag.startswith(f"{language}-"))
    if near:
        return tags[near[0]]
    plain = client.name if member == "client_name" else getattr(client, member)
    return plain if isinstance(plain, str) else None


def entrance(client: Client, issuer: str) -> str | None:
    """Return where our own pages lead to an application: its login at once, else its first page, else nothing.

    A login that a third party begins is told who vouches and where to go afterwards (OpenID Connect Core 1.0
    section 4), so that the member need not find the sign-in button there.
    """
    if client.initiate_login_uri is None:
        return client.client_uri
    told = {"iss": issuer}
    if client.client_uri is not None:
        told["target_link_uri"] = client.client_uri
    joint = "&" if "?" in client.initiate_login_uri else "?"
    return f"{client.initiate_login_uri}{joint}{urlencode(told)}"


def logo_path(client: Client) -> str | None:
    """Return the path of our copy of a client's logo, None where there is none; it changes with the picture."""
    if client.logo_digest is None:
        return None
    return f"{LOGO_PATH}?client_id={quote(client.client_id, safe='')}&v={client.logo_digest[:16]}"


def site(client: Client) -> str | None:
    """Return the host that a member will be sent to, where nobody of the house has judged the name beside it."""
    if not client.registered_dynamically or not client.redirect_uris:
        return None
    scheme, _, rest = client.redirect_uris[0].partition("://")
    return rest.partition("/")[0].partition("?")[0] if scheme in {"https", "http"} else f"{scheme.partition(':')[0]}:"


def shown(client: Client, language: str, issuer: str) -> dict[str, str | None]:
    """Return what a page of ours says of an application.

    Its logo only when it is served from here: a picture of another origin would tell that origin of every visit to
    the sign-in page (N-017).
    """
    logo = client.logo_uri
    own = logo if logo is not None and origin(logo) == issuer else None
    return {
        "name": in_language(client, "client_name", language),
        "site": site(client),
        "logo_url": logo_path(client) or own,
        "policy_url": in_language(client, "policy_uri", language),
        "tos_url": in_language(client, "tos_uri", language),
        "url": entrance(client, issuer),
        "description": client.description,
    }
