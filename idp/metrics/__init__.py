"""What operators' monitoring reads: counters and durations of the whole node, in Prometheus' text format.

Purpose: `points` declares everything that is counted, on one screen; rooms count there as they log, in memory, under a
lock held for less than a microsecond. Each process writes its figures down every second (`snapshots`), and whichever
of the node's processes holds the port of the settings answers with the sum of all (`exposition`). Where no port is
named nothing is written and nothing listens.

Depends on the standard library, `idp.config` and, in `exposition` alone, prometheus-client. `ledger` and `points` are
leaves that any room may import, as it may import logging. What is read from the database for a scrape is handed in.
No figure carries a label that a stranger chooses: no path, no number, no name of an application.
"""
