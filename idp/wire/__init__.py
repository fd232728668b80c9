"""The machines' door: plain WSGI in front of the pages, for endpoints that no person ever sees.

Purpose: a table from method and path to endpoint, and the little HTTP around it. What the table
does not list goes on to the people's door, `idp.web`.

Depends on: `idp.protocol.messages` (Request, Reply) and the endpoints handed in when the app is
composed.

Must not know: Flask, Werkzeug, SQL, Redis, templates, cookies of the people's door.
"""
