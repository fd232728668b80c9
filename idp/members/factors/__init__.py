"""The second factor of a member: codes of an application (TOTP), passkeys, recovery codes.

`totp`, `passkeys`, `recovery` and `challenges` are pure: time, keys and randomness come in as arguments. `second_step`
stands between the first factor and the session, `passwordless` lets a passkey replace the password, `enrolment` is what
the account's page may do, `house` puts them together. Depends on `idp.store` and the seam's ports; knows neither pages
nor sessions nor what an application asked for.
"""
