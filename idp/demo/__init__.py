"""The demonstration: one command that fills an empty directory and serves three programs.

Purpose: write the settings and secrets of a local installation, seed people and applications, start the provider, the
FranceConnect emulator and the example applications, and describe them in `demo.json` for scripts.
Depends on: `idp.protocol.client`, `idp.members.dossiers`, `idp.upstream` (values only).
Must not know: `federation` (the emulator is another process), Flask, the stores: what it seeds goes through three
ports.
"""
