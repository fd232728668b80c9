"""The back channel: what applications' servers call, as plain functions from `Request` to `Reply`.

Purpose: token, userinfo, revocation, introspection, metadata and keys. Thin over Authlib's framework-free server core,
which dispatches grants and endpoints; what is decided, is decided in `idp.services`. `assemble.build_table` wires it.

Depends on: `idp.protocol`, `idp.services`, Authlib's `oauth2` and `oidc` cores. Must not know: Flask, Werkzeug,
SQLAlchemy, Redis, `idp.store`, nor the front channel's rooms.

Reading order: `server` (the request as Authlib sees it, answers), `client_authentication`, `grants/`, then one file an
endpoint.
"""
