"""Administration: what the fund's staff may do, by whichever door they come.

The console, the REST API and the command line are three doors to one set of acts. `roles` is the table of the acts and
of who may do each; `actor` says who acts and through which door, and is the gate that every act passes before it does
anything. An act's service takes an `Actor`, passes the gate, and writes its audit line in the transaction of what it
changes. Depends on services, members and stores; the acts know neither Flask nor a command line.
"""
