"""The machines' door: plain WSGI in front of the people's pages (decision D20).

Purpose: read a request once into `idp.protocol.messages.Request`, find its endpoint in a table of one screen, write
the `Reply` out. Limits, cross-origin headers, request references, the access log and the answers to faults are here and
nowhere below. What the table does not know goes on to the inner application.

Depends on: `idp.protocol`, the list of endpoints in `idp.endpoints.assemble`, the standard library. Must not know:
Flask, Werkzeug, SQLAlchemy, Redis, `idp.store`.
"""
