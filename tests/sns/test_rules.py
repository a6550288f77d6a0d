"""What SNS asks of names and messages, beside what SQS asks too."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from cloudkit.errors import AlreadyExists, InvalidRequest
from cloudkit.sns._rules import TOPICS


@pytest.mark.parametrize("name", ["n", "news", "News_2-b", "a" * 256, "orders.fifo"])
def test_names_that_sns_takes(name: str) -> None:
    assert TOPICS.checked_name(name) == name


@pytest.mark.parametrize("name", ["", "a b", "a.b", "a.fifo.b", "ä", "a" * 257, ".fifo", "news\n"])
def test_names_that_sns_refuses(name: str) -> None:
    with pytest.raises(InvalidRequest, match="topic name"):
        TOPICS.checked_name(name)


def test_the_name_says_whether_it_is_fifo() -> None:
    assert TOPICS.checked_name("a.fifo", True) == "a.fifo"
    assert TOPICS.checked_name("a", False) == "a"
    with pytest.raises(InvalidRequest, match=r"Hint: name it 'a\.fifo'$"):
        TOPICS.checked_name("a", True)
    with pytest.raises(InvalidRequest, match=r"Hint: name it 'a'$"):
        TOPICS.checked_name("a.fifo", False)


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_all_that_utf_8_has_a_form_for_is_taken(text: str) -> None:
    assert TOPICS.checked_text("the message", text) is text


def test_half_a_surrogate_pair_is_not() -> None:
    with pytest.raises(InvalidRequest, match=r"U\+DFFF \(half a surrogate pair\) at 1, which SNS refuses"):
        TOPICS.checked_text("the message", "a\udfff")


def test_a_name_that_is_taken() -> None:
    error = TOPICS.taken("news")
    assert type(error) is AlreadyExists
    assert (error.service, error.operation, error.resource) == ("sns", "CreateTopic", "news")
    assert error.hint == "Topic.ensure() takes what is there"
