"""What the console calls the events of the record, by subject; an event without words is shown by its name."""

from collections.abc import Mapping
from typing import Final

from idp.web.i18n import mark as _

SUBJECTS: Final[tuple[tuple[str, Mapping[str, str]], ...]] = (
    (
        _("Connexions"),
        {
            "sign_in": _("Connexion"),
            "second_factor": _("Second facteur"),
            "passkey_counter": _("Compteur d’une clé d’accès en recul"),
            "sign_out": _("Déconnexion"),
            "service_left": _("Départ d’un seul service"),
            "code_reused": _("Code d’autorisation utilisé une seconde fois"),
            "refresh_reused": _("Jeton de renouvellement utilisé une seconde fois"),
            "reported": _("« Ce n’était pas moi »"),
        },
    ),
    (
        _("Comptes des affiliés et des ayants droit"),
        {
            "provisional_asked": _("Mot de passe provisoire demandé"),
            "password_changed": _("Mot de passe changé"),
            "email_change_asked": _("Changement d’adresse e-mail demandé"),
            "email_change_cancelled": _("Changement d’adresse e-mail annulé"),
            "email_proved": _("Adresse e-mail prouvée"),
            "factor_added": _("Second facteur ajouté"),
            "factor_removed": _("Second facteur retiré"),
            "recovery_codes_renewed": _("Codes de secours renouvelés"),
            "recovery_codes_removed": _("Codes de secours retirés"),
            "language_chosen": _("Langue choisie"),
            "personal_data_copied": _("Copie des données personnelles"),
            "consent_granted": _("Autorisation donnée à une application"),
            "consent_withdrawn": _("Autorisation retirée à une application"),
        },
    ),
    (
        _("Assistance"),
        {
            "members_found": _("Recherche d’un compte"),
            "member_seen": _("Compte consulté"),
            "member_reset": _("Mot de passe provisoire envoyé par l’assistance"),
            "member_sessions_ended": _("Sessions fermées par l’assistance"),
            "dossier_status": _("État d’un dossier changé"),
            "directory_import": _("Dossiers importés"),
            "directory_export": _("Dossiers exportés"),
            "letters_run": _("Impression lancée"),
            "letters_printed": _("Courriers imprimés"),
            "letters_taken": _("Fichier à imprimer téléchargé"),
            "letters_wiped": _("Courriers effacés"),
            "undelivered": _("Message non distribué"),
        },
    ),
    (
        _("Fournisseurs d’identité"),
        {
            "federation.sign_in": _("Connexion par un fournisseur"),
            "federation.callback": _("Retour d’un fournisseur"),
            "federation.upstream_error": _("Erreur d’un fournisseur"),
            "federation.linked": _("Identité rattachée"),
            "federation.link": _("Rattachement depuis le compte"),
            "federation.unlinked": _("Identité détachée"),
            "federation.proof": _("Preuve d’un dossier"),
            "federation.code": _("Code de preuve par e-mail"),
            "federation.letter_code": _("Code de preuve par courrier"),
            "federation.case": _("Cas de rapprochement"),
            "federation.case_seen": _("Rapprochement consulté"),
            "federation.explained": _("Simulation"),
            "federation.pause": _("Fournisseur suspendu"),
            "federation.resume": _("Fournisseur repris"),
        },
    ),
    (
        _("Applications"),
        {
            "client_created": _("Application créée"),
            "client_examined": _("Application examinée"),
            "initial_token_made": _("Jeton d’inscription d’applications créé"),
            "client_registered": _("Application enregistrée par elle-même"),
            "client_changed": _("Application modifiée"),
            "client_rolled_back": _("Application ramenée à une version d’avant"),
            "client_enabled": _("Application activée"),
            "client_disabled": _("Application désactivée"),
            "client_removed": _("Application supprimée"),
            "client_secret_renewed": _("Secret d’une application renouvelé"),
            "client_older_secrets_ended": _("Anciens secrets d’une application arrêtés"),
        },
    ),
    (
        _("Administration"),
        {
            "admin_created": _("Administrateur créé"),
            "admin_invited": _("Administrateur invité de nouveau"),
            "admin_joined": _("Administrateur arrivé"),
            "admin_roles": _("Rôles d’un administrateur changés"),
            "admin_disabled": _("Administrateur désactivé"),
            "admin_seeded": _("Administrateur de démonstration créé"),
            "act_refused": _("Acte refusé"),
            "config_applied": _("Configuration appliquée"),
            "keys_rotated": _("Clés renouvelées"),
            "keys_rewrapped": _("Clés scellées de nouveau"),
            "keys_replaced": _("Clés remplacées en urgence"),
            "proposal_made": _("Acte proposé"),
            "proposal_seen": _("Proposition consultée"),
            "proposal_approved": _("Proposition approuvée"),
            "proposal_refused": _("Proposition refusée"),
            "proposal_withdrawn": _("Proposition retirée par son auteur"),
            "proposal_failed": _("Proposition approuvée mais impossible à faire"),
            "audit_read": _("Journal consulté"),
            "audit_exported": _("Journal exporté"),
            "audit_verified": _("Journal vérifié"),
        },
    ),
)
"""Words by event, in the order in which a person looks for them."""

WORDS: Final[Mapping[str, str]] = {name: words for _subject, events in SUBJECTS for name, words in events.items()}
