"""Filter policies: how they are made, what SNS takes of them, and which messages pass."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import ROUND_UP, Context, Decimal, Inexact, localcontext
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cloudkit.errors import InvalidRequest
from cloudkit.sns import F, Field, Filter, FilterScope, Outgoing

BODY = FilterScope.BODY

# -- how they are made ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "document"),
    [
        (F.event == "paid", {"event": ["paid"]}),
        (F.event != "paid", {"event": [{"anything-but": ["paid"]}]}),
        (F.total == 301.5, {"total": [{"numeric": ["=", 301.5]}]}),
        (F.total > 10, {"total": [{"numeric": [">", 10]}]}),
        (F.total >= Decimal("10.5"), {"total": [{"numeric": [">=", 10.5]}]}),
        (F.total < 10.0, {"total": [{"numeric": ["<", 10]}]}),
        (F.total <= -1, {"total": [{"numeric": ["<=", -1]}]}),
        (F.total.between(0, 100), {"total": [{"numeric": [">=", 0, "<=", 100]}]}),
        (F.kind.in_("a", "b"), {"kind": ["a", "b"]}),
        (F.kind.in_(True, None, 7), {"kind": [True, None, {"numeric": ["=", 7]}]}),
        (F.kind.not_in(1, 2), {"kind": [{"anything-but": [1, 2]}]}),
        (F.kind.prefix("a", "b"), {"kind": [{"prefix": "a"}, {"prefix": "b"}]}),
        (F.kind.not_prefix("a"), {"kind": [{"anything-but": {"prefix": "a"}}]}),
        (F.kind.suffix(".jpg"), {"kind": [{"suffix": ".jpg"}]}),
        (F.kind.equals_ignore_case("de"), {"kind": [{"equals-ignore-case": "de"}]}),
        (F.source.cidr("10.0.0.0/24"), {"source": [{"cidr": "10.0.0.0/24"}]}),
        (F.id.exists(), {"id": [{"exists": True}]}),
        (F.id.exists(False), {"id": [{"exists": False}]}),
        (F["a.b"] == "x", {"a.b": ["x"]}),
        (F.order.state == "paid", {"order": {"state": ["paid"]}}),
        (F["order"]["exists"] == "x", {"order": {"exists": ["x"]}}),
    ],
)
def test_builders_spell_what_aws_spells(made: Filter, document: Mapping[str, Any]) -> None:
    assert made == document
    assert dict(made) == document
    assert Filter(document) == made
    assert Filter(json.loads(json.dumps(dict(made)))) == made


@pytest.mark.parametrize(
    ("made", "document"),
    [
        ((F.a == "x") & (F.b == "y"), {"a": ["x"], "b": ["y"]}),
        ((F.a > 1) & (F.a <= 2), {"a": [{"numeric": [">", 1, "<=", 2]}]}),
        ((F.a <= 2) & (F.a > 1), {"a": [{"numeric": [">", 1, "<=", 2]}]}),
        ((F.a.b > 1) & (F.a.c == "x"), {"a": {"b": [{"numeric": [">", 1]}], "c": ["x"]}}),
        ((F.a == "x") & (F.a == "x"), {"a": ["x"]}),
        ((F.a == "x") | (F.a == "y"), {"a": ["x", "y"]}),
        ((F.a == "x") | F.a.in_("x", "y"), {"a": ["x", "y"]}),
        ((F.a.b == "x") | (F.a.b == "y"), {"a": {"b": ["x", "y"]}}),
        ((F.a == "x") | (F.b == "y"), {"$or": [{"a": ["x"]}, {"b": ["y"]}]}),
        ((F.a == "x") | (F.b == "y") | (F.c == "z"), {"$or": [{"a": ["x"]}, {"b": ["y"]}, {"c": ["z"]}]}),
        ((F.a.b == "x") | (F.a.c == "y"), {"$or": [{"a": {"b": ["x"]}}, {"a": {"c": ["y"]}}]}),
        (
            ((F.a == "x") | (F.b == "y")) & (F.c == "z"),
            {"$or": [{"a": ["x"]}, {"b": ["y"]}], "c": ["z"]},
        ),
        (
            ((F.a == "x") | (F.b == "y")) & ((F.c == "v") | (F.d == "w")),
            {
                "$or": [
                    {"a": ["x"], "c": ["v"]},
                    {"a": ["x"], "d": ["w"]},
                    {"b": ["y"], "c": ["v"]},
                    {"b": ["y"], "d": ["w"]},
                ]
            },
        ),
        ((F.a == "x") | {}, {}),
        ((F.a == "x") & {}, {"a": ["x"]}),
        ((F.a == "x") & {"b": ["y"]}, {"a": ["x"], "b": ["y"]}),
    ],
)
def test_two_are_joined(made: Filter, document: Mapping[str, Any]) -> None:
    assert made == document


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (F.a == "x", F.a == "y"),
        (F.a > 1, F.a > 2),
        (F.a > 1, F.a == 2),
        (F.a.between(0, 1), F.a < 1),
        (F.a == "x", F.a.b == "x"),
    ],
)
def test_sns_has_no_and_for_one_key(left: Filter, right: Filter) -> None:
    with pytest.raises(InvalidRequest, match="never what"):
        left & right


def test_a_range_must_not_be_empty() -> None:
    with pytest.raises(InvalidRequest, match="not below"):
        (F.a > 2) & (F.a < 2)


def test_what_python_would_get_wrong_is_an_error() -> None:
    with pytest.raises(TypeError, match="neither true nor false"):
        assert 1 < F.a < 10
    with pytest.raises(TypeError, match="neither true nor false"):
        (F.a == "x") and (F.b == "y")  # noqa: B018
    with pytest.raises(TypeError, match="neither true nor false"):
        assert not Filter({})
    with pytest.raises(TypeError):
        hash(F.a)
    with pytest.raises(TypeError):
        hash(F.a == "x")


def test_a_field_is_no_other_thing() -> None:
    assert repr(F.a.b) == "F['a']['b']"
    assert isinstance(F["a"], Field)
    assert not hasattr(F, "__deepcopy__")
    with pytest.raises(InvalidRequest, match="an attribute or a key"):
        F.__gt__(1)


def test_a_filter_is_a_mapping() -> None:
    made = (F.a == "x") & (F.b > 1)
    assert (len(made), list(made), made["a"], "c" in made) == (2, ["a", "b"], ["x"], False)
    assert repr(F.a == "x") == "Filter({'a': ['x']})"
    assert made != {"a": ["x"]}
    assert made != "x"


# -- what SNS takes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"a": "x"}, "lists what it accepts"),
        ({"a": 1}, "lists what it accepts"),
        ({"a": None}, "lists what it accepts"),
        ({"a": []}, "accept nothing"),
        ({"a": {"b": []}}, "accept nothing"),
        ({"a": [["x"]]}, "text, numbers"),
        ({"a": [b"x"]}, "text, numbers"),
        ({"a": [{"prefix": "x", "suffix": "y"}]}, "one keyword"),
        ({"a": [{}]}, "one keyword"),
        ({"a": [{"wildcard": "x*"}]}, "'wildcard', which SNS does not know"),
        ({"a": [{"prefix": 1}]}, "text of at least one"),
        ({"a": [{"prefix": ""}]}, "text of at least one"),
        ({"a": [{"suffix": ["x"]}]}, "text of at least one"),
        ({"a": [{"equals-ignore-case": None}]}, "text of at least one"),
        ({"a": [{"exists": "true"}]}, "true or false"),
        ({"a": [{"cidr": "10.0.0.0"}]}, "no network"),
        ({"a": [{"cidr": "10.0.0.1/24"}]}, "no network"),
        ({"a": [{"cidr": "somewhere/8"}]}, "no network"),
        ({"a": [{"numeric": []}]}, "a comparison such as"),
        ({"a": [{"numeric": [">"]}]}, "a comparison such as"),
        ({"a": [{"numeric": ["!=", 1]}]}, "a comparison such as"),
        ({"a": [{"numeric": [">", 1, "<"]}]}, "a comparison such as"),
        ({"a": [{"numeric": [">", "1"]}]}, "compares with numbers"),
        ({"a": [{"numeric": [">", True]}]}, "compares with numbers"),
        ({"a": [{"numeric": ["<", 1, ">", 0]}]}, "lower end first"),
        ({"a": [{"numeric": ["=", 1, "<", 2]}]}, "lower end first"),
        ({"a": [{"numeric": [">", 2, "<", 1]}]}, "not below"),
        ({"a": [{"numeric": [">=", 2, "<=", 2]}]}, "not below"),
        ({"a": [{"numeric": [">", 10**9 + 1]}]}, "1,000,000,000"),
        ({"a": [-(10**9) - 1]}, "1,000,000,000"),
        ({"a": [float("nan")]}, "1,000,000,000"),
        ({"a": [0.123456]}, "5 digits"),
        ({"a": [{"anything-but": []}]}, "exclude nothing"),
        ({"a": [{"anything-but": ["x", 1]}]}, "texts, or numbers"),
        ({"a": [{"anything-but": [None]}]}, "texts, or numbers"),
        ({"a": [{"anything-but": {"suffix": "x"}}]}, "one prefix"),
        ({"a": [{"anything-but": {"prefix": 1}}]}, "text of at least one"),
        ({"$or": [{"a": ["x"]}]}, "at least 2"),
        ({"$or": "x"}, "at least 2"),
        ({"$or": ["x", {"a": ["x"]}]}, "at least 2"),
        ({"$or": [{"prefix": ["x"]}, {"a": ["x"]}]}, "takes it for a keyword"),
        ({"$or": [{}, {"a": ["x"]}]}, "accepts everything"),
    ],
)
def test_what_is_no_filter(document: Mapping[str, Any], said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        Filter(document)


@pytest.mark.parametrize(
    "document",
    [
        {"a": [{"anything-but": "x"}]},
        {"a": [{"anything-but": 1}]},
        {"a": [{"numeric": [">", 0, "<=", 150]}]},
        {"a": [10**9, -(10**9), 0.12345]},
        {"a": ["", None, True, False]},
        {"a": [{"cidr": "2001:db8::/32"}]},
        {"$or": [{"a": ["x"]}, {"$or": [{"b": ["x"]}, {"c": ["x"]}]}]},
    ],
)
def test_what_is_a_filter_is_kept_as_it_is(document: Mapping[str, Any]) -> None:
    assert dict(Filter(document)) == document


def test_limits() -> None:
    Filter({f"k{number}": ["x"] for number in range(5)}).check()
    with pytest.raises(InvalidRequest, match="6 keys: SNS takes 5"):
        Filter({f"k{number}": ["x"] for number in range(6)}).check()
    assert F.a.in_(*map(str, range(150))).check().combinations == 150
    with pytest.raises(InvalidRequest, match="151 combinations"):
        F.a.in_(*map(str, range(151))).check()
    F.a.in_("x" * (256 * 1024 - 20)).check()
    with pytest.raises(InvalidRequest, match="bytes: SNS takes 262,144"):
        F.a.in_("x" * 256 * 1024).check()


@pytest.mark.parametrize(
    ("document", "combinations"),
    [
        # The two of the developer guide.
        (
            {
                "key_a": ["value_one", "value_two", "value_three"],
                "key_b": ["value_one"],
                "key_c": ["value_one", "value_two"],
            },
            6,
        ),
        (
            {
                "key_a": {"key_b": {"key_c": ["value_one", "value_two", "value_three", "value_four"]}},
                "key_d": {"key_e": ["value_one", "value_two", "value_three"]},
            },
            72,
        ),
        ({"$or": [{"a": ["x", "y"]}, {"b": ["x"], "c": ["y", "z"]}], "d": ["x", "y"]}, 8),
        ({}, 1),
    ],
)
def test_combinations(document: Mapping[str, Any], combinations: int) -> None:
    assert Filter(document).combinations == combinations


def test_keys_within_keys_are_for_bodies() -> None:
    for nested in (F.a.b == "x", (F.a == "x") | (F.b.c == "x")):
        assert nested.check(BODY) is nested
        with pytest.raises(InvalidRequest, match="keys within a key"):
            nested.check()


# -- what passes: the developer guide's own examples ---------------------------------------------------------


def attribute(kind: str, value: object) -> dict[str, object]:
    return {"Type": kind, "Value": value}


INTERESTS = "customer_interests"


@pytest.mark.parametrize(
    ("rules", "kind", "value", "passes"),
    [
        # String value matching: exact.
        (["rugby", "tennis"], "String", "rugby", True),
        (["rugby", "tennis"], "String", "tennis", True),
        (["rugby", "tennis"], "String.Array", '["rugby", "tennis"]', True),
        (["rugby", "tennis"], "String", "baseball", False),
        (["rugby", "tennis"], "String.Array", '["baseball"]', False),
        # Anything-but.
        ([{"anything-but": ["rugby", "tennis"]}], "String", "baseball", True),
        ([{"anything-but": ["rugby", "tennis"]}], "String", "football", True),
        ([{"anything-but": ["rugby", "tennis"]}], "String.Array", '["rugby", "baseball"]', True),
        ([{"anything-but": ["rugby", "tennis"]}], "String", "rugby", False),
        ([{"anything-but": ["rugby", "tennis"]}], "String.Array", '["rugby"]', False),
        ([{"anything-but": {"prefix": "order-"}}], "String", "data-entry", True),
        ([{"anything-but": {"prefix": "order-"}}], "String", "order_number", True),
        ([{"anything-but": {"prefix": "order-"}}], "String", "order-cancelled", False),
        # Equals-ignore-case.
        ([{"equals-ignore-case": "tennis"}], "String", "TENNIS", True),
        ([{"equals-ignore-case": "tennis"}], "String", "Tennis", True),
        ([{"equals-ignore-case": "tennis"}], "String", "table tennis", False),
        # IP addresses.
        ([{"cidr": "10.0.0.0/24"}], "String", "10.0.0.0", True),
        ([{"cidr": "10.0.0.0/24"}], "String", "10.0.0.255", True),
        ([{"cidr": "10.0.0.0/24"}], "String", "10.1.1.0", False),
        # Prefixes and suffixes.
        ([{"prefix": "bas"}], "String", "baseball", True),
        ([{"prefix": "bas"}], "String", "basketball", True),
        ([{"prefix": "bas"}], "String", "rugby", False),
        ([{"suffix": "ball"}], "String", "baseball", True),
        ([{"suffix": "ball"}], "String", "basketball", True),
        ([{"suffix": "ball"}], "String", "rugby", False),
        # Numeric value matching.
        ([{"numeric": ["=", 301.5]}], "Number", 301.5, True),
        ([{"numeric": ["=", 301.5]}], "Number", "3.015e2", True),
        ([{"anything-but": [100, 500]}], "Number", 101, True),
        ([{"anything-but": [100, 500]}], "Number", 100.1, True),
        ([{"anything-but": [100, 500]}], "Number.Array", "[100, 50]", True),
        ([{"anything-but": [100, 500]}], "Number", 100, False),
        ([{"numeric": ["<", 0]}], "Number", -1, True),
        ([{"numeric": ["<", 0]}], "Number", 0, False),
        ([{"numeric": [">", 0, "<=", 150]}], "Number", 150, True),
        ([{"numeric": [">", 0, "<=", 150]}], "Number", 0, False),
        ([{"numeric": [">", 0, "<=", 150]}], "Number", 151, False),
    ],
)
def test_the_guide_s_examples(rules: list[Any], kind: str, value: object, passes: bool) -> None:
    policy = Filter({INTERESTS: rules})
    assert policy.matches({INTERESTS: attribute(kind, value)}) is passes
    # The same in a body, as the guide has them too.
    inner = json.loads(str(value)) if kind.endswith("Array") or kind == "Number" else value
    assert policy.matches({INTERESTS: inner}, scope=BODY) is passes
    assert policy.matches(json.dumps({INTERESTS: inner}), scope=BODY) is passes


STORE = {"store": attribute("String", "fans"), INTERESTS: attribute("String.Array", '["baseball"]')}
NO_STORE = {INTERESTS: attribute("String.Array", '["baseball"]')}


def test_keys_that_are_there_and_not() -> None:
    there, missing = F.store.exists(), F.store.exists(False)
    assert there.matches(STORE)
    assert not there.matches(NO_STORE)
    assert missing.matches(NO_STORE)
    assert not missing.matches(STORE)
    # "Only matches if at least one attribute is present."
    assert not missing.matches({})
    # "The key must have a non-null and non-empty value."
    nothing: list[Any] = [None, "", [], {}]
    for empty in nothing:
        assert not there.matches({"store": empty, "a": 1}, scope=BODY)


def test_and_or_of_the_guide() -> None:
    policy = Filter(
        {
            "source": ["aws.cloudwatch"],
            "$or": [
                {"metricName": ["CPUUtilization"]},
                {"namespace": ["AWS/EC2"]},
            ],
        }
    )
    assert policy.matches({"source": "aws.cloudwatch", "metricName": "CPUUtilization"})
    assert policy.matches({"source": "aws.cloudwatch", "namespace": "AWS/EC2"})
    assert not policy.matches({"source": "aws.cloudwatch", "namespace": "AWS/ES"})
    assert not policy.matches({"namespace": "AWS/EC2"})
    assert policy.matches({"source": "aws.cloudwatch", "namespace": "AWS/EC2"}, scope=BODY)


# -- what passes: the rest -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "attributes", "passes"),
    [
        (F.a == "1", {"a": 1}, False),
        (F.a == 1, {"a": "1"}, False),
        (F.a == 1, {"a": [2, 1]}, True),
        (F.a > 1, {"a": ["x", 2]}, True),
        (F.a == True, {"a": [True]}, True),  # noqa: E712
        (F.a == True, {"a": [1]}, False),  # noqa: E712
        (F.a == True, {"a": "true"}, False),  # noqa: E712
        (F.a == None, {"a": [None]}, True),  # noqa: E711
        (F.a == "x", {"a": b"x"}, False),
        (F.a.exists(), {"a": b"x"}, False),
        (F.a == "x", {"b": "x"}, False),
        (F.a != "x", {"b": "x"}, False),
        (F.a != "x", {"a": 1}, True),
        (F.a != "x", {"a": [None]}, False),
        (F.a.prefix("1"), {"a": 1}, False),
        (F.a.equals_ignore_case("STRASSE"), {"a": "strasse"}, True),
        (F.a.cidr("10.0.0.0/24"), {"a": "nowhere"}, False),
        (F.a.cidr("10.0.0.0/24"), {"a": "2001:db8::1"}, False),
        (F.a.cidr("10.0.0.0/24"), {"a": 5}, False),
        (F.a == "x", {"a": '["x"]'}, False),
        (F["a.b"] == "x", {"a.b": "x"}, True),
        (Filter({}), {}, True),
        (F.a == "x", {}, False),
    ],
)
def test_attributes(policy: Filter, attributes: Mapping[str, Any], passes: bool) -> None:
    assert policy.matches(attributes) is passes
    assert policy.matches(Outgoing("x", attributes=attributes)) is passes


@pytest.mark.parametrize(
    ("policy", "body", "passes"),
    [
        (F.order.state == "paid", {"order": {"state": "paid"}}, True),
        (F.order.state == "paid", {"order": {"state": "new"}}, False),
        (F.order.state == "paid", {"order": "paid"}, False),
        (F.order.state == "paid", {"order": [{"state": "new"}, {"state": "paid"}]}, True),
        (F.order.state.exists(False), {"order": {}}, True),
        (F.order.state.exists(), {"order": {"state": {"deep": 1}}}, False),
        (F.tags == "a", {"tags": ["b", "a"]}, True),
        (F.tags == "a", {"tags": [["b"], ["a"]]}, True),
        (F.total > 10, {"total": 10.00001}, True),
        (F.total > 10, {"total": 10.000009}, False),
        (F.total == 10, {"total": 10.000009}, True),
        (F.total > 10, {"total": "11"}, False),
        (F.total > 10, {"total": 10**10}, False),
        (F.on == True, {"on": True}, True),  # noqa: E712
        (F.on == None, {"on": None}, True),  # noqa: E711
        # Keys within keys are joined by dots.
        (F["order.state"] == "paid", {"order": {"state": "paid"}}, True),
        (F.a == "x", [{"a": "x"}], False),
        (F.a == "x", "no JSON", False),
        (F.a == "x", '{"a": "x"', False),
        (F.a == "x", '{"a": "x", "b": NaN}', False),
        (F.a == "x", "[" * 100_000, False),
        (Filter({}), "no JSON", True),
    ],
)
def test_bodies(policy: Filter, body: Any, passes: bool) -> None:
    assert policy.matches(body, scope=BODY) is passes
    assert policy.matches(Outgoing(body), scope="MessageBody") is passes


@pytest.mark.parametrize("text", ["['a']", "a", "{}", ""])
def test_a_list_that_is_no_json_has_no_values(text: str) -> None:
    assert not (F.a == "a").matches({"a": attribute("String.Array", text)})


def test_a_number_that_is_none() -> None:
    assert not (F.a > 1).matches({"a": attribute("Number", "many")})


def test_aws_s_own_names_of_an_attribute() -> None:
    assert (F.a == "x").matches({"a": {"DataType": "String", "StringValue": "x"}})


def test_a_text_has_no_attributes() -> None:
    with pytest.raises(InvalidRequest, match="FilterScope.BODY"):
        (F.a == "x").matches("x")


def test_what_a_message_cannot_have() -> None:
    with pytest.raises(InvalidRequest, match="attribute 'a'"):
        (F.a == "x").matches({"a": object()})
    with pytest.raises(InvalidRequest, match="no JSON form"):
        (F.a == "x").matches({"a": object()}, scope=BODY)


def test_a_condition_that_is_not_known_here_is_not_guessed() -> None:
    stored = Filter.of_aws({"a": [{"shape": "round"}]})
    assert stored == {"a": [{"shape": "round"}]}
    with pytest.raises(InvalidRequest, match="shape"):
        stored.matches({"a": "ball"})


# -- laws ----------------------------------------------------------------------------------------------------

TEXTS = st.sampled_from(["a", "b", "ab", "B", "abc", "c"])
NUMBERS = st.integers(-5, 5) | st.sampled_from([0.5, 2.25, -1.00001])
KEYS = st.sampled_from(["x", "y", "z"])
ATTRIBUTES = st.dictionaries(
    KEYS, TEXTS | NUMBERS | st.lists(TEXTS | NUMBERS, min_size=1, max_size=3), min_size=1
)
SINGLE = st.dictionaries(KEYS, TEXTS | NUMBERS, min_size=1)


@st.composite
def filters(draw: st.DrawFn) -> Filter:
    field = F[draw(KEYS)]
    return draw(
        st.sampled_from(
            [
                field.in_(*draw(st.lists(TEXTS | NUMBERS, min_size=1, max_size=3))),
                field.not_in(*draw(st.lists(TEXTS, min_size=1, max_size=3))),
                field.not_in(*draw(st.lists(NUMBERS, min_size=1, max_size=3))),
                field.prefix(draw(TEXTS)),
                field.suffix(draw(TEXTS)),
                field.not_prefix(draw(TEXTS)),
                field.equals_ignore_case(draw(TEXTS)),
                field > draw(NUMBERS),
                field <= draw(NUMBERS),
                field.exists(),
                field.exists(False),
            ]
        )
    )


@given(filters(), filters(), ATTRIBUTES)
def test_or_is_or(first: Filter, second: Filter, message: dict[str, Any]) -> None:
    either = first.matches(message) or second.matches(message)
    assert (first | second).matches(message) == either
    assert (second | first).matches(message) == either
    assert Filter({"$or": [dict(first), dict(second)]}).matches(message) == either


@given(filters(), filters(), ATTRIBUTES)
def test_and_is_and_where_there_is_one(first: Filter, second: Filter, message: dict[str, Any]) -> None:
    try:
        joined = first & second
    except InvalidRequest:
        assert set(first) == set(second)
        return
    if set(first) != set(second) or not any(isinstance(value, list) for value in message.values()):
        assert joined.matches(message) == (first.matches(message) and second.matches(message))


@given(filters(), filters(), filters(), ATTRIBUTES)
def test_and_goes_into_or(first: Filter, second: Filter, third: Filter, message: dict[str, Any]) -> None:
    try:
        left = (first | second) & third
        right = (first & third) | (second & third)
    except InvalidRequest:
        return
    assert left.matches(message) == right.matches(message)


@given(st.lists(TEXTS, min_size=1, max_size=3), SINGLE, KEYS)
def test_not_in_is_the_opposite_of_in_for_what_is_there(
    values: list[str], message: dict[str, Any], key: str
) -> None:
    field = F[key]
    assert field.not_in(*values).matches(message) == (
        key in message and not field.in_(*values).matches(message)
    )


@given(st.lists(TEXTS, min_size=1, max_size=3), st.lists(TEXTS, min_size=1, max_size=3))
def test_of_a_list_one_value_is_enough(values: list[str], found: list[str]) -> None:
    assert F.x.in_(*values).matches({"x": found}) == bool(set(found) & set(values))
    assert F.x.not_in(*values).matches({"x": found}) == bool(set(found) - set(values))


@given(TEXTS, TEXTS, SINGLE)
def test_neither_of_two_is_not_one_and_not_the_other(
    first: str, second: str, message: dict[str, Any]
) -> None:
    both = (F.x != first).matches(message) and (F.x != second).matches(message)
    assert F.x.not_in(first, second).matches(message) == both


@given(NUMBERS, NUMBERS)
def test_comparisons_are_those_of_numbers(bound: float, value: float) -> None:
    message = {"x": value}
    assert (F.x > bound).matches(message) == (value > bound)
    assert (F.x >= bound).matches(message) == (value >= bound)
    assert (F.x < bound).matches(message) == (value < bound)
    assert (F.x <= bound).matches(message) == (value <= bound)
    assert (F.x == bound).matches(message) == (value == bound)
    assert (F.x > bound).matches(message) != (F.x <= bound).matches(message)


@given(st.decimals(-(10**9), 10**9, places=5))
def test_numbers_survive_json(value: Decimal) -> None:
    made = F.x == value
    again = Filter(json.loads(json.dumps(dict(made))))
    assert again.matches({"x": value})
    assert not again.matches({"x": value + Decimal("0.00001")})


@given(filters(), filters(), SINGLE)
def test_attributes_and_body_agree(first: Filter, second: Filter, message: dict[str, Any]) -> None:
    policy = first | second
    assert policy.matches(message) == policy.matches(message, scope=BODY)


# -- where Python reads more than SNS does, and what SNS reads otherwise -----------------------------------------


@pytest.mark.parametrize(
    "network",
    [
        "10.0.0.0/255.255.255.0",
        "10.0.0.0/0.0.0.255",
        "10.0.0.0/",
        "10.0.0.0/ 24",
        "10.0.0.0/+24",
        "10.0.0.0/33",
        "10.0.0.0/2\u0664",
        "10.0.0.0/24/24",
        "010.0.0.0/24",
        "2001:db8::/129",
        "::1%eth0/128",
    ],
)
def test_networks_that_only_python_reads(network: str) -> None:
    with pytest.raises(InvalidRequest, match="no network"):
        F.source.cidr(network)


@pytest.mark.parametrize(
    ("network", "address", "passes"),
    [
        ("0.0.0.0/0", "255.255.255.255", True),
        ("0.0.0.0/0", "::1", False),
        ("::/0", "1.2.3.4", False),
        ("::/0", "::ffff:1.2.3.4", True),
        ("10.0.0.7/32", "10.0.0.7", True),
        ("10.0.0.7/32", "10.0.0.8", False),
        ("2001:db8::/32", "2001:DB8::1", True),
        ("10.0.0.0/24", "10.0.0.007", False),
        ("10.0.0.0/24", " 10.0.0.7", False),
        ("10.0.0.0/24", "10.0.0.7/32", False),
        ("10.0.0.0/24", "167772167", False),
    ],
)
def test_networks(network: str, address: str, passes: bool) -> None:
    assert F.source.cidr(network).matches({"source": address}) is passes
    assert F.source.cidr(network).matches({"source": [None, address]}, scope=BODY) is passes


@pytest.mark.parametrize(
    "text",
    [
        "1_000",
        " 1000",
        "1000 ",
        "\u0661\u0660\u0660\u0660",
        "NaN",
        "Infinity",
        "-inf",
        "sNaN1",
        "0x3e8",
        "1,000",
        "",
    ],
)
def test_numbers_that_only_python_reads(text: str) -> None:
    message = {"a": attribute("Number", text)}
    for rule in (F.a == 1000, F.a > 0, F.a < 0, F.a.between(-(10**9), 10**9)):
        assert not rule.matches(message)


@pytest.mark.parametrize(
    "text", ["1000", "+1000", "1e3", "1E+3", "1000.0", "1000.", "0001000", "1000.000009"]
)
def test_numbers_in_other_spellings(text: str) -> None:
    assert (F.a == 1000).matches({"a": attribute("Number", text)})


def test_numbers_whatever_the_caller_s_own_arithmetic_is() -> None:
    with localcontext(Context(prec=3, rounding=ROUND_UP, traps=[Inexact])):
        assert (F.a == 123456789.12345).matches({"a": 123456789.12345}, scope=BODY)
        assert (F.a > 10).matches({"a": 10.00001}, scope=BODY)
        assert not (F.a > 10).matches({"a": 10.000009}, scope=BODY)
        with pytest.raises(InvalidRequest, match="5 digits"):
            _ = F.a == 0.123456


@pytest.mark.parametrize("depth", [900, 2000, 5000])
def test_a_body_deeper_than_python_calls_functions(depth: int) -> None:
    """It passes or does not, and breaks nothing: the depth that JSON is read to depends on Python's version."""
    lists = f'{{"a": {"[" * depth}1{"]" * depth}, "b": 2}}'
    keys = '{"b": 2, "c": ' + '{"a":' * depth + "1" + "}" * depth + "}"
    for text in (lists, keys):
        assert (F.b == 2).matches(text, scope=BODY) == _reads(text)
    assert (F.a == 1).matches(lists, scope=BODY) == _reads(lists)


