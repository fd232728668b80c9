"""The account's pages in the order in which its menu lists them."""

from typing import Final

from idp.records import dataclass
from idp.web.i18n import mark as _

SECURITY: Final = _("Sécurité")
CONTACT: Final = _("Mes coordonnées")
DATA: Final = _("Mes données")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu: the page's short name, its path, its title, and the heading that it stands under.

    Title and heading are messages to translate; entries of one heading stand together.
    """

    name: str
    href: str
    title: str
    section: str = ""


MENU: Final = (
    Entry("overview", "/compte", _("Mon compte")),
    Entry("password", "/compte/mot-de-passe", _("Mot de passe"), SECURITY),
    Entry("security", "/compte/securite", _("Double authentification"), SECURITY),
    Entry("identities", "/compte/identites", _("Mes identités"), SECURITY),
    Entry("devices", "/compte/appareils", _("Appareils connectés"), SECURITY),
    Entry("history", "/compte/historique", _("Historique des connexions"), SECURITY),
    Entry("email", "/compte/adresse-e-mail", _("Adresse e-mail"), CONTACT),
    Entry("address", "/compte/adresse-postale", _("Adresse postale"), CONTACT),
    Entry("consents", "/compte/autorisations", _("Autorisations"), DATA),
    Entry("data", "/compte/donnees", _("Données personnelles"), DATA),
    Entry("language", "/compte/langue", _("Langue"), DATA),
)
