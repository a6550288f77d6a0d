"""What is checked before a message is published."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cloudkit.errors import InvalidRequest
from cloudkit.sns import Outgoing
from cloudkit.sns._publishing.fitting import oversize_hint, size_of
from cloudkit.sns._publishing.spelling import publishing

KIB = 1024


def made(
    message: Any = "x", *, fifo: bool = False, derives: bool = False, aws: Any = None, **given: Any
) -> dict[str, Any]:
    return publishing(
        Outgoing(message, **given), about="news", fifo=fifo, derives_id=lambda: derives, aws=aws
    )


def test_text_goes_as_it_is_and_data_as_json() -> None:
    assert made("ä") == {"Message": "ä"}
    assert made({"a": [1, None, "ä"]}) == {"Message": '{"a": [1, null, "ä"]}'}
    assert made([1, 2]) == {"Message": "[1, 2]"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_data_arrives_as_it_was(value: Any) -> None:
    if isinstance(value, (dict, list)):
        text = made(value)["Message"]
        text.encode()
        assert json.loads(text) == value


@pytest.mark.parametrize("message", [b"x", bytearray(b"x"), 7, None, object(), {1, 2}])
def test_what_is_no_message(message: Any) -> None:
    with pytest.raises(InvalidRequest, match="it is text, or a dict or list"):
        made(message)


@pytest.mark.parametrize("message", [{"a": object()}, [float("nan")], {"a": b"x"}])
def test_what_json_has_no_form_for(message: Any) -> None:
    with pytest.raises(InvalidRequest, match="no JSON form"):
        made(message)


def test_data_that_contains_itself() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(InvalidRequest, match="no JSON form"):
        made(loop)


def test_half_a_surrogate_pair_is_no_text_but_json_can_spell_it() -> None:
    with pytest.raises(InvalidRequest, match="surrogate"):
        made("\ud800")
    assert made(["\ud800"]) == {"Message": '["\\ud800"]'}


def test_an_empty_message() -> None:
    with pytest.raises(InvalidRequest, match="empty"):
        made("")
    with pytest.raises(InvalidRequest, match="empty"):
        made("", per_protocol={"sms": "x"})


def test_the_size_counts_bytes_and_attributes() -> None:
    assert size_of(made("ä" * 10)) == 20
    assert size_of(made("x", attributes={"name": "value"})) == len("xnameStringvalue")


def test_only_a_large_message_has_a_hint() -> None:
    assert oversize_hint(256 * KIB) is None
    assert "max_message_size" in str(oversize_hint(256 * KIB + 1))


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=99))
def test_a_subject_is_text_without_control_characters(subject: str) -> None:
    allowed = not any(unicodedata.category(each) in ("Cc", "Zl", "Zp") for each in subject)
    if allowed:
        assert made(subject=subject)["Subject"] == subject
    else:
        with pytest.raises(InvalidRequest, match="no line breaks"):
            made(subject=subject)


@pytest.mark.parametrize("subject", ["", "x" * 100, "a\nb", "a\rb", "a\tb", "a\x00", "a\u2028b", "\ud800"])
def test_subjects_that_sns_refuses(subject: str) -> None:
    with pytest.raises(InvalidRequest, match="subject"):
        made(subject=subject)


def test_other_texts_for_some_protocols() -> None:
    found = made("long", per_protocol={"sms": "short", "GCM": "{}"})
    assert json.loads(found["Message"]) == {"default": "long", "sms": "short", "GCM": "{}"}
    assert found["MessageStructure"] == "json"
    assert json.loads(made({"a": 1}, per_protocol={"sms": "short"})["Message"])["default"] == '{"a": 1}'


@pytest.mark.parametrize(
    ("per_protocol", "why"),
    [
        ({"default": "x"}, "which the message is"),
        ({"SMS": "x"}, "SNS would skip"),
        ({"sms": {"a": 1}}, "SNS would skip"),
    ],
)
def test_what_sns_would_skip_in_silence(per_protocol: Any, why: str) -> None:
    with pytest.raises(InvalidRequest, match=why):
        made(per_protocol=per_protocol)


@pytest.mark.parametrize("message", ["x", "[]", '{"sms": "x"}', '{"default": 1}', "1", "{"])
def test_a_structure_of_ones_own_has_a_default(message: str) -> None:
    with pytest.raises(InvalidRequest, match="'default'"):
        made(message, aws={"MessageStructure": "json"})
    assert made('{"default": "x"}', aws={"MessageStructure": "json"}) == {"Message": '{"default": "x"}'}


def test_a_fifo_topic_wants_a_group() -> None:
    with pytest.raises(InvalidRequest, match="news is a FIFO topic: a message needs a group"):
        made(fifo=True)
    assert made(group="g") == {"Message": "x", "MessageGroupId": "g"}


@pytest.mark.parametrize("name", ["group", "deduplication_id"])
@pytest.mark.parametrize("value", ["", "a b", "ä", "x" * 129, "a\n"])
def test_ids_that_sns_refuses(name: str, value: str) -> None:
    given: dict[str, Any] = {"fifo": True, "group": "g", name: value}
    with pytest.raises(InvalidRequest, match=name):
        made(**given)


def test_ids_that_sns_takes() -> None:
    found = made(fifo=True, group="!~" * 64, deduplication_id="a/b:c")
    assert (found["MessageGroupId"], found["MessageDeduplicationId"]) == ("!~" * 64, "a/b:c")


def test_a_deduplication_id_is_for_fifo_topics() -> None:
    with pytest.raises(InvalidRequest, match="news is no FIFO topic"):
        made(deduplication_id="x")


def test_a_topic_that_makes_ids_itself_is_let_to() -> None:
    assert "MessageDeduplicationId" not in made(fifo=True, group="g", derives=True)


def test_otherwise_the_whole_message_is_the_id() -> None:
    def unique(**given: Any) -> str:
        return str(made(**{"fifo": True, "group": "g", **given})["MessageDeduplicationId"])

    one = unique(attributes={"a": b"\x00", "b": 1})
    assert one == unique(attributes={"b": 1, "a": b"\x00"})
    others = {
        one,
        unique(),
        unique(group="h"),
        unique(subject="s"),
        unique(message="y"),
        unique(attributes={"a": "00"}),
    }
    assert len(others) == 6
    assert all(len(each) == 64 for each in others)
