"""What the provider remembers: typed repositories over SQL, and the key-value port on Redis or SQL.

A unit of work (`db.Store.begin` or `.reading`) owns the transaction; a repository is a handful of verbs on it and
never commits. SQL is the judge of everything that may be used once; what lives behind the key-value port may vanish
without any security answer changing (decisions D2 and D3).

Depends on the vocabulary in `idp.protocol`, the seam `idp.upstream`, the settings and the key values of `keys`. It must
not know the services, the fund's rules, the doors or the federation.
"""
