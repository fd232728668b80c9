"""The dashboard's operation."""

from collections.abc import Sequence
from dataclasses import asdict

from idp.admin.acts.dashboard import DashboardActs, Span
from idp.admin.api import dashboard_shapes as shapes
from idp.admin.api.operation import Call, Operation
from idp.services.size_samples import Sizes


def operations(acts: DashboardActs) -> tuple[Operation, ...]:
    """Return it over the acts."""

    def read(call: Call) -> shapes.Dashboard:
        found = acts.read(call.actor)
        return shapes.Dashboard(
            at=found.at,
            hours=_spans(found.hours),
            days=_spans(found.days),
            failures=dict(found.failures),
            deliveries=[shapes.DeliveryCounts(**asdict(one)) for one in found.deliveries],
            letters=shapes.LetterCounts(waiting=found.letters_waiting, printed=found.letters_printed),
            sizes=None if found.sizes is None else _sizes(found.sizes),
        )

    return (
        Operation(
            name="readDashboard",
            method="GET",
            path="/dashboard",
            act="dashboard.read",
            summary="Sign-ins by hour and day, failures by reason, deliveries, and how the tables grow. Counts alone.",
            handle=read,
            answer=shapes.Dashboard,
        ),
    )


def _spans(spans: Sequence[Span]) -> list[shapes.SignInSpan]:
    return [shapes.SignInSpan(begins=one.begins, counts=dict(one.counts)) for one in spans]


def _sizes(sizes: Sizes) -> shapes.Sizes:
    return shapes.Sizes(
        measured_at=sizes.measured_at,
        bytes=sizes.bytes,
        growth=sizes.growth,
        capacity=sizes.capacity,
        full_in_months=sizes.full_in_months,
        tables=[shapes.TableSize(**asdict(one)) for one in sizes.tables],
    )
