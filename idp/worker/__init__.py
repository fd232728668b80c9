"""Work that does not wait for a request: the outbox, purges, the key tick.

Purpose: deliver what services queued, at least once and with back-off; keep tables small; call whatever must happen
every minute. Several workers may run at once: each task is leased to one.

Depends on `idp.store`, and on functions handed in for each kind of task. It must not know what a mail or a key is.
"""
