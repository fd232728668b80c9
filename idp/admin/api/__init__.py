"""The administrators' REST API: the acts, for the fund's own programs, below `/admin/api/v1`.

`operations` is the one table: it routes, it checks what comes in, and the OpenAPI document is written from it.
`door` walks a request through path, token, rate, act, parameters and idempotency to the operation; `guard` says who
calls; `problems` is every error (RFC 9457). Plain functions over `Request` and `Reply`. Depends on the acts, the token
services and the endpoints' reading of tokens. Must not know Flask, SQLAlchemy, Redis, `idp.store`.
"""
