"""Expressions of several metrics, and those in CloudWatch's own language."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import cast

from cloudkit._core.cloud import Cloud
from cloudkit.cloudwatch.maths import BINDING, Computed, Expression, Piece
from cloudkit.errors import InvalidRequest

# User guide, "Metric math syntax and functions".
FUNCTIONS = frozenset(
    [
        "ABS",
        "ANOMALY_DETECTION_BAND",
        "AVG",
        "CEIL",
        "DATAPOINT_COUNT",
        "DATE",
        "DAY",
        "DB_PERF_INSIGHTS",
        "DIFF",
        "DIFF_TIME",
        "EPOCH",
        "FILL",
        "FIRST",
        "FLOOR",
        "HOUR",
        "IF",
        "INSIGHT_RULE_METRIC",
        "LAMBDA",
        "LAST",
        "LOG",
        "LOG10",
        "MAX",
        "METRIC_COUNT",
        "METRICS",
        "MIN",
        "MINUTE",
        "MONTH",
        "PERIOD",
        "RATE",
        "REMOVE_EMPTY",
        "RUNNING_SUM",
        "SEARCH",
        "SERVICE_QUOTA",
        "SLICE",
        "SORT",
        "STDDEV",
        "SUM",
        "TIME_SERIES",
        "YEAR",
    ]
)
# Words of the language that are no functions.
_WORDS = frozenset({"AND", "OR", "ASC", "DESC", "REPEAT", "LINEAR"})
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<word>[A-Za-z_]\w*)
    |(?P<text>'[^']*'|"[^"]*")
    |(?P<sign>==|!=|<=|>=|&&|\|\||[-+*/^<>(),\[\]])""",
    re.X,
)
_CLOSING = {"(": ")", "[": "]"}


def _of_several(function: str, terms: Sequence[Computed]) -> Expression:
    if not terms:
        raise InvalidRequest(f"{function} of no metrics")
    pieces: list[Piece] = [f"{function}(["]
    for number, term in enumerate(terms):
        pieces += [", ", term] if number else [term]
    return Expression((*pieces, "])"))


def sum_of(*terms: Computed) -> Expression:
    """The sum of several metrics, point by point. No request.

    Args:
        *terms: Metrics or expressions, one or more. Where some have no point, the others' are added.

    Returns:
        An expression.

    Raises:
        InvalidRequest: There are none.

    Examples:
        >>> sum_of(*(Metric("App", "requests", {"Host": host}) for host in ("web-1", "web-2")))
        <Expression SUM([requests Host=web-1 Average, requests Host=web-2 Average])>

    AWS: none
    """
    return _of_several("SUM", terms)


def mean_of(*terms: Computed) -> Expression:
    """The mean of several metrics, point by point. No request. See `sum_of`.

    Args:
        *terms: As in `sum_of`.

    Returns:
        An expression.

    Raises:
        InvalidRequest: There are none.

    Examples:
        >>> mean_of(Metric("App", "load", {"Host": "web-1"}), Metric("App", "load", {"Host": "web-2"}))
        <Expression AVG([load Host=web-1 Average, load Host=web-2 Average])>

    AWS: none
    """
    return _of_several("AVG", terms)


def max_of(*terms: Computed) -> Expression:
    """The greatest of several metrics, point by point. No request. See `sum_of`.

    Args:
        *terms: As in `sum_of`.

    Returns:
        An expression.

    Raises:
        InvalidRequest: There are none.

    Examples:
        >>> max_of(Metric("App", "load", {"Host": "web-1"}), Metric("App", "load", {"Host": "web-2"}))
        <Expression MAX([load Host=web-1 Average, load Host=web-2 Average])>

    AWS: none
    """
    return _of_several("MAX", terms)


