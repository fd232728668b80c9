"""Settings of what members meet: sessions, passwords, the account, the captcha, mail, letters, help."""

from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from idp.config.section import LOCAL, Section


class Sessions(Section):
    """Single sign-on sessions, in seconds."""

    idle: int = Field(1800, ge=60, description="A session unused for this long ends.")
    absolute: int = Field(8 * 3600, ge=300, description="A session ends after this long whatever its use.")
    interaction: int = Field(24 * 3600, ge=600, description="How long a started sign-in page stays usable.")


class Passwords(Section):
    """Argon2id cost and the sign-in delays."""

    memory_kib: int = Field(19 * 1024, ge=1024, description="Argon2id memory per hash, KiB (19 MiB with two passes).")
    passes: int = Field(2, ge=1, le=20, description="Argon2id passes.")
    lanes: int = Field(1, ge=1, le=8, description="Argon2id lanes.")
    parallel_hashes: int = Field(
        1,
        ge=1,
        le=64,
        description="Hashes computed at the same time per worker, each with memory that it keeps; others wait. One is "
        "enough where there is a worker for each core.",
    )
    wait: float = Field(
        10.0,
        gt=0,
        le=60,
        description="Seconds a sign-in waits for its turn before it is told to retry.",
    )
    minimum_length: int = Field(12, ge=8, le=64, description="Shortest personal password accepted.")
    free_failures: int = Field(2, ge=0, le=20, description="Failures per dossier before the delays begin.")
    first_delay: int = Field(2, ge=1, le=600, description="First delay, in seconds; it doubles at each failure.")
    longest_delay: int = Field(
        3600,
        ge=1,
        le=86400,
        description="Longest delay per dossier, in seconds. Whatever it is, after 25 wrong guesses of a dossier within "
        "24 h none of its passwords is looked at until the oldest is a day old; FranceConnect stays open.",
    )
    network_failures: int = Field(
        50,
        ge=5,
        description="Failures per network and hour before that network waits; from half on, a captcha.",
    )
    global_failures: int = Field(
        2000, ge=50, description="Failures per minute over all before every sign-in waits a little."
    )
    unthrottled_networks: tuple[str, ...] = Field(
        (),
        description="Networks whose sign-ins are never delayed: those of a test suite, none in production.",
    )

    @field_validator("unthrottled_networks")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ip_network(network, strict=False)
        return value


class Activation(Section):
    """First connection and forgotten password: provisional passwords, and the address that receives them."""

    email_lifetime: int = Field(
        3600, ge=300, le=86400, description="Seconds a provisional password sent by e-mail works; 24 h at most."
    )
    letter_lifetime: int = Field(
        21 * 86400, ge=7 * 86400, le=31 * 86400, description="Seconds a provisional password sent by post works."
    )
    attempts: int = Field(5, ge=1, le=20, description="Wrong tries after which a provisional password is dead.")
    change_lifetime: int = Field(
        900, ge=120, le=3600, description="Seconds the form that asks for a personal password stays usable."
    )
    link_lifetime: int = Field(
        86400, ge=600, le=86400, description="Seconds the link that proves an e-mail address works; 24 h at most."
    )
    contact_rest: int = Field(
        7 * 86400, ge=0, description="Seconds a changed e-mail or postal address receives no provisional password."
    )
    requests_per_dossier: int = Field(5, ge=1, description="Requests per dossier and day; more are refused.")
    requests_per_network: int = Field(30, ge=1, description="Requests per network and hour; more are refused.")
    letter_interval: int = Field(
        3 * 86400, ge=0, description="Seconds before a second letter to the same member; the first is on its way."
    )
    letters_per_day: int = Field(2000, ge=1, description="Letters in 24 hours over all; the others wait for the next.")


