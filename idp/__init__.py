"""The OpenID Connect provider of CARPIMKO.

`app` and `cli` compose the rooms and are the only files that see them all. A request comes in by one of two doors,
`wire` (machines) or `web` (people); `endpoints` and `authorize` speak the protocol; `services` and `members` hold the
rules of the protocol and of the fund; `store` keeps; `protocol` is the vocabulary. `upstream` is the seam to
`federation`. docs/architecture.md draws the house.
"""
