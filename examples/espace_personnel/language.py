"""The two languages of the pages: French stands in the code, English here, and the browser says which is read.

The provider is told which it is (`ui_locales`), so that its pages go on in the same one.
"""

from typing import Final

from flask import request

ENGLISH: Final = {
    # Every page
    "Aller au contenu": "Skip to content",
    "Application d’exemple : les personnes et les dossiers sont fictifs.": (
        "Example application: the people and the files are made up."
    ),
    "Se connecter": "Sign in",
    "Se déconnecter": "Sign out",
    "Bonjour": "Hello",
    # Before the sign-in
    "Votre Espace Personnel": "Your Espace Personnel",
    "Consultez votre dossier, vos cotisations et votre retraite, et faites vos démarches en ligne.": (
        "See your file, your contributions and your pension, and do your paperwork online."
    ),
    "Retrouvez vos appels de cotisations et vos attestations.": "Find your contribution notices and certificates.",
    "Simulez votre retraite": "Simulate your pension",
    "Cap Retraite est un service indépendant. Connectez-vous avec votre compte CARPIMKO : vous choisirez d’abord les "
    "informations que vous acceptez de partager.": (
        "Cap Retraite is an independent service. Sign in with your CARPIMKO account: you first choose the information "
        "that you agree to share."
    ),
    "Avec FranceConnect, ou avec votre numéro de dossier et votre mot de passe.": (
        "With FranceConnect, or with your file number and your password."
    ),
    # After it
    "Mon Espace Personnel": "My Espace Personnel",
    "Votre dossier": "Your file",
    "Mes documents": "My documents",
    "Mon compte : mot de passe, connexions, identités": "My account: password, sign-ins, identities",
    "Simulateur": "Simulator",
    "Simulateur de retraite": "Pension simulator",
    "Simulateur de retraite (service tiers)": "Pension simulator (third-party service)",
    "Documents du dossier": "Documents of file",
    "Appel de cotisations": "Contribution notice",
    "Attestation d’affiliation": "Certificate of membership",
    "Relevé de points de retraite": "Statement of pension points",
    "PDF, 1 page": "PDF, 1 page",
    "PDF, 2 pages": "PDF, 2 pages",
    "PDF, 3 pages": "PDF, 3 pages",
    "Une seule connexion suffit pour toutes les applications de la caisse.": (
        "Signing in once is enough for all the fund’s applications."
    ),
    "← Retour à l’Espace Personnel": "← Back to Espace Personnel",
    "Vous avez accepté de partager les informations ci-dessous avec Cap Retraite, et aucune autre.": (
        "You agreed to share the information below with Cap Retraite, and nothing else."
    ),
    "Ce que Cap Retraite a reçu": "What Cap Retraite received",
    "Informations reçues de la CARPIMKO": "Information received from CARPIMKO",
    "Actualiser mes informations": "Update my information",
    "Vos informations sont à jour.": "Your information is up to date.",
    "Votre connexion": "Your sign-in",
    "Confirmer mon identité": "Confirm my identity",
    "Votre session a pris fin. Reconnectez-vous pour continuer.": "Your session has ended. Sign in again to go on.",
    "Vous êtes déconnecté.": "You are signed out.",
    # What went wrong
    "Connexion impossible": "Sign-in failed",
    "Vous n’êtes pas connecté": "You are not signed in",
    "Réessayer": "Try again",
    "Retour à l’accueil": "Back to the home page",
    "Détail pour l’assistance": "Details for support",
    "La connexion a été interrompue, ou vous avez refusé de partager vos informations.": (
        "The sign-in was interrupted, or you declined to share your information."
    ),
    "Votre accord est nécessaire pour continuer.": "Your agreement is needed to go on.",
    "Vous devez confirmer votre identité pour continuer.": "You have to confirm your identity to go on.",
    "Le service de connexion est momentanément indisponible.": "The sign-in service is unavailable for the moment.",
    "Le service de connexion a rencontré une difficulté.": "The sign-in service met a difficulty.",
    "Cette page de connexion n’est plus valable : elle a déjà servi, ou date de trop longtemps.": (
        "This sign-in page is no longer valid: it was used already, or is too old."
    ),
    "Le service de connexion ne répond pas pour le moment.": "The sign-in service does not answer for the moment.",
    "La connexion n’a pas pu aboutir.": "The sign-in could not be completed.",
    # Claims
    "Identifiant": "Identifier",
    "Nom complet": "Full name",
    "Prénom": "Given name",
    "Autres prénoms": "Middle names",
    "Nom": "Family name",
    "Surnom": "Nickname",
    "Nom d’usage": "Name in use",
    "Sexe": "Sex",
    "Date de naissance": "Date of birth",
    "Adresse e-mail": "E-mail address",
    "Adresse e-mail vérifiée": "E-mail address verified",
    "Téléphone": "Telephone",
    "Téléphone vérifié": "Telephone verified",
    "Adresse postale": "Postal address",
    "Portrait": "Picture",
    "Page de présentation": "Profile page",
    "Site du cabinet": "Practice website",
    "Numéro de dossier": "File number",
    "Situation": "Situation",
    "Langue": "Language",
    "Fuseau horaire": "Time zone",
    "Dernière mise à jour": "Last update",
    "Affilié": "Member (affilié)",
    "Ayant droit": "Survivor (ayant droit)",
    "Femme": "Female",
    "Homme": "Male",
    "Non précisé": "Unspecified",
    "oui": "yes",
    "non": "no",
    # How the member signed in
    "Niveau de garantie": "Level of assurance",
    "Moyen utilisé": "Means",
    "Connexion du": "Signed in on",
    "FranceConnect, niveau faible (eIDAS)": "FranceConnect, low level (eIDAS)",
    "FranceConnect+, niveau substantiel (eIDAS)": "FranceConnect+, substantial level (eIDAS)",
    "FranceConnect+, niveau élevé (eIDAS)": "FranceConnect+, high level (eIDAS)",
    "Mot de passe de la CARPIMKO": "CARPIMKO password",
    "mot de passe": "password",
    "FranceConnect": "FranceConnect",
    "code à usage unique": "single-use code",
    "deux facteurs": "two factors",
    "clé de sécurité": "security key",
    "clé de l’appareil": "key of the device",
    "code reçu par SMS": "code by text message",
    "code reçu par e-mail": "code by e-mail",
    "code secret": "PIN",
    "clé personnelle": "personal key",
    # The demonstration's mailbox
    "Boîte aux lettres": "Mailbox",
    "Boîte aux lettres de démonstration": "Mailbox of the demonstration",
    "démonstration": "demonstration",
    "Messages envoyés aux membres": "Messages sent to members",
    "Dans la démonstration, aucun message ne part : ils arrivent tous ici.": (
        "In the demonstration no message leaves: they all arrive here."
    ),
    "Pour les scripts :": "For scripts:",
    "(sans objet)": "(no subject)",
    "De": "From",
    "À": "To",
    "Aucun message pour le moment.": "No message for the moment.",
    "← Tous les messages": "← All messages",
    "Message mis en forme": "Formatted message",
}


def language() -> str:
    """Return `fr` or `en`, whichever the browser prefers (`Accept-Language`); French where it wants neither."""
    wanted = (tag.partition("-")[0] for tag in request.accept_languages.values())
    return next((tag for tag in wanted if tag in {"fr", "en"}), "fr")


def say(text: str) -> str:
    """Return a French text in the language of the page; one that is nobody's to translate, as it is."""
    return ENGLISH.get(text, text) if language() == "en" else text
