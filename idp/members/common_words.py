"""What French members choose most often, which the estimator's English lists do not know (N-091)."""

from typing import Final

_FRENCH: Final = """
    motdepasse monmotdepasse motdepass mdp password passe secret bonjour bonsoir salut coucou bienvenue merci
    azerty azertyuiop qsdfghjklm wxcvbn azertyui azeqsdwxc aqwzsxedc qwerty qwertz administrateur admin
    soleil doudou chouchou loulou louloute chaton minou minette chat chien toutou princesse prince cherie cheri
    amour monamour jetaime jtm bisous bisou calin coeur tresor ange moncoeur bebe maman papa famille enfants
    vacances plage montagne jardin maison bateau voiture camion moto velo cheval poney licorne papillon etoile
    marseille paris lyon toulouse bordeaux nantes lille nice rennes strasbourg montpellier bretagne corse france
    francais republique football rugby olympique psg om om13 allezom ptitbout titi tata tonton toto tutu nounours
    chocolat caramel vanille fraise framboise banane citron orange pomme cerise noisette cannelle biscuit
    camille nicolas thomas alexandre julien sebastien frederic stephane christophe laurent philippe catherine
    isabelle nathalie sandrine valerie sylvie veronique christine francoise monique jacqueline martine brigitte
    chantal caroline virginie aurelie emilie celine marion pauline juliette charlotte mathilde manon lea chloe
    lucas hugo enzo louis gabriel arthur jules nathan theo antoine maxime guillaume pierre michel jean marie
    printemps automne janvier fevrier avril juillet septembre octobre novembre decembre lundi mardi mercredi
    jeudi vendredi samedi dimanche internet ordinateur bureau travail infirmier infirmiere kine kinesitherapeute
    orthophoniste pedicure podologue orthoptiste masseur liberal liberale sante cabinet patient retraite pension
    cotisation dossier espace personnel compte client numero identifiant connexion ameli impots urssaf
"""

STEMS: Final = frozenset(_FRENCH.split())
"""Without accents, in small letters. Each also counts as a known word for the estimator."""

FUND: Final = ("carpimko", "espacepersonnel", "auxiliairesmedicaux")
"""Names of the fund and of its service, wherever they stand."""
