"""The account pages: what a member sees and changes of their own account, one file a page.

Depends on the edge and on the services behind it; every page passes `gate` first. Knows no store and no rule: what may
be changed, and what follows from it, is decided in `idp.members` and `idp.services`.
"""
