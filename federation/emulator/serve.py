"""The WSGI entry point: `granian --interface wsgi --factory --workers 1 federation.emulator.serve:application`.

`EMULATOR_CONFIG` names the configuration file. One worker only: the memory is in the process.
"""

import os

from flask import Flask

from federation.emulator.app import create_app
from federation.emulator.config import EmulatorConfigurationError, load_config

VARIABLE = "EMULATOR_CONFIG"


def application() -> Flask:
    """Return the application that the environment describes. Raises EmulatorConfigurationError otherwise."""
    path = os.environ.get(VARIABLE)
    if not path:
        raise EmulatorConfigurationError(f"{VARIABLE} must name the emulator's configuration file")
    return create_app(load_config(path))
