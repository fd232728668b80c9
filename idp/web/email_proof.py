"""The link that proves a contact address: opened by anybody's mail scanner, followed by a person's press."""

from werkzeug.wrappers import Response as AnyResponse

from idp.members.delivery import mask
from idp.protocol.opaque import digest
from idp.web import asked
from idp.web.http import Edge


def page(edge: Edge, token: str) -> AnyResponse:
    """GET /adresse-e-mail/<token>: nothing changes until the button is pressed."""
    link = edge.desk.proving.look(token)
    if link is None:
        return _show(edge, token, "gone", status=400)
    return _show(edge, token, "confirm", masked=mask(link.email))


def confirm(edge: Edge, token: str) -> AnyResponse:
    """POST /adresse-e-mail/<token>: the address is the member's; or the same page in the other language."""
    if asked.now().form.get("step") == "language":
        return _show(edge, token, "proved") if edge.check_csrf(_proved(token)) else page(edge, token)
    if not edge.check_csrf("adresse-e-mail"):
        return page(edge, token)
    outcome = edge.desk.proving.follow(token, edge.network())
    return _show(edge, token, outcome, status=200 if outcome == "proved" else 400)


def _show(edge: Edge, token: str, state: str, *, masked: str = "", status: int = 200) -> AnyResponse:
    return edge.render(
        "web/email_proved.html",
        status=status,
        state=state,
        masked_email=masked,
        signed_in=edge.live_session() is not None,
        action=f"/adresse-e-mail/{token}",
        csrf=edge.csrf("adresse-e-mail"),
        # The link was good once: the switch of languages must not ask it again.
        language_form={"csrf": edge.csrf(_proved(token))} if state == "proved" else None,
    )


def _proved(token: str) -> str:
    """Return what a form may say for that comes from the page of this very link, proved in this browser."""
    return f"adresse-e-mail:proved:{digest(token)}"
