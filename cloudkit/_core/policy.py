"""Policies as data: who may do what. A merge changes one statement and leaves all others as they were."""

from __future__ import annotations

import copy
import hashlib
import json
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, TypeAlias, cast

from attrs import field, frozen
from typing_extensions import Self

from cloudkit.errors import InvalidRequest
from cloudkit.types import Json

VERSION = "2012-10-17"
EVERYBODY = "*"

_SID_STEM = "cloudkit"
_SID_DIGITS = 32
_SERVICE_SUFFIX = ".amazonaws.com"
_ACCOUNT_DIGITS = 12

Document: TypeAlias = dict[str, Json]
"""A policy or a statement as AWS spells it."""

Effect: TypeAlias = Literal["Allow", "Deny"]


# -- documents ---------------------------------------------------------------------------------------------------


def statements_of(policy: Mapping[str, Json]) -> list[Json]:
    """A policy's statements, as copies; the grammar lets a single one stand without a list."""
    found = policy.get("Statement")
    return copy.deepcopy(found if isinstance(found, list) else [] if found is None else [found])


def adding(policy: Mapping[str, Json], statement: Mapping[str, Json]) -> Document:
    """The policy with the statement in it, and all else as it was; equal to it if it is there.

    One of the same Sid and effect makes way for it. One of the same Sid and another effect stays: a merge never
    takes a Deny away.
    """
    wanted: Json = copy.deepcopy(dict(statement))
    found = statements_of(policy)
    if wanted in found:
        return copied(policy)
    others = [each for each in found if not _is(each, statement.get("Sid"), statement.get("Effect"))]
    return {"Version": VERSION, **copied(policy), "Statement": [*others, wanted]}


def removing(policy: Mapping[str, Json], sid: str, effect: Effect | None = None) -> Document:
    """The policy without the statements of that Sid, and all else as it was; empty if nothing else is in it.

    Args:
        policy: The policy.
        sid: Whose Sid.
        effect: Those of this effect alone.
    """
    found = statements_of(policy)
    others = [each for each in found if not _is(each, sid, effect)]
    if len(others) == len(found):
        return copied(policy)
    return {**copied(policy), "Statement": others} if others else {}


def copied(policy: Mapping[str, Json]) -> Document:
    """A copy that shares nothing."""
    return copy.deepcopy(dict(policy))


def document_in(text: str) -> Document:
    """The document that AWS's text spells."""
    found: Json = json.loads(text)
    return found if isinstance(found, dict) else {}


def _is(each: Json, sid: Json, effect: Json) -> bool:
    return (
        isinstance(each, dict)
        and sid is not None
        and each.get("Sid") == sid
        and effect in (None, each.get("Effect"))
    )


def stable_sid(stem: str, text: str) -> str:
    """A Sid of ours: the same for the same text at every run, and nobody else's."""
    return f"{_SID_STEM}{stem}{hashlib.sha256(text.encode()).hexdigest()[:_SID_DIGITS]}"


# -- letting a service in ----------------------------------------------------------------------------------------


def service_sid(service: str, source_arn: str) -> str:
    """The Sid of the statement that lets a service in for one source, such as a topic."""
    return stable_sid("".join(part.capitalize() for part in _service_name(service).split(".")), source_arn)


def for_service(
    service: str, action: str, resource: str, *, source_arn: str, source_account: str | None = None
) -> Document:
    """What lets a service of AWS do one thing on behalf of one source, and of no other.

    Without the conditions the service could be made to do it for anybody's source ("confused deputy").

    Args:
        service: The service as a principal, such as `"s3.amazonaws.com"`.
        action: What it may do, such as `"sqs:SendMessage"`.
        resource: The ARN of what it may do it to.
        source_arn: The ARN of the source.
        source_account: The account that the source must be of, where its ARN does not say.
    """
    condition: Document = {"ArnEquals": {"aws:SourceArn": source_arn}}
    if source_account is not None:
        condition["StringEquals"] = {"aws:SourceAccount": source_account}
    return {
        "Sid": service_sid(service, source_arn),
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": action,
        "Resource": resource,
        "Condition": condition,
    }


