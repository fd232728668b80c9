"""The OpenID Connect provider of CARPIMKO.

`app` composes the rooms and alone sees `federation`; `cli` loads the `commands`, which ask `app` for what they need. A
request comes in by one of two doors, `wire` (machines) or `web` (people); `endpoints` and `authorize` speak the
protocol; `services` and `members` hold the rules of the protocol and of the fund; `store` keeps; `worker` does what no
request waits for; `protocol` is the vocabulary. `upstream` is the seam to
`federation`. docs/architecture.md draws the house.
"""
