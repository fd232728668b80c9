"""Dynamic registration: applications that register and manage themselves, within what the settings allow.

`registrar` makes, reads, changes and removes; `leave` says who may; `sector` looks at what a sector's address says.
"""
