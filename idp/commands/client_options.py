"""What the commands of `idp clients` share: options that say a registration, and what scripts read of one."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_args

import click

from idp.commands.completion import client_ids
from idp.protocol.client import AuthMethod
from idp.protocol.oidc_response_types import SUPPORTED, canonical

if TYPE_CHECKING:
    from idp.store.clients import KeptClient

C = TypeVar("C", bound=Callable[..., Any])

client_argument = click.argument("client_id", shell_complete=client_ids)
reason_option = click.option("--reason", default="", help="Why; kept with the version and on record.")
version_option = click.option(
    "--version", "version", type=click.IntRange(1), help="What you saw; refused where somebody changed it meanwhile."
)

_FILE: Final = click.Path(path_type=Path, dir_okay=False, exists=True)
_OPTIONS: Final = (
    click.option("--redirect-uri", "redirect_uris", multiple=True, help="Exact return address; repeat for several."),
    click.option(
        "--logout-uri",
        "post_logout_redirect_uris",
        multiple=True,
        help="Exact address after logout; repeat for several.",
    ),
    click.option(
        "--scope",
        "scopes",
        multiple=True,
        help="Repeat for several. Default: openid and profile; a machine has none but those that its services define, "
        "and admin:ROLE for the administrators' API.",
    ),
    click.option(
        "--auth-method",
        "token_endpoint_auth_method",
        type=click.Choice(get_args(AuthMethod)),
        help="How it authenticates at the token endpoint. Default: client_secret_basic; none for spa and native.",
    ),
    click.option(
        "--jwks", "jwks_file", type=_FILE, help="JWKS file with the application's public keys, for private_key_jwt."
    ),
    click.option(
        "--metadata",
        "metadata_file",
        type=_FILE,
        help="JSON file with further members of OpenID Registration: jwks_uri, logo_uri, subject_type, logout "
        "addresses… and of the house: docs/applications.md. Null gives a member its default back.",
    ),
    click.option(
        "--third-party/--first-party",
        "third_party",
        default=None,
        help="Whether it is not the fund's own: members are then asked for consent. Default: --first-party.",
    ),
    click.option(
        "--response-type",
        "response_types",
        type=click.Choice(SUPPORTED),
        multiple=True,
        help="What an answer may hold; repeat for several. Default: code alone, which keeps tokens out of the browser.",
    ),
    click.option(
        "--grant-type",
        "grant_types",
        multiple=True,
        help="Repeat for several. Default: what the response types need, and refresh_token beside a code.",
    ),
    click.option(
        "--origin",
        "origins",
        multiple=True,
        help="Origin whose pages may call token and userinfo. Default for spa: those of its return addresses.",
    ),
    click.option(
        "--backchannel-logout-uri",
        "backchannel_logout_uri",
        help="Address that the provider itself calls when a session ends; the surest way to tell a server application.",
    ),
    click.option(
        "--frontchannel-logout-uri",
        "frontchannel_logout_uri",
        help="Address that the browser loads in a frame at a sign-out; with the origin of a --redirect-uri.",
    ),
)


def registration_options(command: C) -> C:
    """Give a command the options that say a registration; `document_of` reads them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def document_of(
    *,
    name: str | None,
    scopes: tuple[str, ...],
    jwks_file: Path | None,
    metadata_file: Path | None,
    third_party: bool | None,
    response_types: tuple[str, ...],
    **plain: Any,
) -> dict[str, Any]:
    """Return what was typed as a registration's document; what was not typed is not in it.

    Raises:
        ClickException: a file is not what it should be, or says again what an option says.
    """
    for scope in scopes:
        if not scope or any(character.isspace() for character in scope):
            raise click.ClickException("scope is one word, such as profile; repeat --scope for several")
    typed = {
        "client_name": name,
        "scope": " ".join(scopes),
        "response_types": tuple(map(canonical, response_types)),
        **plain,
    }
    typed = {member: list(one) if isinstance(one, tuple) else one for member, one in typed.items() if one}
    if third_party is not None:
        typed["first_party"] = not third_party
    if jwks_file is not None:
        typed["jwks"] = _object(jwks_file, 'a JWKS: a JSON object with a list "keys"')
    more = {} if metadata_file is None else _object(metadata_file, "client metadata: a JSON object")
    twice = sorted(typed.keys() & more.keys())
    if twice:
        raise click.ClickException(f"{metadata_file} says again what the options say: {', '.join(twice)}")
    return typed | more


def kept_json(kept: "KeptClient", document: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return what scripts read of an application."""
    client = kept.client
    state = {"client_id": client.client_id, "enabled": client.enabled, "version": kept.version}
    return state | {"metadata": dict(document)} | more


def _object(file: Path, what: str) -> dict[str, Any]:
    # The parser stands beside cryptography, which is slow to import and only these few registrations need.
    from keys.compact import parse_object  # noqa: PLC0415 - see above
    from keys.errors import TokenRejected  # noqa: PLC0415 - see above

    try:
        return dict(parse_object(file.read_bytes()))
    except (OSError, TokenRejected):
        raise click.ClickException(f"{file} is not {what}") from None
