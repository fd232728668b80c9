"""Upstream identity providers: FranceConnect today, other OpenID providers by configuration.

Purpose: bring a person in from an upstream and find the dossier that is theirs. The room answers
one question for the provider, "which account is this, and how sure are we?", and keeps the links
between upstream subjects and dossiers.

Depends on: the seam ``idp.upstream`` (values) and ``idp.upstream_ports``, ``idp.protocol.errors`` for refusals,
``keys`` for every signature and key that is believed, requests and Authlib for the wire, SQLAlchemy
for ``links`` and the conflicts that ``linking`` expects, Flask for ``routes`` and ``assemble``.

Must not know: clients, authorization codes, sessions, consents, how an account is stored, how a
page is laid out. The provider hands all of that in as ports, and never learns what a pivot
identity looks like on the wire.

Reading order: ``pivot`` (compare two identities; ``matching`` field by field, ``cog`` for codes that
changed), ``linking`` (decide), ``links`` (rows), ``transactions`` (what is pending between two
pages), ``outbound`` (HTTP with deadlines), ``provider_metadata``, ``relying_party``, ``breaker``,
``franceconnect`` (what is peculiar to it), ``assessment`` and ``policy`` (look, decide, what the house
allows), ``journey`` (the steps), ``recognition`` and ``code_proof`` (proofs), ``account_link`` (from the
account), ``desk`` (what people decide), ``explain`` (the simulator), ``routes``, ``assemble`` (wiring).
"""