def min_of(*terms: Computed) -> Expression:
    """The least of several metrics, point by point. No request. See `sum_of`.

    Args:
        *terms: As in `sum_of`.

    Returns:
        An expression.

    Raises:
        InvalidRequest: There are none.

    Examples:
        >>> min_of(Metric("App", "load", {"Host": "web-1"}), Metric("App", "load", {"Host": "web-2"}))
        <Expression MIN([load Host=web-1 Average, load Host=web-2 Average])>

    AWS: none
    """
    return _of_several("MIN", terms)


def expression(text: str, *, cloud: Cloud | None = None, **terms: Computed) -> Expression:
    """An expression in CloudWatch's own language, for what operators do not say. No request.

    What is known to be wrong with it is said here: names that stand for nothing, functions that do not exist, brackets
    that do not close.

    Args:
        text: Such as `"IF(errors > 10, errors, 0)"`.
        cloud: Where to read it, if it has no metrics. Default: the current Cloud.
        **terms: What the names in it stand for; names begin with a small letter.

    Returns:
        An expression.

    Raises:
        InvalidRequest: It cannot be right.

    Examples:
        >>> expression("IF(errors > 10, errors, 0)", errors=Metric("App", "errors").stat("Sum"))
        <Expression IF(errors Sum > 10, errors Sum, 0)>

    AWS: none
    """
    pieces: list[Piece] = []
    open_brackets: list[str] = []
    used: set[str] = set()
    place = 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:
            raise InvalidRequest(f"{text!r}: CloudWatch has no {text[place]!r} in its language")
        place = token.end()
        found = token[0]
        if token["word"] is not None:
            name = _word(found, text[place:].lstrip().startswith("("), terms, text)
            if name is not None:
                used.add(name)
            pieces.append(found if name is None else terms[name])
            continue
        _match_bracket(found, open_brackets, text)
        pieces.append(found)
    if open_brackets:
        raise InvalidRequest(f"{text!r}: a {open_brackets[-1]!r} is missing at the end")
    if not pieces:
        raise InvalidRequest("an empty expression")
    if unused := [name for name in terms if name not in used]:
        raise InvalidRequest(f"{text!r} does not use {', '.join(map(repr, unused))}")
    return Expression(tuple(_joined_texts(pieces)), binding=0, cloud=cloud)


def _word(found: str, is_call: bool, terms: dict[str, Computed], text: str) -> str | None:
    """The name that a word is; None for a word of the language."""
    if is_call:
        if found not in FUNCTIONS:
            near = difflib.get_close_matches(found.upper(), FUNCTIONS, 3)
            raise InvalidRequest(
                f"{text!r}: CloudWatch has no function {found}",
                hint=f"{' or '.join(near)}?" if near else "the CloudWatch user guide lists them, in capitals",
            )
        return None
    if found in terms:
        if not isinstance(cast("object", terms[found]), Computed):
            raise InvalidRequest(f"{found}={terms[found]!r} is neither a metric nor an expression")
        if not found[0].islower():
            raise InvalidRequest(f"{found}: names begin with a small letter")
        return found
    # A function's name stands by itself where it is what to sort by: `SORT(METRICS(), AVG, DESC)`.
    if found in _WORDS or found in FUNCTIONS:
        return None
    raise InvalidRequest(
        f"{text!r}: nobody said what {found!r} stands for", hint=f"expression(..., {found}=metric)"
    )


def _match_bracket(found: str, open_brackets: list[str], text: str) -> None:
    if found in _CLOSING:
        open_brackets.append(_CLOSING[found])
    elif found in _CLOSING.values() and (not open_brackets or open_brackets.pop() != found):
        raise InvalidRequest(f"{text!r}: a {found!r} closes nothing")


def _joined_texts(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """The pieces with texts that stand beside each other made one; a named operand holds together."""
    gathered = ""
    for piece in pieces:
        if isinstance(piece, str):
            gathered += piece
            continue
        before, gathered = gathered, ""
        loose = isinstance(piece, Expression) and piece.binding < max(BINDING.values())
        if before or loose:
            yield before + ("(" if loose else "")
        yield piece
        gathered = ")" if loose else ""
    if gathered:
        yield gathered
