"""Who am I, and by which credentials."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.service import service_named


@frozen
class Identity:
    """Who AWS takes the caller for.

    Attributes:
        account: The number of the account.
        arn: The ARN of the user or role.
        user_id: AWS's id of it.
        region: The region that calls go to.
        source: Where botocore found the credentials, such as `"env"` or `"sso"`.
        expires: When they end, if they do and it is known.
    """

    account: str
    arn: str
    user_id: str
    region: str | None
    source: str | None
    expires: datetime | None


def whoami(cloud: Cloud | None = None) -> Identity:
    """Ask AWS who the caller is. One request.

    Args:
        cloud: Whose credentials. Default: the current Cloud's.

    Returns:
        Account, ARN, region, and where the credentials come from.

    Raises:
        CredentialsError: There are none, or they are not accepted.

    Examples:
        >>> whoami().region
        'us-east-1'

    AWS: sts:GetCallerIdentity
    """
    cloud = cloud_or_current(cloud)
    answer = cloud.invoke(service_named("sts"), "get_caller_identity", {})
    source, expires = cloud.credentials_source()
    return Identity(
        account=answer["Account"],
        arn=answer["Arn"],
        user_id=answer["UserId"],
        region=cloud.region,
        source=source,
        expires=expires,
    )
