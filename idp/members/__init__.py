"""The fund's own rules: dossiers, passwords, and what may be told to whom.

Purpose: everything that is true of CARPIMKO rather than of OpenID Connect. A dossier has 7 digits
for an affilié and 9 for an ayant droit; a password is never compared outside this room.

Depends on: `idp.store` for rows, `idp.clock` for time, argon2-cffi for password hashes.

Must not know: Flask, clients, grants, tokens, or how an upstream provider names a person.
"""
