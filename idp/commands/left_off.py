"""What settings that have no fault leave off, in plain words: for who begins a house with the example's defaults."""

from idp import config
from idp.commands.house import database_file


def lost_mail(settings: config.Settings) -> str | None:
    """Return the warning for a house on the internet whose messages reach nobody; None where there is nothing to say.

    On this machine messages in a folder are what a demonstration wants.
    """
    if settings.mail.transport != "file" or not settings.strict_transport:
        return None
    return (
        f'Warning: members get no mail: mail.transport is "file", so provisional passwords, confirmations and warnings '
        f'stay in {settings.mail.directory.absolute()}. Set transport = "smtp" and host under [mail].'
    )


def left_off(settings: config.Settings) -> list[str]:
    """Return what is off or for one machine only, one line each that begins with the setting to change."""
    lines = []
    if settings.mail.transport == "file":
        lines.append(f"mail.transport: messages are written to {settings.mail.directory}, none is sent")
    fc = settings.franceconnect
    if not fc.enabled:
        lines.append("franceconnect.enabled: no FranceConnect; members sign in with number and password alone")
    elif not fc.environment.startswith("production"):
        lines.append(f"franceconnect.environment: {fc.environment}, which knows invented people only")
    if database_file(settings) is not None:
        lines.append("database.url: SQLite, for one server on one machine; PostgreSQL for several")
    if settings.cache.redis_url is None:
        lines.append("cache.redis_url: no Redis; sessions and counters are in the database")
    return lines
