"""What an application tells of its keys."""

from joserfc.jwk import ECKey, RSAKey

from idp.demo.keys import public_jwks


def test_nothing_private_is_told() -> None:
    """Of a key on a curve and of an RSA key only the public members and the names remain."""
    curve, rsa = ECKey.generate_key("P-256", {"kid": "e"}), RSAKey.generate_key(2048, {"kid": "r"})
    assert {"kty", "crv", "x", "y", "kid"} == public_jwks(curve.as_dict(private=True))["keys"][0].keys()
    assert {"kty", "n", "e", "kid"} == public_jwks(rsa.as_dict(private=True))["keys"][0].keys()
