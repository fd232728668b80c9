"""A relying application to copy: the members' "Espace Personnel", with two neighbours on the same server.

Purpose: show how an application of the fund signs members in with OpenID Connect (authorization code, PKCE, state,
nonce, signed ID token, userinfo, refresh, logout, back-channel logout). `oidc.py` is the whole protocol; the rest is an
ordinary Flask app.
Depends on: Flask, Authlib's requests client, joserfc. Must not know: any room of the provider.
"""