def _service_name(service: str) -> str:
    if not service.endswith(_SERVICE_SUFFIX):
        raise InvalidRequest(
            f"{service!r} is no service as a principal", hint=f"it looks like 's3{_SERVICE_SUFFIX}'"
        )
    return service.removesuffix(_SERVICE_SUFFIX)


# -- as objects --------------------------------------------------------------------------------------------------


def _plain(document: Mapping[str, object]) -> Document:
    """A copy of what has a JSON form."""
    try:
        return document_in(json.dumps(document))
    except (TypeError, ValueError) as error:
        raise InvalidRequest(f"this has no JSON form: {error}") from error


@frozen(hash=False)
class Statement:
    """One statement of a policy: who may, or may not, do what to what.

    Args:
        document: The statement as AWS spells it: `Effect`, `Principal`, `Action`, `Resource` ...

    Examples:
        >>> Statement.allow("s3:GetObject", "arn:aws:s3:::acme/*", principal="123456789012").actions
        ('s3:GetObject',)
    """

    document: Document = field(converter=_plain)

    @classmethod
    def allow(
        cls,
        actions: str | Iterable[str],
        resources: str | Iterable[str],
        *,
        principal: str | Mapping[str, object] | None = None,
        conditions: Mapping[str, object] | None = None,
        sid: str | None = None,
    ) -> Self:
        """A statement that allows.

        Args:
            actions: Such as `"s3:GetObject"`; one or several.
            resources: ARNs; one or several.
            principal: Who: `"*"` for everybody, the number of an account, the ARN of a role or user, a service such
                as `"s3.amazonaws.com"`, or AWS's own form of it. None in a policy that hangs on a user or role.
            conditions: AWS's conditions, such as `{"Bool": {"aws:SecureTransport": "true"}}`.
            sid: Its name in the policy. Default: made of what it says.

        Returns:
            The statement.

        Raises:
            InvalidRequest: It names no action or no resource, or nobody.
        """
        return cls._of("Allow", actions, resources, principal, conditions, sid)

    @classmethod
    def deny(
        cls,
        actions: str | Iterable[str],
        resources: str | Iterable[str],
        *,
        principal: str | Mapping[str, object] | None = None,
        conditions: Mapping[str, object] | None = None,
        sid: str | None = None,
    ) -> Self:
        """A statement that denies, whatever else allows.

        Args:
            actions: As in `allow`.
            resources: As in `allow`.
            principal: As in `allow`.
            conditions: As in `allow`.
            sid: As in `allow`.

        Returns:
            The statement.

        Raises:
            InvalidRequest: It names no action or no resource, or nobody.
        """
        return cls._of("Deny", actions, resources, principal, conditions, sid)

    @classmethod
    def _of(
        cls,
        effect: Effect,
        actions: str | Iterable[str],
        resources: str | Iterable[str],
        principal: str | Mapping[str, object] | None,
        conditions: Mapping[str, object] | None,
        sid: str | None,
    ) -> Self:
        document: Document = {"Effect": effect}
        if principal is not None:
            document["Principal"] = principal_of(principal)
        document["Action"] = _one_or_many("action", actions)
        document["Resource"] = _one_or_many("resource", resources)
        if conditions:
            document["Condition"] = _plain(conditions)
        named = sid or stable_sid(effect, json.dumps(document, sort_keys=True))
        return cls({"Sid": named, **document})

    @property
    def sid(self) -> str | None:
        """Its name in the policy, if it has one."""
        found = self.document.get("Sid")
        return None if found is None else str(found)

    @property
    def effect(self) -> str:
        """`"Allow"` or `"Deny"`."""
        return str(self.document.get("Effect", ""))

    @property
    def principal(self) -> Json:
        """Whom it is about, in AWS's form: `"*"`, or a mapping such as `{"AWS": "arn:..."}`."""
        return self.document.get("Principal")

    @property
    def actions(self) -> tuple[str, ...]:
        """What it is about doing."""
        return tuple(map(str, _listed(self.document.get("Action"))))

    @property
    def resources(self) -> tuple[str, ...]:
        """What it is about doing it to."""
        return tuple(map(str, _listed(self.document.get("Resource"))))

    @property
    def conditions(self) -> Document:
        """When it counts, in AWS's form; empty for always."""
        found = self.document.get("Condition")
        return copied(found) if isinstance(found, dict) else {}

    @property
    def too_wide(self) -> bool:
        """Whether it allows everything: all actions on all resources, or all actions to everybody always."""
        if self.effect != "Allow":
            return False
        everything = any(action in ("*", "*:*") for action in self.actions)
        everywhere = "*" in self.resources
        anybody = self.principal == EVERYBODY or (
            isinstance(self.principal, dict) and EVERYBODY in _listed(self.principal.get("AWS"))
        )
        whole_service = everything or any(action.endswith(":*") for action in self.actions)
        return (everything and everywhere) or (anybody and whole_service and not self.conditions)


