"""The grants of the token endpoint, each a thin class of Authlib's over one verb of `idp.services.tokens`.

Authlib makes a grant object per request and calls, in order, `validate_token_request` and `create_token_response`.
Its token generators never see the request, so `Issuing.generate_token` is where ours takes over: the service gets the
whole request and does everything in one transaction; `save_token` and its kin have nothing left to do.

Depends on: Authlib's grants, `idp.services.tokens`. Must not know: stores, frameworks.
"""
