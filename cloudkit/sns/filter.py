"""Filter policies: which messages of a topic a subscription gets."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import ClassVar, TypeAlias, cast

from attrs import field, frozen
from typing_extensions import override

from cloudkit.errors import InvalidRequest
from cloudkit.sns._filtering.checking import checked_form, checked_policy, combinations_of
from cloudkit.sns._filtering.condition import (
    ANYTHING_BUT,
    CIDR,
    EXISTS,
    IGNORING_CASE,
    NUMERIC,
    PREFIX,
    SUFFIX,
)
from cloudkit.sns._filtering.escaping import unescaped
from cloudkit.sns._filtering.joining import both, either
from cloudkit.sns._filtering.matching import of_attributes, of_body, passes
from cloudkit.sns._filtering.numbers import Number, is_number
from cloudkit.sns.outgoing import Outgoing
from cloudkit.types import Json, OpenEnum

Value: TypeAlias = str | int | float | Decimal | bool | None
"""What an attribute or a key of a body can be compared with."""


class FilterScope(OpenEnum):
    """What a filter policy looks at."""

    ATTRIBUTES = "MessageAttributes"
    BODY = "MessageBody"


def _looks_into_body(scope: FilterScope | str) -> bool:
    if scope not in (FilterScope.ATTRIBUTES, FilterScope.BODY):
        raise InvalidRequest(
            f"scope={str(scope)!r}: a filter looks at {FilterScope.ATTRIBUTES} or {FilterScope.BODY}",
            hint="scope=FilterScope.BODY",
        )
    return scope == FilterScope.BODY


def _document(given: Mapping[str, object]) -> dict[str, Json]:
    return checked_form(given, "filter")


@frozen(eq=False, repr=False)
class Filter(Mapping[str, Json]):
    """A filter policy, which is a mapping as AWS spells it. Made by `F`, or of AWS's form.

    `a & b` lets through what both do, and `a | b` what one of them does.

    Args:
        document: The policy as AWS spells it.

    Raises:
        InvalidRequest: It is no filter policy.

    Examples:
        >>> paid = (F.event == "paid") & (F.total >= 10)
        >>> dict(paid)
        {'event': ['paid'], 'total': [{'numeric': ['>=', 10]}]}
        >>> paid.matches({"event": "paid", "total": 12})
        True

    AWS: none
    """

    document: dict[str, Json] = field(converter=_document)

    @classmethod
    def of_aws(cls, document: Mapping[str, Json]) -> Filter:
        """A filter policy that AWS has, taken as it is: AWS may know more conditions than this version. No request.

        Args:
            document: The policy as AWS spells it.

        Returns:
            The filter.

        Examples:
            >>> Filter.of_aws({"event": ["paid"]})
            Filter({'event': ['paid']})

        AWS: none
        """
        made = cls({})
        made.document.update(copy.deepcopy(dict(document)))
        return made

    @override
    def __getitem__(self, key: str) -> Json:
        return self.document[key]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self.document)

    @override
    def __len__(self) -> int:
        return len(self.document)

    @override
    def __eq__(self, other: object) -> bool:
        return (
            self.document == dict(cast("Mapping[str, object]", other))
            if isinstance(other, Mapping)
            else NotImplemented
        )

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleMethodOverride]

    @override
    def __repr__(self) -> str:
        return f"Filter({self.document})"

    def __bool__(self) -> bool:
        # `0 < F.x < 10` and `a and b` would drop one of the two without a word.
        raise TypeError(
            "a filter is neither true nor false: join two by & and |, and take F.x.between(0, 10)"
        )

    def __and__(self, other: Mapping[str, object]) -> Filter:
        return Filter(both(self.document, _document(other)))

    def __or__(self, other: Mapping[str, object]) -> Filter:
        return Filter(either(self.document, _document(other)))

    @property
    def combinations(self) -> int:
        """How complex SNS finds it; it takes 150."""
        return combinations_of(self.document)

    def check(self, scope: FilterScope | str = FilterScope.ATTRIBUTES) -> Filter:
        """Whether SNS takes it, as `subscribe` asks too. No request.

        Args:
            scope: What it looks at.

        Returns:
            The filter itself.

        Raises:
            InvalidRequest: It has over 5 keys, over 150 combinations or over 256 KiB; or it looks at attributes, and
                has keys within keys, or a quotation mark or backslash that is not escaped.

        Examples:
            >>> (F.event == "paid").check()
            Filter({'event': ['paid']})

        AWS: none
        """
        checked_policy(self.document, nested=_looks_into_body(scope))
        return self

    def matches(
        self,
        message: Outgoing | Mapping[str, object] | str | None,
        *,
        scope: FilterScope | str = FilterScope.ATTRIBUTES,
    ) -> bool:
        """Whether it lets a message through, by the rules that SNS documents. No request.

        A list has several values, one of which is enough; that holds for what is excluded too: a list with "a" and
        "b" passes `F.x != "a"`. Numbers are compared by 5 digits after the point. In a filter
        on attributes, SNS wants a backslash before each quotation mark and backslash, in one on bodies it does not.

        Args:
            message: The attributes, as `publish` takes them or in AWS's form; or a body, a text or what it is made of;
                or an `Outgoing`, of which the scope takes the one or the other.
            scope: Whether these are attributes, or a body.

        Returns:
            True or False. Nothing but a filter that is empty lets through what has no attributes, or a body that is
            no JSON object.

        Raises:
            InvalidRequest: A message has no such attributes, or the filter has a condition that is not known here, or
                would match nothing for a quotation mark or backslash that is not escaped.

        Examples:
            >>> (F.order.state == "paid").matches({"order": {"state": "paid"}}, scope=FilterScope.BODY)
            True

        AWS: none
        """
        into_body = _looks_into_body(scope)
        if len(self.document) == 0:
            return True
        policy = _document(self.document)
        if into_body:
            found = of_body(message.message if isinstance(message, Outgoing) else message)
        else:
            policy = unescaped(policy, "filter")
            given = message.attributes if isinstance(message, Outgoing) else message
            if isinstance(given, str):
                raise InvalidRequest(
                    "a text has no attributes", hint="scope=FilterScope.BODY looks into a message of JSON"
                )
            found = of_attributes(given or {})
        return found is not None and passes(policy, found)


class Field:
    """An attribute of messages, or a key of their bodies, to make filters of. Made by `F`."""

    __slots__ = ("_path",)

    def __init__(self, *path: str) -> None:
        self._path = path

    def __getattr__(self, name: str) -> Field:
        if name.startswith("_"):
            raise AttributeError(name)
        return Field(*self._path, name)

    def __getitem__(self, name: str) -> Field:
        return Field(*self._path, name)

    @override
    def __repr__(self) -> str:
        return "F" + "".join(f"[{each!r}]" for each in self._path)

    # Neither is what it was compared with: a field is no value.
    @override
    def __eq__(self, other: Value) -> Filter:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return self.in_(other)

    @override
    def __ne__(self, other: str | Number) -> Filter:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return self.not_in(other)

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleMethodOverride]

    def __gt__(self, bound: Number) -> Filter:
        return self._numeric(">", bound)

    def __ge__(self, bound: Number) -> Filter:
        return self._numeric(">=", bound)

    def __lt__(self, bound: Number) -> Filter:
        return self._numeric("<", bound)

    def __le__(self, bound: Number) -> Filter:
        return self._numeric("<=", bound)

    def in_(self, *values: Value) -> Filter:
        """What is one of these.

        Args:
            *values: Texts, numbers, truth values, or None for JSON's null.

        Returns:
            The filter.

        Raises:
            InvalidRequest: SNS compares with no such value.

        Examples:
            >>> F.kind.in_("a", "b")
            Filter({'kind': ['a', 'b']})

        AWS: none
        """
        return self._accepting(*({NUMERIC: ["=", each]} if is_number(each) else each for each in values))

    def not_in(self, *values: str | Number) -> Filter:
        """What is there and is none of these (AWS: anything-but).

        Args:
            *values: Texts, or numbers.

        Returns:
            The filter.

        Raises:
            InvalidRequest: These are both texts and numbers, or neither.

        Examples:
            >>> F.kind.not_in("a", "b")
            Filter({'kind': [{'anything-but': ['a', 'b']}]})

        AWS: none
        """
        return self._accepting({ANYTHING_BUT: list(values)})

    def between(self, low: Number, high: Number) -> Filter:
        """A number from `low` to `high`, both included.

        Args:
            low: The least.
            high: The greatest.

        Returns:
            The filter.

        Raises:
            InvalidRequest: `low` is not below `high`, or SNS compares with no such number.

        Examples:
            >>> F.price.between(10, 20)
            Filter({'price': [{'numeric': ['>=', 10, '<=', 20]}]})

        AWS: none
        """
        return self._accepting({NUMERIC: [">=", low, "<=", high]})

    def prefix(self, *texts: str) -> Filter:
        """What starts with one of these.

        Args:
            *texts: Of at least one character.

        Returns:
            The filter.

        Examples:
            >>> F.kind.prefix("order.")
            Filter({'kind': [{'prefix': 'order.'}]})

        AWS: none
        """
        return self._accepting(*({PREFIX: each} for each in texts))

    def not_prefix(self, text: str) -> Filter:
        """What is there and does not start with this.

        Args:
            text: Of at least one character.

        Returns:
            The filter.

        Examples:
            >>> F.kind.not_prefix("test.")
            Filter({'kind': [{'anything-but': {'prefix': 'test.'}}]})

        AWS: none
        """
        return self._accepting({ANYTHING_BUT: {PREFIX: text}})

    def suffix(self, *texts: str) -> Filter:
        """What ends with one of these.

        Args:
            *texts: Of at least one character.

        Returns:
            The filter.

        Examples:
            >>> F.key.suffix(".jpg", ".png")
            Filter({'key': [{'suffix': '.jpg'}, {'suffix': '.png'}]})

        AWS: none
        """
        return self._accepting(*({SUFFIX: each} for each in texts))

    def equals_ignore_case(self, *texts: str) -> Filter:
        """What is one of these, in capitals or not.

        Args:
            *texts: Of at least one character.

        Returns:
            The filter.

        Examples:
            >>> F.country.equals_ignore_case("de")
            Filter({'country': [{'equals-ignore-case': 'de'}]})

        AWS: none
        """
        return self._accepting(*({IGNORING_CASE: each} for each in texts))

    def cidr(self, *networks: str) -> Filter:
        """An address of one of these networks.

        Args:
            *networks: Such as `"10.0.0.0/24"`.

        Returns:
            The filter.

        Raises:
            InvalidRequest: That is no network.

        Examples:
            >>> F.source.cidr("10.0.0.0/24")
            Filter({'source': [{'cidr': '10.0.0.0/24'}]})

        AWS: none
        """
        return self._accepting(*({CIDR: each} for each in networks))

    def exists(self, present: bool = True) -> Filter:
        """What is there, and neither null nor empty; or what is not there.

        SNS lets a message without any attributes through no filter, so that one which asks for an attribute to be
        missing needs another one to be there.

        Args:
            present: False for what is not there.

        Returns:
            The filter.

        Examples:
            >>> F.id.exists() & F.test.exists(False)
            Filter({'id': [{'exists': True}], 'test': [{'exists': False}]})

        AWS: none
        """
        return self._accepting({EXISTS: present})

    def _numeric(self, sign: str, bound: Number) -> Filter:
        return self._accepting({NUMERIC: [sign, bound]})

    def _accepting(self, *conditions: object) -> Filter:
        if not self._path:
            raise InvalidRequest(
                "a filter is about an attribute or a key", hint="F.price > 10, or F['price'] > 10"
            )
        made: object = list(conditions)
        for name in reversed(self._path):
            made = {name: made}
        return Filter(cast("dict[str, object]", made))


F = Field()
"""Attributes and keys by their names: `F.price > 10`, `F["order.id"].exists()`, `F.order.state == "paid"`."""