class Account(Section):
    """The pages where a member looks after the account."""

    fresh_for: int = Field(
        600, ge=60, le=3600, description="Seconds after a sign-in during which identities and contacts may be changed."
    )
    links_per_day: int = Field(
        5, ge=1, le=50, description="Links to prove an e-mail address that one member may ask for in a day."
    )
    history: int = Field(
        365 * 86400, ge=30 * 86400, description="Seconds a sign-in stays in the member's history, and its device known."
    )


class Audit(Section):
    """The record of security events, sealed as a chain that `idp audit verify` holds against it."""

    keep: int = Field(
        365 * 86400,
        ge=30 * 86400,
        le=5 * 365 * 86400,
        description="Seconds an event is kept; twelve months is the longest that needs no particular ground.",
    )


class Captcha(Section):
    """Proof that a form is not sent by a machine, after suspicion only."""

    provider: Literal["proof_of_work", "recaptcha", "hcaptcha", "turnstile"] = Field(
        "proof_of_work", description="proof_of_work needs no third party; the others take over while they answer."
    )
    site_key: str = Field("", description="The public key that the third party gave for this site.")
    secret_file: Path | None = Field(None, description="File that holds the secret that the third party gave.")
    verify_url: str | None = Field(None, description="Tests only: a verification endpoint on this machine.")
    timeout: float = Field(3.0, gt=0, le=10, description="Seconds to wait for the third party's verdict.")
    lifetime: int = Field(600, ge=60, le=3600, description="Seconds a challenge can be answered.")
    proof_iterations: int = Field(5000, ge=100, le=100_000, description="PBKDF2 iterations per try.")
    proof_attempts: int = Field(
        250, ge=10, le=10_000, description="Tries that the browser needs on average; 250 take a phone about a second."
    )
    unscripted_wait: int = Field(5, ge=1, le=60, description="Seconds before a ticked box is believed without scripts.")
    unscripted_per_network: int = Field(
        10, ge=0, description="Forms per network and hour that are believed without scripts."
    )

    @field_validator("verify_url")
    @classmethod
    def _tests_stay_here(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "http://localhost")
        if parts.scheme != "http" or parts.hostname not in LOCAL:
            raise ValueError("is for tests, on this machine only")
        return value


class Mail(Section):
    """Messages to members."""

    transport: Literal["smtp", "file"] = Field(
        "file", description="smtp, or file: messages written under `directory` (demo)."
    )
    directory: Path = Field(Path("var/mailbox"), description="Where the file transport writes messages.")
    host: str = Field("localhost", description="SMTP host.")
    port: int = Field(587, ge=1, le=65535, description="SMTP port.")
    security: Literal["starttls", "tls", "none"] = Field("starttls", description="Encryption towards the SMTP server.")
    username: str | None = Field(None, description="SMTP user.")
    password_file: Path | None = Field(None, description="File that holds the SMTP password.")
    timeout: float = Field(10.0, gt=0, le=120, description="Seconds to wait for the SMTP server.")
    sender: str = Field("ne-pas-repondre@carpimko.example", description="From address.")


class Letters(Section):
    """Letters that bring a provisional password by post, printed by `idp letters print`."""

    directory: Path = Field(Path("var/letters"), description="Where print files are written, readable by us alone.")
    sender: tuple[str, ...] = Field(
        ("CARPIMKO", "6 place Charles de Gaulle", "78882 Saint-Quentin-en-Yvelines Cedex"),
        min_length=2,
        max_length=6,
        description="The sender's name, then address, one line each.",
    )
    place: str = Field("Saint-Quentin-en-Yvelines", description="The place written before the date.")
    batch_size: int = Field(1000, ge=1, le=5000, description="Letters in one print file; more make further files.")
    least_days: int = Field(
        5, ge=1, le=20, description="Whole days a password must still work; with less, its letter is not printed."
    )


class Help(Section):
    """What pages tell a member who needs a person."""

    phone: str = Field("01 30 48 10 00", description="Telephone number shown on every page.")
    url: str = Field("https://www.carpimko.com/nous-contacter", description="Contact page.")