def _reads(text: str) -> bool:
    try:
        json.loads(text)
    except RecursionError:
        return False
    return True


def test_a_filter_deeper_than_sns_takes_any() -> None:
    made: Any = ["x"]
    for _ in range(100_000):
        made = {"a": made}
    with pytest.raises(InvalidRequest, match="keys within 150 keys"):
        Filter(made)


@pytest.mark.parametrize("document", [{7: ["x"]}, {None: ["x"]}, {"a": {7: ["x"]}}, {"\ud800": ["x"]}])
def test_names_that_are_none(document: Any) -> None:
    with pytest.raises(InvalidRequest):
        Filter(document)


@pytest.mark.parametrize(
    "condition",
    ["\ud800", {"prefix": "a\udfff"}, {"anything-but": ["\ud800"]}, {"anything-but": {"prefix": "\ud800"}}],
)
def test_half_a_character(condition: Any) -> None:
    """ "A valid UTF-8 string", says the guide."""
    with pytest.raises(InvalidRequest, match="half a character"):
        Filter({"a": [condition]})


@pytest.mark.parametrize(
    "name", ["numeric", "wildcard", "exactly", "=", "<", "regex", "not-wildcard", "date-after"]
)
def test_names_that_are_reserved_within_or(name: str) -> None:
    with pytest.raises(InvalidRequest, match="takes it for a keyword"):
        Filter({"$or": [{name: ["x"]}, {"a": ["x"]}]})
    with pytest.raises(InvalidRequest, match="takes it for a keyword"):
        _ = (F[name] == "x") | (F.a == "x")
    assert Filter({name: ["x"]}).matches({name: "x"}, scope=BODY)


