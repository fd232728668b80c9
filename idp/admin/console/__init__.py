"""The console: administration in a browser, over the same acts as the REST API and the command line.

    /administration/invitation/<token>    how somebody comes in for the first time
    /administration/connexion/<id>        the provider's sign-in page for the staff
    /administration                       the console, a relying application of its own provider (`relying`)

Views read, call an act, answer; what a person may do is decided by the acts' gate and nowhere else. Depends on
`idp.web` for the edge, its forms and languages; nothing but `idp.people` and the composition know it.
"""
