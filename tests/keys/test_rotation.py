"""The rotation policy, by examples and by random histories."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.rotation import (
    DAY,
    Activate,
    Create,
    Drop,
    Reason,
    Retire,
    RotationPolicy,
    Step,
    in_force,
    plan,
    wind_up,
)

NOW = 1_700_000_000
POLICY = RotationPolicy()


@dataclass(frozen=True, slots=True)
class Key:
    """A key record as the policy sees it."""

    kid: str
    generation: int
    published_at: int
    active_from: int
    retire_at: int
    drop_at: int


def apply(keys: list[Key], steps: tuple[Step, ...]) -> list[Key]:
    """Carry out steps on a list of records."""
    for step in steps:
        if isinstance(step, Create):
            times = step.published_at, step.active_from, step.retire_at, step.drop_at
            keys = [*keys, Key(f"k{step.generation}", step.generation, *times)]
        elif isinstance(step, Drop):
            keys = [key for key in keys if key.kid != step.kid]
        else:
            keys = [
                replace(
                    key,
                    active_from=step.active_from,
                    retire_at=step.retire_at,
                    drop_at=step.drop_at,
                )
                if key.kid == step.kid
                else key
                for key in keys
            ]
    return keys


def first() -> list[Key]:
    """The state after a first start at NOW."""
    return apply([], plan("ES256", [], NOW, POLICY))


def test_first_key_signs_at_once() -> None:
    """With no key at all, waiting would be an outage: the first key is active when made."""
    (step,) = plan("ES256", [], NOW, POLICY)
    assert Create("ES256", 1, NOW, NOW, NOW + 90 * DAY, NOW + 104 * DAY, Reason.FIRST_KEY) == step


def test_nothing_to_do_in_mid_life() -> None:
    """Until a fortnight before the end of a period nothing happens."""
    assert () == plan("ES256", first(), NOW + 76 * DAY - 1, POLICY)


def test_successor_is_published_ahead_and_ends_its_predecessor() -> None:
    """A fortnight ahead the next key is published, to begin when the present one ends."""
    now = NOW + 76 * DAY
    steps = plan("ES256", first(), now, POLICY)
    (created,) = steps
    assert isinstance(created, Create)
    assert (2, now, NOW + 90 * DAY, Reason.SUCCESSOR_DUE) == (
        created.generation,
        created.published_at,
        created.active_from,
        created.reason,
    )


def test_late_rotation_still_publishes_before_use() -> None:
    """When no job ran for months, the old key goes on until the new one has been seen (N-138)."""
    now = NOW + 200 * DAY
    created, retired = plan("ES256", first(), now, POLICY)
    assert isinstance(created, Create)
    assert now + 900 == created.active_from
    assert Retire("k1", NOW, now + 900, now + 900 + 14 * DAY, Reason.SUPERSEDED) == retired


def test_rotate_now_publishes_before_use() -> None:
    """An operator's rotation waits the propagation delay and keeps the old key published."""
    now = NOW + DAY
    created, retired = plan("ES256", first(), now, POLICY, rotate_now=True)
    assert isinstance(created, Create)
    assert (now, now + 900, Reason.ROTATE_NOW) == (
        created.published_at,
        created.active_from,
        created.reason,
    )
    assert Retire("k1", NOW, now + 900, now + 900 + 14 * DAY, Reason.SUPERSEDED) == retired


def test_rotate_now_twice_rotates_once() -> None:
    """While a rotation is under way a second one changes nothing."""
    now = NOW + DAY
    keys = apply(first(), plan("ES256", first(), now, POLICY, rotate_now=True))
    assert () == plan("ES256", keys, now + 60, POLICY, rotate_now=True)


def test_rotate_now_brings_a_published_successor_forward() -> None:
    """A successor that has been published long enough signs at once."""
    keys = apply(first(), plan("ES256", first(), NOW + 76 * DAY, POLICY))
    now = NOW + 80 * DAY
    activated, retired = plan("ES256", keys, now, POLICY, rotate_now=True)
    assert isinstance(activated, Activate)
    assert ("k2", now, Reason.ROTATE_NOW) == (
        activated.kid,
        activated.active_from,
        activated.reason,
    )
    assert isinstance(retired, Retire)
    assert ("k1", now) == (retired.kid, retired.retire_at)


