"""A conformance suite's side of a test: its browser, its applications, and the checks that it makes everywhere.

The modules that use it are in `tests/conformance`, each named after the module of the OpenID Foundation's suite whose
demands it makes. The provider is the demonstration on https, open to registration, exactly as `docs/conformance.md`
says to start it for that suite.
"""
