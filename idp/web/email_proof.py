"""The link that proves a contact address: opened by anybody's mail scanner, followed by a person's press."""

from werkzeug.wrappers import Response as AnyResponse

from idp.members.delivery import mask
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
    if not edge.check_csrf("adresse-e-mail"):
        return page(edge, token)
    if asked.now().form.get("step") == "language":
        return _show(edge, token, "proved") if edge.desk.proving.look(token) is None else page(edge, token)
    outcome = edge.desk.proving.follow(token, edge.network())
    return _show(edge, token, outcome, status=200 if outcome == "proved" else 400)


def _show(edge: Edge, token: str, state: str, *, masked: str = "", status: int = 200) -> AnyResponse:
    csrf = edge.csrf("adresse-e-mail")
    return edge.render(
        "web/email_proved.html",
        status=status,
        state=state,
        masked_email=masked,
        signed_in=edge.live_session() is not None,
        action=f"/adresse-e-mail/{token}",
        csrf=csrf,
        # The link was good once: the switch of languages must not ask it again.
        language_form={"csrf": csrf} if state == "proved" else None,
    )
