"""The front channel: from an authorization request to its answer at the client's redirect URI.

Depends on `idp.protocol` and on services handed in as arguments. Knows no Flask, no store, no page: the web room
turns its decisions into pages and its answers into redirects. `pipeline` says what a request must satisfy, in order;
`interaction` decides what the person must still do; `complete` issues the code; `response_modes` writes the answer;
`dispatch` is the one place where these meet, and every step of a sign-in returns to it.
"""
