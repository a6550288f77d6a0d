"""Settings that differ from those that are there."""

from __future__ import annotations

from cloudkit.sns._settings.differing import conflict, meaning
from cloudkit.sqs._settings import differing


def test_meanings_are_compared_and_not_texts() -> None:
    wanted = {
        "RawMessageDelivery": "false",
        "FilterPolicy": '{"a": ["b"]}',
        "FilterPolicyScope": "MessageAttributes",
    }
    assert differing(wanted, {"FilterPolicy": '{"a":["b"]}'}, meaning) == {}
    assert differing(wanted, {"FilterPolicy": '{"a":["b","c"]}'}, meaning) == {"FilterPolicy": '{"a": ["b"]}'}
    assert differing({"FilterPolicy": "{}"}, {}, meaning) == {}
    assert differing({"DisplayName": ""}, {}, meaning) == {}
    assert differing({"ContentBasedDeduplication": "true"}, {}, meaning) == {
        "ContentBasedDeduplication": "true"
    }


def test_a_conflict_speaks_our_language() -> None:
    error = conflict(
        {"RawMessageDelivery": "true", "FilterPolicy": "{}"},
        {"FilterPolicy": '{"a":["b"]}'},
        operation="Subscribe",
        about="x",
    )
    assert error.message == "it is there, and raw is False, not True, filter is {'a': ['b']}, not {}"
    assert error.hint == "update=True changes it"
