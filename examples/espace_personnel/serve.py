"""Entry point of a WSGI server: `granian --interface wsgi --factory examples.espace_personnel.serve:serve`."""

import logging
import os
from pathlib import Path

from flask import Flask

from examples.espace_personnel.app import create_app
from examples.espace_personnel.config import load_config


def serve() -> Flask:
    """Return the application configured by the JSON file that `ESPACE_CONFIG` names.

    Raises:
        KeyError: when the environment variable is not set.
        ValueError, OSError: when the file is wrong or cannot be read.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    return create_app(load_config(Path(os.environ["ESPACE_CONFIG"])))
