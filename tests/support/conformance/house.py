"""The provider under test: `idp demo --tls --open-registration`, found by its discovery document alone."""

import atexit
import contextlib
import functools
from dataclasses import dataclass, field
from typing import Any, Final

import requests
from joserfc.jwk import KeySet

from tests.support import demonstrations, servers
from tests.support.conformance.browser import SuiteBrowser
from tests.support.conformance.documents import Documents
from tests.support.demonstrations import Demonstration

OPTIONS: Final = ("--tls", "--open-registration")
CHEAP: Final = {
    "IDP_PASSWORDS__MEMORY_KIB": "1024",
    "IDP_PASSWORDS__PASSES": "1",
    "IDP_KEYS__RELOAD_EVERY": "1",
}
"""Everything as in production but the cost of a password, and the wait until a node sees another's new keys."""
MEMBER: Final = "elise"
"""The persona who has every standard claim."""


@dataclass(slots=True)
class House:
    """What a suite knows of the provider, and the documents that it shows to it."""

    demonstration: Demonstration
    documents: Documents
    metadata: dict[str, Any] = field(init=False)
    keys: KeySet = field(init=False)
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        """Read the discovery document and the keys."""
        self.session.trust_env = False
        self.session.verify = self.authority
        self.metadata = self.send("GET", f"{self.issuer}/.well-known/openid-configuration").json()
        self.keys = KeySet.import_key_set(self.send("GET", self.metadata["jwks_uri"]).json())

    @property
    def issuer(self) -> str:
        """Its name and address."""
        return self.demonstration.issuer

    @property
    def authority(self) -> str:
        """The file whose certificate vouches for it."""
        return str(self.demonstration.contract["ca_file"])

    def send(self, method: str, url: str, **options: Any) -> requests.Response:
        """Send one request as a machine, and follow nothing."""
        return self.session.request(method, url, allow_redirects=False, timeout=20, **options)

    def browser(self, member: str = MEMBER) -> SuiteBrowser:
        """Return a browser without cookies, for a persona."""
        person = self.demonstration.person(member)
        return SuiteBrowser(self.issuer, self.session, person, str(self.documents.authority))


@functools.cache
def house() -> House:
    """Return the provider of this process, started when a test first asks for it; it ends with the run."""
    folder = servers.directory() / "conformance"
    folder.mkdir()
    ends = contextlib.ExitStack()
    atexit.register(ends.close)
    documents = Documents(folder)
    ends.callback(documents.stop)
    trust = ("--trust", str(documents.authority))
    running = demonstrations.started(folder / "var", folder / "output.log", *OPTIONS, *trust, env=CHEAP)
    made = House(ends.enter_context(running), documents)
    ends.callback(made.session.close)
    return made
