"""What is made of botocore's shapes does as botocore does, or leaves it to botocore."""

from __future__ import annotations

import json
from typing import Any

import botocore.session
import pytest
from botocore import parsers, serialize
from botocore.validate import ParamValidator
from hypothesis import given, strategies as st

from cloudkit._core.shapes import Unusual, reader_of, writer_of
from cloudkit.sqs._service import SQS

_model: Any = botocore.session.get_session().get_service_model("sqs")
NAMES = [
    name for name in _model.operation_names if name.lower() in {each.replace("_", "") for each in SQS.lean}
]

WRONG = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.just({}), st.just([]), st.text(max_size=2)
)


class Word(str):
    """Text that is more than text."""

    __slots__ = ()


def _values(shape: Any, *, wire: bool) -> st.SearchStrategy[Any]:
    """Mostly values of the shape; of the wire, or as a caller gives them."""
    made: st.SearchStrategy[Any]
    if shape.type_name == "structure":
        required = set(shape.metadata.get("required", ()))
        members = {name: _values(member, wire=wire) for name, member in shape.members.items()}
        made = st.fixed_dictionaries(
            {name: value for name, value in members.items() if name in required},
            optional={
                **{name: value for name, value in members.items() if name not in required},
                "Other": st.just(1),
            }
            if wire
            else {name: value for name, value in members.items() if name not in required},
        )
    elif shape.type_name == "list":
        made = st.lists(_values(shape.member, wire=wire), max_size=3)
        if not wire:
            made = st.one_of(made, made.map(tuple))
    elif shape.type_name == "map":
        made = st.dictionaries(st.text(max_size=3), _values(shape.value, wire=wire), max_size=3)
    elif shape.type_name == "blob":
        made = st.one_of(st.just("aGVsbG8="), st.text(max_size=4)) if wire else st.binary(max_size=4)
    elif shape.type_name == "integer":
        made = st.integers(-5, 100)
    elif shape.type_name == "boolean":
        made = st.booleans()
    else:
        made = (
            st.text(max_size=4)
            if wire
            else st.one_of(st.text(max_size=4), st.builds(Word, st.text(max_size=2)))
        )
    # One in twenty is something else.
    return st.integers(0, 19).flatmap(lambda number: WRONG if number == 7 else made)


def test_all_operations_are_there() -> None:
    assert len(NAMES) == len(SQS.lean)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_parameters_are_written_as_botocore_writes_them(name: str, data: st.DataObject) -> None:
    operation = _model.operation_model(name)
    params = data.draw(_values(operation.input_shape, wire=False))
    try:
        written = json.dumps(writer_of(operation.input_shape)(params)).encode()
    except Unusual:
        return
    assert not ParamValidator().validate(params, operation.input_shape).has_errors()
    assert written == serialize.create_serializer("json").serialize_to_request(params, operation)["body"]


@pytest.mark.parametrize("name", [name for name in NAMES if _model.operation_model(name).output_shape])
@given(data=st.data())
def test_answers_are_read_as_botocore_reads_them(name: str, data: st.DataObject) -> None:
    shape = _model.operation_model(name).output_shape
    wire = data.draw(_values(shape, wire=True))
    try:
        read = reader_of(shape)(wire)
    except Unusual:
        return
    answer = {"status_code": 200, "headers": {}, "body": json.dumps(wire).encode(), "context": {}}
    parsed = parsers.create_parser("json").parse(answer, shape)
    parsed.pop("ResponseMetadata")
    assert read == parsed
    assert [*read] == [*parsed]


def test_the_usual_is_not_taken_for_unusual() -> None:
    send = _model.operation_model("SendMessage").input_shape
    params = {
        "QueueUrl": "u",
        "MessageBody": "b",
        "DelaySeconds": 3,
        "MessageAttributes": {"a": {"DataType": "Binary", "BinaryValue": b"\xff"}},
    }
    assert writer_of(send)(params)["MessageAttributes"] == {
        "a": {"DataType": "Binary", "BinaryValue": "/w=="}
    }
    received = _model.operation_model("ReceiveMessage").output_shape
    wire = {
        "Messages": [
            {"Body": "b", "MD5OfBody": None, "New": 1, "MessageAttributes": {"a": {"BinaryValue": "/w=="}}}
        ]
    }
    assert reader_of(received)(wire) == {
        "Messages": [{"Body": "b", "MessageAttributes": {"a": {"BinaryValue": b"\xff"}}}]
    }


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"QueueUrl": "u"},
        {"QueueUrl": "u", "MessageBody": Word("x")},
        {"QueueUrl": "u", "MessageBody": "x", "Nonsense": 1},
        {"QueueUrl": "u", "MessageBody": None},
        {"QueueUrl": "u", "MessageBody": "x", "DelaySeconds": True},
        {"QueueUrl": "u", "MessageBody": "x", "DelaySeconds": 1.0},
        {"QueueUrl": "u", "MessageBody": "x", "MessageAttributes": {"a": {}}},
        {"QueueUrl": "u", "MessageBody": "x", "MessageAttributes": {1: {"DataType": "String"}}},
        {"QueueUrl": "u", "MessageBody": "x", "MessageAttributes": [("a", {})]},
        {
            "QueueUrl": "u",
            "MessageBody": "x",
            "MessageAttributes": {"a": {"DataType": "Binary", "BinaryValue": "x"}},
        },
    ],
)
def test_what_botocore_may_refuse_is_left_to_it(params: dict[str, Any]) -> None:
    with pytest.raises(Unusual):
        writer_of(_model.operation_model("SendMessage").input_shape)(params)


@pytest.mark.parametrize(
    "wire",
    [
        [],
        None,
        {"Messages": {}},
        {"Messages": [None]},
        {"Messages": [{"Body": 1}]},
        {"Messages": [{"Attributes": []}]},
        {"Messages": [{"Attributes": {"a": None}}]},
        {"Messages": [{"MessageAttributes": {"a": {"BinaryValue": "é"}}}]},
        {"Messages": [{"MessageAttributes": {"a": {"BinaryValue": "a"}}}]},
        {"Messages": [{"MessageAttributes": {"a": {"StringListValues": "a"}}}]},
    ],
)
def test_odd_answers_are_left_to_botocore(wire: object) -> None:
    with pytest.raises(Unusual):
        reader_of(_model.operation_model("ReceiveMessage").output_shape)(wire)


@pytest.mark.parametrize(
    ("service", "operation"), [("s3", "PutObject"), ("dynamodb", "PutItem"), ("kms", "CreateGrant")]
)
def test_shapes_with_rules_of_their_own_are_left_to_botocore(service: str, operation: str) -> None:
    model: Any = botocore.session.get_session().get_service_model(service)
    with pytest.raises(Unusual):
        writer_of(model.operation_model(operation).input_shape)


def test_shapes_within_themselves_are_left_to_botocore() -> None:
    model: Any = botocore.session.get_session().get_service_model("dynamodb")
    with pytest.raises(Unusual):
        reader_of(model.operation_model("GetItem").output_shape)
