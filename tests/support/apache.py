"""The machine's own Apache with mod_auth_openidc: a relying party that others wrote, on a port of the loopback."""

import os
import pwd
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.support import processes

MODULES: Final = Path("/usr/lib/apache2/modules")
MISSING: Final = "no Apache with mod_auth_openidc: install apache2 and libapache2-mod-auth-openidc"
LOADED: Final = (
    *("mpm_event", "authn_core", "authz_core", "authz_user", "alias", "headers"),
    *("socache_shmcb", "ssl", "auth_openidc"),
)

SITE: Final = """\
ServerRoot "{home}"
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile "{home}/apache.pid"
DefaultRuntimeDir "{home}"
Mutex file:{home} default
ErrorLog "{home}/error.log"
DocumentRoot "{home}/pages"
StartServers 1
{modules}
SSLEngine on
SSLCertificateFile "{certificate}"
{settings}
<Directory "{home}/pages">
  Require all granted
</Directory>
<Location "/private">
  AuthType openid-connect
  Require valid-user
  Header always set X-Member "expr=%{{REMOTE_USER}}"
</Location>
"""


def program() -> Path:
    """Return Apache's program; skips where it, or the module, is not installed."""
    found = shutil.which("apache2") or shutil.which("apache2", path="/usr/sbin")
    if found is None or not (MODULES / "mod_auth_openidc.so").exists():
        pytest.skip(MISSING)
    return Path(found)


def start(home: Path, port: int, certificate: Path, settings: Mapping[str, str]) -> processes.Program:
    """Serve `/private` on https to whoever signs in, as `nobody` where we are root; return once it answers.

    Args:
        home: a folder that every user may reach.
        port: where it listens.
        certificate: the file of its key and certificate.
        settings: directives of mod_auth_openidc and what stands after them.
    """
    apache = program()
    pages = home / "pages"
    (pages / "private").mkdir(parents=True)
    for page in (pages / "index.txt", pages / "private" / "index.txt"):
        page.write_text("a page of the relying party\n", encoding="utf-8")
    lines = "\n".join(f"{name} {value}" for name, value in settings.items())
    modules = "\n".join(f'LoadModule {name}_module "{MODULES}/mod_{name}.so"' for name in LOADED)
    file = home / "apache.conf"
    site = SITE.format(home=home, port=port, modules=modules, certificate=certificate, settings=lines)
    file.write_text(site, encoding="utf-8")
    ids: tuple[int | None, int | None] = (None, None)
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        ids = (nobody.pw_uid, nobody.pw_gid)
        for path in (home, *home.rglob("*")):
            os.chown(path, *ids)
    command: list[str | Path] = [apache, "-X", "-f", file, "-D", "FOREGROUND"]
    running = processes.start(command, home / "output.log", cwd=home, uid=ids[0], gid=ids[1])
    running.wait_until(lambda: processes.listens(port), seconds=20)
    return running
