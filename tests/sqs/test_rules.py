"""What SQS asks of names and messages, and how SNS's rules are checked too."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from cloudkit import AlreadyExists, InvalidRequest
from cloudkit.sqs._attributes import to_wire
from cloudkit.sqs._rules import QUEUES, flag, identified

# The rules of a service that is not there: what they say of it must come from the data.
STACKS = evolve(
    QUEUES,
    noun="stack",
    max_name_characters=3,
    max_message_bytes=5,
    max_attributes=None,
    attribute_kinds="tea",
)


def test_the_characters_that_sqs_documents() -> None:
    allowed = [0x9, 0xA, 0xD, 0x20, 0xD7FF, 0xE000, 0xFFFD, 0x10000, 0x10FFFF]
    refused = [0x0, 0x8, 0xB, 0xC, 0xE, 0x1F, 0xD800, 0xDFFF, 0xFFFE, 0xFFFF]
    assert all(QUEUES.allows(chr(each)) for each in allowed)
    assert not any(QUEUES.allows(chr(each)) for each in refused)


@given(st.text(min_size=1))
def test_text_is_taken_or_its_first_bad_character_is_named(text: str) -> None:
    bad = [index for index, each in enumerate(text) if not QUEUES.allows(each)]
    if bad:
        with pytest.raises(
            InvalidRequest, match=rf"U\+{ord(text[bad[0]]):04X}.* at {bad[0]}, which SQS refuses"
        ):
            QUEUES.checked_text("the body", text)
    else:
        assert QUEUES.checked_text("the body", text) is text


def test_the_data_makes_the_difference() -> None:
    with pytest.raises(InvalidRequest, match="stack name 'jobs': it has 1 to 3 letters"):
        STACKS.checked_name("jobs")
    with pytest.raises(InvalidRequest, match="6 bytes with its attributes: SQS takes 5 at most"):
        STACKS.checked_size(6)
    assert STACKS.checked_size(5) == 5
    assert len(to_wire({f"a{number}": number for number in range(11)}, STACKS)) == 11
    with pytest.raises(InvalidRequest, match="it is tea"):
        to_wire({"a": None}, STACKS)


@pytest.mark.parametrize(
    ("name", "fifo", "hint"), [("a", True, r"name it 'a\.fifo'$"), ("a.fifo", False, "name it 'a'$")]
)
def test_the_name_says_whether_it_is_fifo(name: str, fifo: bool, hint: str) -> None:
    assert QUEUES.checked_name(name, not fifo) == QUEUES.checked_name(name) == name
    with pytest.raises(InvalidRequest, match=hint):
        QUEUES.checked_name(name, fifo)


def test_a_name_that_is_taken() -> None:
    error = QUEUES.taken("jobs")
    assert type(error) is AlreadyExists
    assert (error.service, error.operation, error.resource) == ("sqs", "CreateQueue", "jobs")
    assert error.hint == "Queue.ensure() takes what is there"


def test_deduplication_is_for_fifo() -> None:
    assert QUEUES.checked_deduplication(False, fifo=True) == flag(False) == "false"
    assert QUEUES.checked_deduplication(True, fifo=True) == flag(True) == "true"
    with pytest.raises(InvalidRequest, match="for FIFO queues"):
        QUEUES.checked_deduplication(False, fifo=False)


def test_an_id_of_the_content() -> None:
    def unique(**params: Any) -> str:
        return str(identified(params, fifo=True, derives_id=lambda: False)["MessageDeduplicationId"])

    def asked() -> bool:
        raise AssertionError

    one = unique(MessageBody="x", MessageGroupId="g")
    assert one == unique(MessageGroupId="g", MessageBody="x")
    assert len({one, unique(MessageBody="x", MessageGroupId="h"), unique(MessageBody=b"x")}) == 3
    assert identified({"a": 1}, fifo=False, derives_id=asked) == {"a": 1}
    given = {"MessageDeduplicationId": "mine"}
    assert identified(given, fifo=True, derives_id=asked) == given
    assert identified({"a": 1}, fifo=True, derives_id=lambda: True) == {"a": 1}
