"""Vocabulary of the protocols and pure checks: one file a specification, its number in the name.

Depends on nothing in the house. Knows no store, no framework, no clock.
"""
