"""Who may launch instances of an image."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from cloudkit._core.resource import Resource
from cloudkit.ec2._accounts import checked_accounts
from cloudkit.ec2._service import EC2
from cloudkit.errors import InvalidRequest

Change: TypeAlias = Literal["Add", "Remove"]

_WHO = "launchPermission"
EVERYBODY = "all"
_UNIT = ":ou/"
_ORGANIZATIONS_BEGIN = "arn:"


def permissions(
    accounts: str | Iterable[str] | None, organizations: str | Iterable[str] | None, *, public: bool
) -> list[dict[str, str]]:
    """Whom it is about, in AWS's form."""
    given = [organizations] if isinstance(organizations, str) else list(organizations or ())
    for arn in given:
        if not arn.startswith(_ORGANIZATIONS_BEGIN):
            raise InvalidRequest(
                f"organization {arn!r}: it is the ARN of an organization, or of a unit of one",
                hint="'arn:aws:organizations::123456789012:organization/o-abcdefghij'",
            )
    found = [
        *({"UserId": each} for each in checked_accounts(accounts)),
        *({"OrganizationalUnitArn" if _UNIT in arn else "OrganizationArn": arn} for arn in given),
        *([{"Group": EVERYBODY}] if public else []),
    ]
    if not found:
        raise InvalidRequest("nobody is named", hint="accounts='123456789012'; public=True is for everybody")
    return found


def change(image: Resource, how: Change, who: Sequence[dict[str, str]]) -> None:
    """Let them have it, or take it from them. One request."""
    params = {"ImageId": str(image), "LaunchPermission": {how: [*who]}}
    image.cloud.invoke(EC2, "modify_image_attribute", params, about=image)


def shared_with(image: Resource) -> tuple[str, ...]:
    """Numbers of accounts, ARNs of organizations, and `"all"` for everybody. One request."""
    params = {"ImageId": str(image), "Attribute": _WHO}
    answer = image.cloud.invoke(EC2, "describe_image_attribute", params, about=image)
    return tuple(next(iter(row.values())) for row in answer.get("LaunchPermissions", ()))
