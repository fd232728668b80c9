"""What an administrator registers: one document for an application, whichever door it comes by. Pure.

The document holds the members of `idp.protocol.client_metadata`, by the same rules as for whoever registers by itself,
and beside them the house's own (`own_members`), which no application may decide for itself. `kinds` knows what a kind
of application begins with, `document` reads and writes, `differences` tells two documents apart, `snippets` says how an
application is set up.
"""
