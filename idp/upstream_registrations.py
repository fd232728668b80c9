"""Our registrations with the upstreams, from the settings: beside the composition, the one file that knows both."""

from federation.franceconnect import FranceConnectSettings
from federation.openid import OpenIdSettings
from idp import config


def franceconnect_settings(settings: config.Settings) -> FranceConnectSettings:
    """Return our registration with FranceConnect; raise `ConfigurationError` where it cannot be one."""
    chosen = settings.franceconnect
    if chosen.client_secret_file is None:
        raise config.ConfigurationError(["franceconnect.client_secret_file: needed when FranceConnect is enabled"])
    try:
        return FranceConnectSettings(
            environment=chosen.environment,
            client_id=chosen.client_id,
            client_secret=config.read_secret(chosen.client_secret_file),
            redirect_uri=f"{settings.issuer}/federation/franceconnect/callback",
            post_logout_redirect_uri=f"{settings.issuer}/federation/franceconnect/logout",
            issuer=chosen.issuer or "",
            algorithm=chosen.signing_algorithm,
            scopes=chosen.scopes,
            timeout=chosen.timeout,
            leeway=chosen.clock_leeway,
            level=chosen.level,
            encryption=chosen.encryption if chosen.plus else "",
            idp_hint=chosen.idp_hint,
        )
    except ValueError as error:
        raise config.ConfigurationError([f"franceconnect: {error}"]) from None


def openid_settings(settings: config.Settings, name: str) -> OpenIdSettings:
    """Return our registration with one of the other providers; raise `ConfigurationError` where it cannot be one."""
    chosen = settings.upstreams[name]
    if chosen.client_secret_file is None:
        raise config.ConfigurationError([f"upstreams.{name}.client_secret_file: needed when it is enabled"])
    try:
        return OpenIdSettings(
            name=name,
            label=chosen.label,
            issuer=chosen.issuer,
            client_id=chosen.client_id,
            client_secret=config.read_secret(chosen.client_secret_file),
            redirect_uri=f"{settings.issuer}/federation/{name}/callback",
            post_logout_redirect_uri=f"{settings.issuer}/federation/{name}/logout",
            algorithm=chosen.signing_algorithm,
            scopes=chosen.scopes,
            acr_values=chosen.acr_values,
            pkce=chosen.pkce,
            signed_userinfo=chosen.signed_userinfo,
            names_itself=chosen.names_itself,
            reauthenticate=chosen.staff,
            timeout=chosen.timeout,
            leeway=chosen.clock_leeway,
        )
    except ValueError as error:
        raise config.ConfigurationError([f"upstreams.{name}: {error}"]) from None
