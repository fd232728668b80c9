"""Proof that a form is not sent by a machine: a brake among others, never the only one (N-101, C-09).

By default a proof of work of our own, without a third party; reCAPTCHA, hCaptcha or Turnstile by configuration. All
have a way on without scripts, and none opens the door when it cannot judge. Depends on the store (which decides who
used an answer first), a key-value port (which counts) and, for a third party, HTTP. Knows no Flask and no form beyond
the few fields named in `port`.
"""
