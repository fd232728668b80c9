"""Finds the machine's own Chromium; none is ever downloaded."""

import os
import shutil
import sys
from pathlib import Path

NAMES = (
    # The same engine without a window, which takes half the time.
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
APPLICATIONS = ("Chromium.app/Contents/MacOS/Chromium", "Google Chrome.app/Contents/MacOS/Google Chrome")
MISSING = (
    "no Chromium on this machine: install one "
    "(Debian: apt-get install chromium-headless-shell; macOS: brew install --cask chromium)"
)


def chromium() -> Path | None:
    """Return the browser's program: the one CHROMIUM names, else the first found; None without one."""
    if named := os.environ.get("CHROMIUM"):
        return Path(named)
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    if sys.platform == "darwin":
        for application in APPLICATIONS:
            path = Path("/Applications", application)
            if path.exists():
                return path
    return None


def arguments() -> list[str]:
    """Return what to start it with: root, as in a container, has no use for Chromium's own sandbox."""
    return ["--no-sandbox", "--disable-dev-shm-usage"] if os.geteuid() == 0 else []
