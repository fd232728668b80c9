"""Compare one field of two civil identities at a time: pure functions, each with a named reason.

Purpose: `federation.pivot` puts the six fields of the identité pivot together; each file here knows one of them:
`names` (birth and given names), `dates`, `places` (communes and countries). `results` holds the words for an answer.

Depends on: `idp.upstream` for the identity, `federation.cog` for codes that changed. Must not know: dossiers,
decisions, links, the wire.
"""
