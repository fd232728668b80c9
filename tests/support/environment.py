"""Takes away what a developer's shell would tell the program under test."""

import os


def forget_the_shell() -> None:
    """Drop our own settings and any proxy from the environment of this run and of what it starts."""
    for name in list(os.environ):
        ours = name.startswith("IDP_") and not name.startswith("IDP_TEST_")
        if ours or name.lower().endswith("_proxy"):
            del os.environ[name]
