"""Where everything of one demonstration is: addresses and files, derived from a port and a directory."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from idp.demo.tls import TlsFiles

PROJECT: Final = Path(__file__).resolve().parents[2]
"""The checkout: the demonstration runs from it (decision D16)."""

LOCALHOST: Final = "localhost"

SUITE: Final = "https://localhost.emobix.co.uk:8443/test/a/carpimko"
"""Where the OpenID Foundation's suite answers when it runs on this machine, for the alias `carpimko`."""

PERSONAS: Final = PROJECT / "examples" / "demo" / "personas.json"

FRANCECONNECT_CLIENT_ID: Final = "c0ffee" * 10 + "demo"
"""64 characters, as FranceConnect gives them; known to our emulator only."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One demonstration: three neighbouring ports of this machine and a data directory (absolute).

    `tls`: the provider answers on https. `host`: its name in its addresses; another than localhost makes it listen
    on every interface. `open_registration`: whoever reaches it registers applications, and what a conformance suite
    needs besides is allowed. `suite`: where that suite's callbacks are. `trusted`: a PEM file with the certificates
    that the provider believes, beside its own and the usual ones, when it calls applications.
    """

    port: int
    data: Path
    tls: bool = False
    host: str = LOCALHOST
    open_registration: bool = False
    trusted: Path | None = None
    suite: str = SUITE

    @property
    def issuer(self) -> str:
        """Address of the provider."""
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}"

    @property
    def listens_on(self) -> str:
        """The address of the interface that the provider listens on."""
        return "127.0.0.1" if self.host == LOCALHOST else "0.0.0.0"  # noqa: S104 - asked for by --host

    @property
    def emulator(self) -> str:
        """Address of the FranceConnect emulator, without its path."""
        return f"http://localhost:{self.port + 1}"

    @property
    def emulator_issuer(self) -> str:
        """Issuer of the FranceConnect emulator; the path is FranceConnect's own."""
        return f"{self.emulator}/api/v2"

    @property
    def relying_party(self) -> str:
        """Address of the example applications."""
        return f"http://localhost:{self.port + 2}"

    @property
    def mailbox(self) -> str:
        """Address of the messages sent to members."""
        return f"{self.relying_party}/mailbox/"

    @property
    def settings_file(self) -> Path:
        """The provider's settings."""
        return self.data / "demo.toml"

    @property
    def contract_file(self) -> Path:
        """What scripts read once everything answers: `demo.json`."""
        return self.data / "demo.json"

    @property
    def pending_file(self) -> Path:
        """`demo.json` until everything answers: whoever waits for the file must not find it too early."""
        return self.data / "demo.json.pending"

    @property
    def emulator_file(self) -> Path:
        """The emulator's settings."""
        return self.data / "emulator.json"

    @property
    def espace_file(self) -> Path:
        """The example applications' settings."""
        return self.data / "espace.json"

    @property
    def franceconnect_secret_file(self) -> Path:
        """The provider's client secret at the emulator."""
        return self.data / "franceconnect.secret"

    @property
    def tls_files(self) -> TlsFiles:
        """The provider's certificate, its key, and the authority that vouches for it."""
        return TlsFiles(
            authority=self.data / "tls-authority.pem", certificate=self.data / "tls.pem", key=self.data / "tls.key"
        )

    @property
    def trusted_file(self) -> Path:
        """The authorities that the programs believe when they call one another, or applications."""
        return self.data / "trusted.pem"

    @property
    def database_file(self) -> Path:
        """The provider's SQLite database."""
        return self.data / "idp.sqlite3"

    @property
    def seeded_file(self) -> Path:
        """Digest of what was seeded last; see `idp.demo.seed`."""
        return self.data / "demo.seeded"

    @property
    def logs(self) -> Path:
        """Directory of the three programs' logs."""
        return self.data / "log"

    @property
    def mail(self) -> Path:
        """Directory of the messages sent to members."""
        return self.data / "mailbox"
