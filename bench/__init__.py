"""Measurements that stand in the repository: each program makes its own data, the same on every machine.

Run from the checkout with `python -m bench.<name>`; the reports beside them say what was measured where.
"""
