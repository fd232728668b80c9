"""What differs, by thing and by member."""

from idp.admin.configuration.difference import Difference, Member, Plan, State, compare

NOW: State = {
    "clients": {"a": {"client_name": "A", "enabled": False}, "b": {"client_name": "B"}, "c": {"enabled": False}},
    "administrators": {"root@x.example": {"roles": ["security"]}},
    "upstreams": {"fc": {"paused": False}},
}


def test_nothing_differs_from_itself() -> None:
    """Nor from a file that names nothing."""
    assert Plan(()) == compare(NOW, NOW)
    assert Plan((), ("a", "b", "c")) == compare(NOW, {})


def test_each_member_with_both_sides() -> None:
    """A member that a file does not name goes back to its default; a thing that is new has no side before."""
    wanted: State = {
        "clients": {"a": {"client_name": "Z"}, "n": {"client_name": "N"}},
        "upstreams": {"fc": {"paused": True}},
    }
    assert (
        Difference("clients", "a", "change", (Member("client_name", "A", "Z"), Member("enabled", False, None))),
        Difference("clients", "n", "create", (Member("client_name", None, "N"),)),
        Difference("upstreams", "fc", "change", (Member("paused", False, True),)),
    ) == compare(NOW, wanted).differences


def test_pruning_disables_what_is_not_named_and_not_disabled() -> None:
    """Applications alone: nobody loses a role and no upstream is paused by being forgotten."""
    plan = compare(NOW, {"clients": {"a": NOW["clients"]["a"]}}, prune=True)
    assert Plan((Difference("clients", "b", "disable", (Member("enabled", None, False),)),)) == plan


def test_a_digest_says_which_plan_it_is() -> None:
    """The same changes have the same one, others another."""
    first, other = compare(NOW, {"clients": {"a": {}}}), compare(NOW, {"clients": {"a": {"client_name": "B"}}})
    assert first.digest == compare(NOW, {"clients": {"a": {}}}).digest
    assert first.digest != other.digest
