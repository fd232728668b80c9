"""The key room: seal, rotate, publish, sign, verify.

Purpose: every private key of the house lives here, and every JSON Web Signature made or believed
by the house passes through ``keys.jws``. The room is a leaf so that it can be audited alone.

Depends on: ``joserfc`` (key parsing, verification, JWE), ``cryptography`` (AES-GCM, HKDF, signatures)
and the standard library.

Must not know: ``idp``, ``federation``, Flask, SQLAlchemy, Authlib. Storage comes in as a function
that returns :class:`keys.ring.SealedKey` rows, time as an ``int`` of Unix seconds.

Reading order: ``algorithms`` (the table), ``sealing``, ``house_secret``, ``rotation``, ``ring``, ``purposes``,
``compact``, ``foreign``, ``jws``, ``claims_check``, ``half_hash``, ``jwe``.
"""
