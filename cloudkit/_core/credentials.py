"""Sessions: whose credentials, by botocore's own chain and its own refreshing."""

from __future__ import annotations

from functools import partial
from typing import Any

from attrs import field, frozen

from cloudkit._core.params import within
from cloudkit._core.retry import Retry, Timeouts, client_config
from cloudkit._core.sessions import boto3_session, new_session
from cloudkit.errors import InvalidRequest

MIN_ROLE_SECONDS = 900  # STS AssumeRole, DurationSeconds
MAX_ROLE_SECONDS = 43_200  # STS AssumeRole, DurationSeconds; 3,600 where a role assumes a role
DEFAULT_ROLE_SECONDS = 3600


@frozen
class AssumeRole:
    """A role to take on, when its ARN alone is not enough.

    Attributes:
        arn: The role's ARN.
        session_name: What CloudTrail shows for these calls.
        external_id: The secret word that the role's owner asks third parties for.
        duration: Seconds until botocore takes the role anew, 900 to 43,200.
    """

    arn: str
    session_name: str = "cloudkit"
    external_id: str | None = field(default=None, repr=False)
    duration: int = DEFAULT_ROLE_SECONDS

    def __attrs_post_init__(self) -> None:
        if not self.arn.startswith("arn:"):
            raise InvalidRequest(
                f"role={self.arn!r} is no ARN", hint="it looks like arn:aws:iam::123456789012:role/reader"
            )
        within("duration", self.duration, MIN_ROLE_SECONDS, MAX_ROLE_SECONDS, "seconds")


def make_session(
    profile: str | None, role: AssumeRole | None, *, region: str | None, endpoint_url: str | None
) -> Any:
    """A new boto3 session for that profile and role. Reads configuration, sends nothing.

    Args:
        profile: Whose credentials.
        role: What to take on with them.
        region: Where to ask for the role; a role of China or GovCloud is not known elsewhere.
        endpoint_url: The server to ask, if it is not AWS.
    """
    session = new_session(profile=profile)
    if role is not None:
        _assume(session, role, region, endpoint_url)
    return boto3_session(session)


def _assume(session: Any, role: AssumeRole, region: str | None, endpoint_url: str | None) -> None:
    """Let the session take on a role, lazily, and again before the credentials end."""
    from botocore.credentials import (
        AssumeRoleCredentialFetcher,
        CredentialResolver,
        DeferredRefreshableCredentials,
    )

    options: dict[str, Any] = {"RoleSessionName": role.session_name, "DurationSeconds": role.duration}
    if role.external_id is not None:
        options["ExternalId"] = role.external_id
    chain = session.get_component("credential_provider")

    class _Provider:
        METHOD = "assume-role"
        CANONICAL_NAME = None

        def load(self) -> Any:
            source = chain.load_credentials()
            if source is None:
                return None
            fetcher = AssumeRoleCredentialFetcher(
                client_creator=partial(
                    session.create_client,
                    region_name=region,
                    endpoint_url=endpoint_url,
                    config=client_config(
                        "sts",
                        retry=Retry(),
                        timeouts=Timeouts(),
                        min_read_timeout=0.0,
                        anonymous=False,
                        custom_endpoint=endpoint_url is not None,
                        checksums="auto",
                    ),
                ),
                source_credentials=source,
                role_arn=role.arn,
                extra_args=options,
            )
            return DeferredRefreshableCredentials(method=self.METHOD, refresh_using=fetcher.fetch_credentials)

    session.register_component("credential_provider", CredentialResolver([_Provider()]))
