"""A FranceConnect v2 ("standard") look-alike for the demo and the tests: a separate Flask application.

Behaves towards a service provider as FranceConnect does: strict authorization parameters, 30-second codes,
60-second tokens, signed userinfo, pairwise subjects, a shared 30-minute session, error pages that never return.
On top it has fault knobs (`knobs.py`) that make it misbehave on demand.

Depends on Flask and joserfc. Holds everything in memory, in one process. The provider must never import it: they
meet over HTTP only. It must not know what a dossier is; it reads the identities of a personas file and nothing
else. It refuses to start under a name that could be taken for FranceConnect (`config.py`).
"""
