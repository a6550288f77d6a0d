"""The matcher here and the embedded cloud's agree, but for what is listed: there the matcher follows the guide."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cloudkit.sns import F, Filter, FilterScope, Topic
from cloudkit.sqs import Queue
from tests.conftest import Rig

POLICIES: Mapping[str, Filter] = {
    "one": F.kind == "a",
    "some": F.kind.in_("a", "b"),
    "not": F.kind != "a",
    "not some": F.kind.not_in("a", "b"),
    "prefix": F.kind.prefix("a"),
    "suffix": F.kind.suffix("b"),
    "not prefix": F.kind.not_prefix("a"),
    "ignoring case": F.kind.equals_ignore_case("ab"),
    "there": F.kind.exists(),
    "missing": F.kind.exists(False),
    "number": Filter({"total": [10]}),
    "above": F.total > 10,
    "range": F.total.between(0, 10.5),
    "and": (F.kind == "a") & (F.total > 10),
    "or": (F.kind == "a") | (F.total > 10),
}
ATTRIBUTES: Mapping[str, Mapping[str, Any]] = {
    "a": {"kind": "a"},
    "b": {"kind": "b"},
    "AB": {"kind": "AB"},
    "ab, 10": {"kind": "ab", "total": 10},
    "a, 11": {"kind": "a", "total": 11},
    "10.5": {"total": 10.5},
    "-1": {"total": -1},
    "other": {"other": "x"},
    "nothing": {},
    "list": {"kind": ["c", "a"]},
    "text of a list": {"kind": '["a"]'},
    "number as text": {"total": "10"},
}
# What moto does otherwise, and what the guide says.
KNOWN_OF_ATTRIBUTES = {
    # "An empty set of attributes results in the filter not matching."
    ("missing", "nothing"): False,
    # For String.Array each element is a value; moto takes the text of the list for characters.
    ("not", "list"): True,
    ("not some", "list"): True,
    ("not prefix", "list"): True,
    # ... and compares prefixes and suffixes with String alone.
    ("prefix", "list"): True,
    # A String is a text, whatever it looks like; moto takes a text that is a list for a list.
    ("one", "text of a list"): False,
    ("some", "text of a list"): False,
    ("or", "text of a list"): False,
}
BODIES: Mapping[str, Mapping[str, Any]] = {
    "a": {"kind": "a"},
    "b": {"kind": "b"},
    "ab, 10": {"kind": "ab", "total": 10},
    "a, 11": {"kind": "a", "total": 11},
    "10.5": {"total": 10.5, "kind": "x"},
    "other": {"other": "x", "kind": "x", "total": -1},
}


def policies(scope: FilterScope) -> Mapping[str, Filter]:
    # moto takes "$or" to be about attributes in either case, and breaks on bodies.
    return {name: made for name, made in POLICIES.items() if scope == FilterScope.ATTRIBUTES or name != "or"}


def passed(rig: Rig, messages: Mapping[str, Mapping[str, Any]], scope: FilterScope) -> set[tuple[str, str]]:
    """The pairs of policy and message for which a queue with that policy got the message."""
    topic = Topic.create(rig.name("news"))
    queues = {name: Queue.create(rig.name("jobs")) for name in policies(scope)}
    for name, queue in queues.items():
        topic.subscribe(queue, filter=POLICIES[name], filter_scope=scope)
    for name, message in messages.items():
        if scope == FilterScope.BODY:
            topic.publish({**message, "name": name})
        else:
            topic.publish({"name": name}, attributes=message)
    found: set[tuple[str, str]] = set()
    for name, queue in queues.items():
        while received := queue.receive(10, wait=0):
            found |= {(name, json.loads(message.json(dict)["Message"])["name"]) for message in received}
            queue.delete_messages(received)
    return found


def ours(messages: Mapping[str, Mapping[str, Any]], scope: FilterScope) -> set[tuple[str, str]]:
    return {
        (policy, message)
        for policy, made in policies(scope).items()
        for message, found in messages.items()
        if made.matches(found, scope=scope)
    }


def test_attributes(rig: Rig) -> None:
    theirs, here = passed(rig, ATTRIBUTES, FilterScope.ATTRIBUTES), ours(ATTRIBUTES, FilterScope.ATTRIBUTES)
    assert theirs ^ here == set(KNOWN_OF_ATTRIBUTES)
    assert {pair: pair in here for pair in KNOWN_OF_ATTRIBUTES} == KNOWN_OF_ATTRIBUTES


def test_bodies(rig: Rig) -> None:
    assert passed(rig, BODIES, FilterScope.BODY) == ours(BODIES, FilterScope.BODY)
