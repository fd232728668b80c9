"""Protocol rules over the stores: clients, codes, tokens, sessions, interactions, sign-out, keys, audit.

The only room, with `idp.members`, that opens a unit of work. Depends on `idp.store`, `idp.protocol` and `keys`. Knows
no Flask, no page and no wire format; time, randomness and stores come in as arguments.
"""