def test_lost_active_key_is_replaced_by_the_next_at_once() -> None:
    """With only a future key left, for instance after a deletion by hand, that one signs now."""
    (key,) = first()
    future = replace(key, active_from=NOW + DAY)
    (step,) = plan("ES256", [future], NOW, POLICY)
    assert isinstance(step, Activate)
    assert (NOW, Reason.NOTHING_ACTIVE) == (step.active_from, step.reason)


def test_key_is_dropped_past_the_longest_token() -> None:
    """A retired key goes when its keeping time is over, and not a second before."""
    keys = apply(first(), plan("ES256", first(), NOW + DAY, POLICY, rotate_now=True))
    gone = NOW + DAY + 900 + 14 * DAY
    assert () == plan("ES256", keys, gone - 1, POLICY)
    assert (Drop("k1", Reason.PAST_LONGEST_TOKEN),) == plan("ES256", keys, gone, POLICY)


def test_only_key_is_never_dropped() -> None:
    """A key without a successor goes on signing long past every planned time."""
    steps = plan("ES256", first(), NOW + 1000 * DAY, POLICY)
    assert not [step for step in steps if isinstance(step, Drop)]


def test_shorter_keeping_time_never_brings_an_end_forward() -> None:
    """After a change of policy, tokens signed under the old one can still be verified."""
    keys = apply(first(), plan("ES256", first(), NOW + DAY, POLICY, rotate_now=True))
    shorter = replace(POLICY, keep_after_retirement=2 * DAY)
    assert () == plan("ES256", keys, NOW + 4 * DAY, shorter)


@pytest.mark.parametrize(
    "fault",
    [
        {"publish_ahead": 0},
        {"propagation_delay": 0},
        {"longest_token": 0},
        {"publish_ahead": 899},
        {"active_period": 14 * DAY},
        {"keep_after_retirement": DAY},
    ],
)
def test_contradictory_policy_is_refused(fault: dict[str, int]) -> None:
    """A policy that could sign before publishing, or drop before the last token, cannot be made."""
    with pytest.raises(ValueError, match=r"positive|must"):
        replace(POLICY, **fault)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["tick", "rotate", "nothing"]),
        st.one_of(st.integers(0, 2000), st.integers(0, 40 * DAY), st.integers(0, 300 * DAY)),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_random_histories_keep_every_promise(history: list[tuple[str, int]]) -> None:
    """Whatever the order of jobs, rotations and pauses: one key signs, seen first, kept after."""
    now, keys = NOW, first()
    last_signed: dict[str, int] = {}
    for action, wait in history:
        now += wait
        signing = in_force(keys, now)
        assert signing is not None
        last_signed[signing.kid] = now
        if action != "nothing":
            wish = action == "rotate"
            keys = apply(keys, plan("ES256", keys, now, POLICY, rotate_now=wish))
            assert () == plan("ES256", keys, now, POLICY), "the plan converges in one run"
        assert len([key for key in keys if key.active_from > now]) <= 1
        assert len({key.generation for key in keys}) == len(keys)
        for key in keys:
            if key.generation > 1:
                assert key.published_at + POLICY.propagation_delay <= key.active_from
        held = {key.kid for key in keys}
        for kid, signed_at in last_signed.items():
            assert kid in held or signed_at + POLICY.longest_token < now


def test_winding_up_keeps_what_was_signed_and_makes_nothing() -> None:
    """The key in force ends now and is kept; one that has not begun goes; later nothing is left to do but to drop."""
    keys = apply(first(), plan("ES256", first(), NOW + 80 * DAY, POLICY))
    now = NOW + 81 * DAY
    steps = wind_up(keys, now, POLICY)
    assert (Drop("k2", Reason.WITHDRAWN), Retire("k1", NOW, now, now + 14 * DAY, Reason.WITHDRAWN)) == steps
    kept = apply(keys, steps)
    assert () == wind_up(kept, now + 14 * DAY - 1, POLICY)
    assert (Drop("k1", Reason.PAST_LONGEST_TOKEN),) == wind_up(kept, now + 14 * DAY, POLICY)
    assert () == wind_up([], now, POLICY)


def test_winding_up_in_the_middle_of_a_rotation() -> None:
    """A key that was retired before keeps the end that it had."""
    keys = apply(first(), plan("ES256", first(), NOW + DAY, POLICY, rotate_now=True))
    now = NOW + 2 * DAY
    (step,) = wind_up(keys, now, POLICY)
    assert Retire("k2", NOW + DAY + 900, now, now + 14 * DAY, Reason.WITHDRAWN) == step
