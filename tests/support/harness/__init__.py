"""The harness of faults: a house of real programs, people at it, what they saw, and what must hold afterwards.

`house` runs the provider and its stores, `proxy` stands between them and cuts, `people` are members and applications
who write down what they sent and saw (`history`), `invariants` judge that against the database, `report` tells it.
"""
