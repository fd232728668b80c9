"""The back channel: token, userinfo, logout requests and metadata, thin over Authlib's core.

Purpose: each endpoint reads one request value, asks the services, and answers with a reply value.

Depends on: `idp.protocol` for the vocabulary, `idp.services` for the rules, Authlib's framework-free
`authlib.oauth2` and `authlib.oidc.core`.

Must not know: Flask, Werkzeug, SQL, Redis, `idp.store`, or which of the two doors calls it.
"""
