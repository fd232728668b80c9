"""The fund's file of dossiers, brought into the directory: all of its sound lines, or none.

Purpose: read a file of dossiers (`docs/directory-file.md`), say everything that is wrong with it, and apply it in
batches that are each one transaction with the journal of how far it got. `files` reads lines, `fields` and `records`
check them, `changes` decides what a line means for the dossier there is (pure), `run` does it.

Depends on: `idp.store` for rows and the journal, `idp.members.legacy_hashes` for passwords of the system before.

Must not know: the command line, clients, tokens.
"""
