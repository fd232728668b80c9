"""The captcha of a page that tries passwords or numbers: where it is shown, and what is told of its answer (N-096)."""

from collections.abc import Mapping
from typing import Protocol, Self, TypeVar

from idp.services.captcha.port import CaptchaWidget, Verdict
from idp.web import asked
from idp.web.http import Edge


class Form(Protocol):
    """A form as it was sent."""

    @property
    def errors(self) -> Mapping[str, str]:
        """Its fields that cannot be right, each with its message."""
        ...

    def unproven(self, *, outage: bool) -> Self:
        """Return it with a message beside the captcha, which was not passed or which nobody could judge."""
        ...


_Sent = TypeVar("_Sent", bound=Form)


def widget(edge: Edge, action: str) -> CaptchaWidget | None:
    """Return a challenge where this network has to show that a person is there, since it failed often; or None."""
    return edge.captcha.widget(edge.browser_id(), action) if edge.sign_in.suspects(edge.network()) else None


def judged(edge: Edge, form: _Sent, action: str, *, always: bool = False) -> _Sent:
    """Return a form that was sent as it is, or with what is wrong with its captcha among its errors.

    What is wrong with a form is said all at once, and of the captcha with it what can be told for nothing. It is spent,
    a third party asked and what a network may do without scripts counted only where all else may be right: whoever is
    refused answers another one in any case, but loses no more than that.

    Args:
        form: as it was read.
        action: what the captcha of the page is for.
        always: whether every network has to answer one; otherwise those alone that `widget` asks.

    Raises:
        Unavailable: the database did not answer, so nobody knows whether the answer was used before.
    """
    network, sent = edge.network(), asked.now().form
    if not (always or edge.sign_in.suspects(network)):
        return form
    if form.errors:
        may_pass = edge.captcha.plausible(sent, browser_id=edge.browser_id(), action=action)
        return form if may_pass else form.unproven(outage=False)
    verdict = edge.captcha.verify(sent, browser_id=edge.browser_id(), action=action, network=network)
    return form if verdict is Verdict.PASSED else form.unproven(outage=verdict is Verdict.OUTAGE)
