"""Where everything of one demonstration is: addresses and files, derived from a port and a directory."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parents[2]
"""The checkout: the demonstration runs from it (decision D16)."""

PERSONAS: Final = PROJECT / "examples" / "demo" / "personas.json"

FRANCECONNECT_CLIENT_ID: Final = "c0ffee" * 10 + "demo"
"""64 characters, as FranceConnect gives them; known to our emulator only."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One demonstration: three neighbouring ports of localhost and a data directory (absolute)."""

    port: int
    data: Path

    @property
    def issuer(self) -> str:
        """Address of the provider."""
        return f"http://localhost:{self.port}"

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
        """What scripts read: `demo.json`."""
        return self.data / "demo.json"

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
