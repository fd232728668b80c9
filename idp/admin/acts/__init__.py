"""The acts of administration, one file a thing: each passes the actor's gate, acts, and writes its audit line.

What an act changes and what the audit says of it are one transaction. No Flask, no command line, no words for people:
an act returns values and raises its own errors, and each door says them in its own way.
"""
