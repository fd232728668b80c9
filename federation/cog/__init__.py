"""INSEE's geographic codes (COG): which two codes may name one place of birth.

Purpose: a person keeps one birthplace while its code changes. Communes merge and split, Corsica, the Paris region and
the overseas territories were renumbered, states come and go. `table` answers whether two codes are so related, from
two data files; `movements` and ``python -m federation.cog`` make `communes.csv` anew from INSEE's yearly files
(README.md says from what the present one was made).

Depends on: the standard library. Must not know: people, dossiers, upstreams.
"""
