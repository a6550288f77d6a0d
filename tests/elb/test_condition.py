from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cloudkit import InvalidRequest
from cloudkit.elb import Condition
from cloudkit.elb._routing.asked import asked
from cloudkit.elb._routing.wildcards import matches, wildcards_in
from cloudkit.elb.condition import (
    checked_conditions,
    condition_matches,
    condition_params,
    conditions_of,
    conditions_of_words,
)

LETTERS = "ab/*?"


def plainly(pattern: str, text: str) -> bool:
    """The wildcards' law, as it is told: slowly."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return plainly(pattern[1:], text) or (bool(text) and plainly(pattern, text[1:]))
    return bool(text) and pattern[0] in ("?", text[0]) and plainly(pattern[1:], text[1:])


@given(st.text(LETTERS, max_size=6), st.text("ab/", max_size=7))
def test_wildcards(pattern: str, text: str) -> None:
    assert matches(pattern, text, fold=False) == plainly(pattern, text)
    assert wildcards_in(pattern) == pattern.count("*") + pattern.count("?")


@given(st.text("aB.[]^$+(){}|\n", max_size=8), st.text("aB.[]^$+(){}|\n", max_size=8))
def test_all_else_stands_for_itself(pattern: str, text: str) -> None:
    assert matches(pattern, text, fold=False) == (pattern == text)
    assert matches(pattern.swapcase(), pattern, fold=True)


@given(st.text(LETTERS, max_size=8))
def test_a_backslash_takes_the_meaning_away(text: str) -> None:
    assert matches(re.sub(r"([*?\\])", r"\\\1", text), text, fold=False)
    assert wildcards_in(re.sub(r"([*?\\])", r"\\\1", text)) == 0


def test_keywords_are_sent_and_read_back() -> None:
    made = conditions_of_words(
        ("/api/*", "/v2/*"),
        host="*.example.com",
        method="GET",
        source="203.0.113.0/24",
        query={"version": "2"},
        header={"User-Agent": "*Mobile*"},
    )
    assert conditions_of(condition_params(made)) == made
    assert {condition.field for condition in made} == {
        "path-pattern",
        "host-header",
        "http-request-method",
        "source-ip",
        "query-string",
        "http-header",
    }
    [pattern] = conditions_of_words(query=["*beta*"])
    assert condition_params([pattern])[0]["QueryStringConfig"] == {"Values": [{"Value": "*beta*"}]}


def test_short_rows_and_regular_expressions_are_read() -> None:
    rows: list[dict[str, Any]] = [
        {"Field": "path-pattern", "Values": ["/a"]},
        {"Field": "host-header", "HostHeaderConfig": {"RegexValues": [r"^(a|b)\.example\.com$"]}},
    ]
    path, host = conditions_of(rows)
    assert path == Condition("path-pattern", "/a")
    assert host.regex
    assert condition_matches(host, asked("GET", "https://B.example.com/"))
    assert not condition_matches(host, asked("GET", "https://c.example.com/"))


@pytest.mark.parametrize(
    ("condition", "match"),
    [
        (Condition("path-pattern", []), "needs a value"),
        (Condition("path-pattern", "/a" * 65), "128"),
        (Condition("path-pattern", ""), "1 to 128"),
        (Condition("path-pattern", "/users/{id}"), "cannot be in a path"),
        (Condition("path-pattern", "/a b"), "cannot be in a path"),
        (Condition("path-pattern", "https://example.com/a"), "whole address"),
        (Condition("path-pattern", "/a", name="X"), "name="),
        (Condition("http-header", "a"), "name="),
        (Condition("http-header", "a", name="X Y"), "header name"),
        (Condition("http-header", "a", name="X" * 41), "1 to 40"),
        (Condition("http-header", "a", name="Host"), "condition of its own"),
        (Condition("host-header", "localhost"), "dot"),
        (Condition("host-header", "example.com:443"), "port"),
        (Condition("host-header", "example.c0m"), "letters alone"),
        (Condition("http-request-method", "get"), "method='GET'"),
        (Condition("http-request-method", "G*"), "wildcards"),
        (Condition("source-ip", "10.0.0.1"), "10.0.0.1/32"),
        (Condition("source-ip", "10.0.0.1/24"), "10.0.0.0/24"),
        (Condition("source-ip", "home"), "home"),
        (Condition("query-string", "a", regex=True), "regular expressions"),
    ],
)
def test_what_aws_would_refuse_is_refused(condition: Condition, match: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        condition.checked()
    assert match in str(caught.value)


@pytest.mark.parametrize(
    ("conditions", "match"),
    [
        ([], "needs a condition"),
        ([Condition("path-pattern", "/a"), Condition("path-pattern", "/b")], "several values"),
        ([Condition("path-pattern", [f"/{n}" for n in range(6)])], "5 values"),
        ([Condition("path-pattern", ["/*/*/*/*", "/*/*/*"])], "6 wildcards"),
    ],
)
def test_what_does_not_go_together_is_refused(conditions: list[Condition], match: str) -> None:
    with pytest.raises(InvalidRequest, match=match):
        checked_conditions(conditions)


def test_what_goes_together() -> None:
    several = conditions_of_words(
        header={"A": "1", "B": "2"}, query={"c": "3", "d": "4"}, path="/" + "*/" * 6
    )
    assert checked_conditions(several) == several


@pytest.mark.parametrize(
    ("condition", "request_", "met"),
    [
        (Condition("path-pattern", "/Api/*"), "https://example.com/Api/x?y", True),
        (Condition("path-pattern", "/Api/*"), "https://example.com/api/x", False),
        (Condition("path-pattern", "/"), "https://example.com", True),
        (Condition("host-header", "*.EXAMPLE.com"), "https://www.example.com:8443/", True),
        (Condition("host-header", "*.example.com"), "https://example.com/", False),
        (Condition("query-string", "V=2"), "/?a=1&v=2", True),
        (Condition("query-string", "v=2"), "/?v=3", False),
        (Condition("query-string", "*beta*"), "/?x=1&flag=Beta2", True),
        (Condition("query-string", "beta"), "/?beta", True),
        (Condition("http-request-method", ["GET", "HEAD"]), "/", True),
        (Condition("http-request-method", "POST"), "/", False),
        (Condition("http-header", "*mobile*", name="user-agent"), "/", True),
        (Condition("http-header", "*", name="X-None"), "/", False),
        (Condition("source-ip", "203.0.113.0/24"), "/", True),
        (Condition("source-ip", "2001:db8::/32"), "/", False),
    ],
)
def test_requests(condition: Condition, request_: str, met: bool) -> None:
    request = asked("GET", request_, headers={"User-Agent": "A Mobile one"}, source="203.0.113.9")
    assert condition_matches(condition, request) is met


def test_a_request_says_its_host_either_way() -> None:
    assert asked("GET", "/a", headers={"Host": "www.example.com:8080"}).host == "www.example.com"
    with pytest.raises(InvalidRequest, match="a path, or an address"):
        asked("GET", "mailto:a@example.com")
    with pytest.raises(InvalidRequest, match="no IP address"):
        asked("GET", "/", source="home")