@pytest.mark.parametrize("scope", ["body", "MessageBodies", "messagebody", "", "MessageAttribute"])
def test_a_scope_that_is_none(scope: str) -> None:
    """It would be taken for one on attributes, without a word."""
    with pytest.raises(InvalidRequest, match="FilterScope|MessageBody"):
        (F.a == "x").matches({"a": "x"}, scope=scope)
    with pytest.raises(InvalidRequest, match="FilterScope|MessageBody"):
        (F.a == "x").check(scope)


# "You must double-escape" quotation marks and backslashes in filters on attributes, says the guide.
SPECIAL = {'say "a"': r"say \"a\"", r"C:\dir": r"C:\\dir", '"\\': r"\"\\"}


@pytest.mark.parametrize(("text", "escaped"), SPECIAL.items())
def test_quotation_marks_and_backslashes_in_filters_on_attributes(text: str, escaped: str) -> None:
    for bare, right in (
        (F.a == text, F.a == escaped),
        (F.a.prefix(text), F.a.prefix(escaped)),
        (F.a.suffix(text), F.a.suffix(escaped)),
        (F.a.equals_ignore_case(text), F.a.equals_ignore_case(escaped)),
    ):
        with pytest.raises(InvalidRequest, match="escaped") as caught:
            bare.check()
        assert repr(escaped) in str(caught.value.hint)
        with pytest.raises(InvalidRequest, match="escaped"):
            bare.matches({"a": text})
        assert right.check().matches({"a": text})
        assert not right.matches({"a": escaped})
        # In a body they stand for themselves.
        assert bare.check(BODY).matches({"a": text}, scope=BODY)
        assert not right.matches({"a": text}, scope=BODY)
    assert not (F.a != escaped).matches({"a": text})
    assert not F.a.not_prefix(escaped).matches({"a": text})
    assert ((F.a == escaped) | (F.b == "x")).matches({"a": text})
    with pytest.raises(InvalidRequest, match="escaped"):
        ((F.a == text) | (F.b == "x")).check()


