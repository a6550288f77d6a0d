"""The Cloud that moto answers."""

from __future__ import annotations

import itertools
import os
import re
import weakref
from collections import Counter
from typing import Any

from attrs import field, frozen
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.retry import Retry, Timeouts
from cloudkit._core.sessions import boto3_session, new_session
from cloudkit._local.answers import Answers
from cloudkit._local.buckets import forget_buckets, separate_buckets
from cloudkit._local.keeping import keep_no_lists
from cloudkit._local.world import once
from cloudkit.errors import InvalidRequest, MissingExtra
from cloudkit.types import Clock, SystemClock

DEFAULT_REGION = "us-east-1"
_ACCOUNT = re.compile(r"[0-9]{12}")
_accounts = itertools.count(100_000_000_001)
_clouds: weakref.WeakValueDictionary[str, LocalCloud] = weakref.WeakValueDictionary()


@frozen(kw_only=True, eq=False, repr=False)
class LocalCloud(Cloud):
    """A Cloud that moto answers, within this process. Made by `local()`.

    Attributes:
        account: The number of its account.
        requests: What it was asked so far, such as `{"s3:PutObject": 3}`.
    """

    account: str = field(default="")
    requests: Counter[str] = field(factory=Counter[str])
    # The first cloud of the world, which lives as long as one for another region does.
    _first: LocalCloud | None = field(default=None, alias="first")

    @override
    def _derived(self, **changes: Any) -> Self:
        return super()._derived(first=self._first or self, **changes)

    @override
    def _endpoint(self, service: str) -> str | None:
        return None

    @override
    def _identity(self) -> tuple[object, ...]:
        return (self.region, self.account)

    @override
    def __repr__(self) -> str:
        return f"<local cloud {self.account} {self.region}>"

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return _found_again, (os.getpid(), self.account, self.region)


def _found_again(pid: int, account: str, region: str | None) -> Cloud:
    cloud = _clouds.get(account)
    if cloud is None or pid != os.getpid():
        raise RuntimeError(
            f"the embedded cloud {account} lives in process {pid} alone; for several processes run"
            " `cloudkit local` and use Cloud(endpoint_url=...)"
        )
    return cloud if region is None or region == cloud.region else cloud.in_region(region)


def local(
    *,
    region: str = DEFAULT_REGION,
    account: str | None = None,
    retry: Retry | None = None,
    timeouts: Timeouts | None = None,
    clock: Clock | None = None,
) -> LocalCloud:
    """A new, empty cloud inside this process, for tests, demos and trying things out. Needs the extra `local`.

    It is a value like any Cloud: give it as `cloud=`, or enter it. Two of them do not see each other, and other
    boto3 clients of the process are not touched. It lives as long as something refers to it. What moto lets pass
    that AWS does not is on the page "Testing".

    Args:
        region: Where calls go.
        account: The number of the account, 12 digits. Default: a new one each time.
        retry: As in `Cloud`.
        timeouts: As in `Cloud`.
        clock: As in `Cloud`.

    Returns:
        The cloud.

    Raises:
        MissingExtra: moto is not installed.
        InvalidRequest: The account is no number of 12 digits, or that of a cloud that lives already.

    Examples:
        >>> with local():
        ...     Bucket.create("acme-reports")
        <Bucket acme-reports>

    AWS: none
    """
    number = next(free for free in map(str, _accounts) if free not in _clouds) if account is None else account
    if not _ACCOUNT.fullmatch(number):
        raise InvalidRequest(f"account={account!r}: it has 12 digits")
    if number in _clouds:
        raise InvalidRequest(f"account={account!r}: an embedded cloud of that number lives already")
    requests = Counter[str]()
    cloud = LocalCloud(
        account=number,
        region=region,
        session=_session(number, region, requests),
        requests=requests,
        retry=retry or Retry(),
        timeouts=timeouts or Timeouts(),
        clock=clock or SystemClock(),
    )
    _clouds[number] = cloud
    # The session is shared by the clouds for other regions: the world ends with the last of them.
    weakref.finalize(cloud.session, _forget_world, number)
    return cloud


def _session(account: str, region: str, requests: Counter[str]) -> Any:
    try:
        from moto.core import models
        from moto.core.botocore_stubber import BotocoreStubber
    except ImportError as error:
        raise MissingExtra.of("local", "the embedded cloud", error) from error
    separate_buckets()
    once(keep_no_lists)
    # Nothing of this machine's configuration: no profile, no files, no endpoint.
    nothing = (None, None, None, None)
    session = new_session(
        session_vars={
            "profile": nothing,
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
            "ignore_configured_endpoint_urls": (None, None, True, None),
            "use_fips_endpoint": (None, None, False, None),
            "use_dualstack_endpoint": (None, None, False, None),
        }
    )
    stubber: Any = BotocoreStubber()
    stubber.enabled = True
    # moto's own stubber, which `mock_aws` switches on for every session, would answer a second time.
    session.unregister("before-send", models.botocore_stubber)
    session.register("before-send", Answers(account, stubber, requests))
    return boto3_session(
        session,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - nobody checks it
        region_name=region,
    )


def _forget_world(account: str) -> None:
    from moto.core import base_backend

    registry: Any = base_backend.BackendDict
    for backends in list(registry._instances):
        # Emptied as well: some of what moto caches for ever refers to them.
        mine: dict[str, object] = backends.pop(account, {})
        for backend in mine.values():
            vars(backend).clear()
    forget_buckets(account)
