"""What a start may load: each library below is loaded by the first request that needs it, or not at all."""

import subprocess
import sys

LATE = {
    "alembic": "only where a migration is missing",
    "babel.messages": "the catalogue is read by idp/web/po.py",
    "fpdf": "letters",
    "granian": "the server, loaded by its command",
    "holidays": "letters",
    "idp.admin.api.assemble": "the REST API",
    "idp.demo": "the demonstration",
    "opentelemetry": "traces, where a collector is named",
    "redis": "sentinels and clusters, and addresses with options of its own",
    "webauthn": "passkeys",
    "zxcvbn": "the choice of a password",
}
"""Modules that a start does not load, and what loads them."""
MOST = 1500
"""Modules that are there once the application is made."""

START = """
import sys
from idp import config
from idp.app import build
build(config.load(issuer="https://idp.test", cache={"redis_url": "redis://redis.test:6379/0"})).kv
print(len(sys.modules))
print(*sys.modules)
"""


def test_a_start_loads_no_more_than_it_needs() -> None:
    """The application is made without what only some requests need, and within a number of modules."""
    done = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True, timeout=100)
    count, names = done.stdout.splitlines()
    assert set() == LATE.keys() & set(names.split())
    assert int(count) < MOST