@given(st.text(st.sampled_from(['"', "\\", "a"]), min_size=1))
def test_each_text_has_its_escaped_form(text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    assert (F.a == escaped).check().matches({"a": text})
    assert (F.a == text).check(BODY).matches({"a": text}, scope=BODY)


# -- laws of bodies ----------------------------------------------------------------------------------------------

SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
BODIES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(filters(), st.dictionaries(KEYS, BODIES, max_size=3))
def test_lists_within_lists_are_one_list(policy: Filter, body: dict[str, Any]) -> None:
    wrapped = {key: [[value], []] for key, value in body.items()}
    assert policy.matches(body, scope=BODY) == policy.matches(wrapped, scope=BODY)


@given(filters(), st.dictionaries(KEYS, BODIES, max_size=3))
def test_keys_within_keys_are_one_key_with_dots(policy: Filter, body: dict[str, Any]) -> None:
    [(key, rules)] = policy.items()
    dotted = Filter({f"outer.{key}": rules})
    nested = Filter({"outer": {key: rules}})
    found = policy.matches(body, scope=BODY)
    for each in (dotted, nested):
        assert each.matches({"outer": body}, scope=BODY) == found
        assert each.matches({f"outer.{name}": value for name, value in body.items()}, scope=BODY) == found


@given(filters(), st.dictionaries(KEYS, BODIES, max_size=3), st.randoms())
def test_what_a_filter_does_not_name_makes_no_difference(
    policy: Filter, body: dict[str, Any], random: Any
) -> None:
    names = [*body, "other"]
    random.shuffle(names)
    more = {name: body.get(name, "x") for name in names}
    assert policy.matches(body, scope=BODY) == policy.matches(more, scope=BODY)


@given(filters(), filters(), st.dictionaries(KEYS, BODIES, max_size=3))
def test_or_is_or_in_bodies_too(first: Filter, second: Filter, body: dict[str, Any]) -> None:
    either = first.matches(body, scope=BODY) or second.matches(body, scope=BODY)
    assert (first | second).matches(body, scope=BODY) == either


@given(SCALARS, SCALARS)
def test_a_value_is_equal_to_itself_and_to_no_other_kind(wanted: Any, found: Any) -> None:
    same = type(wanted) is type(found) or (
        isinstance(wanted, (int, float))
        and isinstance(found, (int, float))
        and not isinstance(wanted, bool)
        and not isinstance(found, bool)
    )
    assert F.x.in_(wanted).matches({"x": found}, scope=BODY) == (same and wanted == found)


@given(BODIES)
def test_what_exists_is_not_missing(value: Any) -> None:
    body = {"x": value, "y": "there"}
    there, missing = F.x.exists().matches(body, scope=BODY), F.x.exists(False).matches(body, scope=BODY)
    assert not (there and missing)
    if isinstance(value, (str, int, float)) and value != "":
        assert there
