"""The values of the dashboard that go out. Times are Unix seconds."""

from idp.admin.api.values import Shape


class SignInSpan(Shape):
    """An hour or a day of Paris, by its first second, with the sessions that each method opened in it."""

    begins: int
    counts: dict[str, int]


class DeliveryCounts(Shape):
    """Work of one kind that leaves the house. `sent` and `given_up` are of the last seven days."""

    kind: str
    waiting: int
    failing: int
    sent: int
    given_up: int


class LetterCounts(Shape):
    """Letters that wait to be printed, and those printed in the last seven days."""

    waiting: int
    printed: int


class TableSize(Shape):
    """A table with its indexes; `growth` is in bytes in thirty days, null while it is not known."""

    name: str
    bytes: int
    growth: int | None


class Sizes(Shape):
    """The tables at the last sample, the largest first; `full_in_months` is null where it is not known, or never."""

    measured_at: int
    bytes: int
    growth: int | None
    capacity: int | None
    full_in_months: int | None
    tables: list[TableSize]


class Dashboard(Shape):
    """Counts of now. `failures` are sign-ins that opened nothing in the last thirty days, by reason."""

    at: int
    hours: list[SignInSpan]
    days: list[SignInSpan]
    failures: dict[str, int]
    deliveries: list[DeliveryCounts]
    letters: LetterCounts
    sizes: Sizes | None
