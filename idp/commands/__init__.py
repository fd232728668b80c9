"""The commands behind `idp`: read arguments, call a service, print. Composed by `idp/cli.py`."""
