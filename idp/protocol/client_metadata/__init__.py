"""Client metadata: what an application may register, read from JSON into a `Client` and written back.

One set of rules for whoever registers: the registration endpoint, the command line, a console. Sources: OpenID Connect
Dynamic Client Registration 1.0 section 2, RFC 7591 section 2, RFC 7592 section 2, RFC 9449 section 5.2, RFC 9701
section 6, and the logout specifications. Software statements are not covered and ignored (RFC 7591 section 2.3), and so
is a member that no specification here names. `read` reads, `write` writes, `choices` says what there is to choose from.
"""