@frozen(hash=False)
class Policy:
    """A policy: statements, each of which allows or denies something. It never changes; methods give a new one.

    Args:
        document: The policy as AWS spells it. Default: one without statements.

    Examples:
        >>> policy = Policy().adding(Statement.allow("s3:GetObject", "arn:aws:s3:::acme/*", sid="read"))
        >>> [each.sid for each in policy]
        ['read']
    """

    document: Document = field(converter=_plain, factory=dict[str, Json])

    @classmethod
    def of(cls, given: Policy | Mapping[str, object] | Iterable[Statement]) -> Policy:
        """A policy of what there is: a policy, a document or statements.

        Args:
            given: What there is.

        Returns:
            The policy.
        """
        if isinstance(given, Policy):
            return given
        if isinstance(given, Mapping):
            return cls(cast("Mapping[str, object]", given))
        made = cls()
        for each in given:
            made = made.adding(each)
        return made

    @property
    def statements(self) -> Sequence[Statement]:
        """Its statements, in their order."""
        return tuple(Statement(each) for each in statements_of(self.document) if isinstance(each, dict))

    def __iter__(self) -> Iterator[Statement]:
        return iter(self.statements)

    def __len__(self) -> int:
        return len(self.statements)

    def adding(self, statement: Statement) -> Policy:
        """The policy with that statement; one of the same Sid and effect makes way, all others stay as they are.

        Args:
            statement: The statement.

        Returns:
            The new policy.
        """
        return Policy(adding(self.document, statement.document))

    def removing(self, sid: str, *, effect: Effect | None = None) -> Policy:
        """The policy without the statements of that Sid; all others stay as they are.

        Args:
            sid: Whose Sid.
            effect: Those of this effect alone.

        Returns:
            The new policy.
        """
        return Policy(removing(self.document, sid, effect))


def warn_if_too_wide(statements: Iterable[Statement], *, stacklevel: int) -> None:
    """Warn of statements that allow everything, at the line that many frames up."""
    for each in statements:
        if each.too_wide:
            warnings.warn(
                f"the policy statement {each.sid or '(without a Sid)'} allows {', '.join(each.actions)} on"
                f" {', '.join(each.resources)} to {json.dumps(each.principal)}: name what is needed",
                stacklevel=stacklevel + 1,
            )


def principal_of(given: str | Mapping[str, object]) -> Json:
    """AWS's form of a principal."""
    if not isinstance(given, str):
        return _plain(given)
    if given == EVERYBODY:
        return EVERYBODY
    if given.endswith(_SERVICE_SUFFIX):
        return {"Service": given}
    if given.startswith("arn:") or (given.isdecimal() and len(given) == _ACCOUNT_DIGITS):
        return {"AWS": given}
    raise InvalidRequest(
        f"principal={given!r} is nobody",
        hint="'*', '123456789012', 'arn:aws:iam::123456789012:role/reader', 's3.amazonaws.com', or AWS's own form,"
        " such as {'Federated': '...'}",
    )


def _one_or_many(what: str, given: str | Iterable[str]) -> Json:
    found = [given] if isinstance(given, str) else list(given)
    if not found or not all(found):
        raise InvalidRequest(f"a statement names at least one {what}")
    return found[0] if len(found) == 1 else cast("Json", found)


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [] if value is None else [value]
