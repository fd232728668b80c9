"""The identity providers of the choice page, in FranceConnect's production order, as neutral text tiles."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """A tile. `uid` is what `idp_hint` takes and `idp_id` returns (opaque to clients); `slug` makes the HTML id."""

    slug: str
    name: str
    hint: str

    @property
    def uid(self) -> str:
        """The opaque identifier of this provider."""
        return f"emulator-{self.slug}"


PROVIDERS = (
    IdentityProvider("impots", "impots.gouv.fr", "Numéro fiscal"),
    IdentityProvider("ameli", "Ameli", "Numéro de sécurité sociale"),
    IdentityProvider("laposte", "L'Identité Numérique La Poste", "Application mobile"),
    IdentityProvider("msa", "MSA", "Compte de la mutualité sociale agricole"),
    IdentityProvider("yris", "YRIS", "Application mobile"),
    IdentityProvider("france-identite", "France Identité", "Carte d'identité électronique"),
    IdentityProvider("trustme", "TrustMe", "Application mobile"),
    IdentityProvider("aidants-connect", "Aidants Connect", "Pour la personne que vous aidez"),
)


def provider_of(uid: str) -> IdentityProvider | None:
    """Return the provider of that uid, or None."""
    return next((provider for provider in PROVIDERS if provider.uid == uid), None)
