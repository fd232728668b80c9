"""The people's door: Flask views that read, call and answer; templates under `templates/web` have the same names.

Depends on Flask, on `idp.authorize` and on services handed in by `idp/app.py`. Knows no SQL, no Redis, no upstream's
wire format. `routes` lists every path on one screen; `http` is the edge between Flask and the core; views return to
`idp.authorize.dispatch` by redirect and never call each other.
"""
