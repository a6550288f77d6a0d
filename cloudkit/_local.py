"""The embedded cloud: AWS in this process, from moto, with no account and no network."""

from __future__ import annotations

import copy
import itertools
import json
import os
import re
import threading
import time
import weakref
from collections import Counter
from collections.abc import Generator, Iterator, MutableMapping
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from attrs import field, frozen
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.credentials import share_loader
from cloudkit._core.retry import Retry, Timeouts
from cloudkit._core.tuning import tune_session
from cloudkit.errors import ConnectionFailed, InvalidRequest, MissingExtra, ServiceError
from cloudkit.types import Clock, SystemClock

__all__ = ["LocalCloud", "local"]

DEFAULT_REGION = "us-east-1"
POLL_SECONDS = 0.02
_NOT_IN_MOTO = b"Not yet implemented"

_SUBSCRIPTION_ARN = re.compile(
    r"<SubscriptionArn>(?P<arn>arn:[^:]+:sns:(?P<region>[^:]+):[^<]+)</SubscriptionArn>"
)

_ACCOUNT = re.compile(r"[0-9]{12}")
_accounts = itertools.count(100_000_000_001)
_clouds: weakref.WeakValueDictionary[str, LocalCloud] = weakref.WeakValueDictionary()

# moto is not written for threads: one call of a service at a time. SNS is left out, since it delivers to HTTP
# servers while it is called, and such a server may well call back.
_locks: dict[str, threading.RLock] = {}
_locks_lock = threading.Lock()
_UNLOCKED = frozenset({"sns"})

_speaking = threading.local()


def _new_locks() -> None:
    # In a child process: one that another thread held at the fork is held for ever.
    global _locks_lock
    _locks_lock = threading.Lock()
    _locks.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_new_locks)


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
    import boto3
    import botocore.session

    _separate_buckets()
    # Nothing of this machine's configuration: no profile, no files, no endpoint.
    nothing = (None, None, None, None)
    session: Any = botocore.session.Session(
        session_vars={
            "profile": nothing,
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
            "ignore_configured_endpoint_urls": (None, None, True, None),
            "use_fips_endpoint": (None, None, False, None),
            "use_dualstack_endpoint": (None, None, False, None),
        }
    )
    share_loader(session)
    tune_session(session)
    stubber: Any = BotocoreStubber()
    stubber.enabled = True
    # moto's own stubber, which `mock_aws` switches on for every session, would answer a second time.
    session.unregister("before-send", models.botocore_stubber)
    session.register("before-send", _Answers(account, stubber, requests))
    return boto3.Session(
        botocore_session=session,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - nobody checks it
        region_name=region,
    )


class _Answers:
    """Answers the requests of one session from one moto account."""

    def __init__(self, account: str, stubber: Any, requests: Counter[str]) -> None:
        self._account = account
        self._requests = requests
        self._stubber = stubber

    def __call__(self, event_name: str, request: Any, **_: Any) -> Any:
        _before_send, service_id, operation = event_name.split(".")
        service = _names_of_services().get(service_id, service_id)
        request.headers["x-moto-account-id"] = self._account
        with _locks_lock:
            self._requests[f"{service}:{operation}"] += 1
        if service == "sqs" and operation == "ReceiveMessage":
            return self._long_poll(event_name, request)
        if service == "sns" and request.method == "GET":
            return _signing_certificate(request.url)
        answer = self._answer(event_name, service, request)
        if service == "sns" and operation == "Subscribe" and answer.status_code == HTTPStatus.OK:
            _leave_pending(self._account, request.body, answer.text)
        return answer

    def _answer(self, event_name: str, service: str, request: Any) -> Any:
        with _world(self._account, service):
            try:
                answer = self._stubber(event_name, request)
            except NotImplementedError as error:
                raise ServiceError(
                    f"the embedded cloud cannot do this yet: {error}",
                    service=service,
                    operation=event_name.rpartition(".")[2],
                    hint="moto lacks it; a newer moto may have it",
                ) from error
        if answer is not None and answer.status_code == 404 and answer.content == _NOT_IN_MOTO:
            raise ServiceError(
                f"the embedded cloud knows no such place: {request.url}",
                service=service,
                operation=event_name.rpartition(".")[2],
                hint="moto lacks the service; a newer moto may have it",
            )
        if answer is None:
            raise ConnectionFailed(
                f"the embedded cloud does not answer {request.url}", service=service, hint="nothing was sent"
            )
        return answer

    def _long_poll(self, event_name: str, request: Any) -> Any:
        """Moto sleeps in the middle of a long poll; here others may work meanwhile."""
        asked = json.loads(request.body)
        deadline = time.monotonic() + asked.get("WaitTimeSeconds", 0)
        while True:
            attempt = copy.copy(request)
            attempt.body = json.dumps({**asked, "WaitTimeSeconds": 0}).encode()
            answer = self._answer(event_name, "sqs", attempt)
            if (
                time.monotonic() >= deadline
                or answer.status_code != HTTPStatus.OK
                or b'"Messages"' in answer.content
            ):
                return answer
            time.sleep(POLL_SECONDS)


@cache
def _names_of_services() -> dict[str, str]:
    """Botocore's events call some services otherwise than its clients do."""
    from botocore.utils import EVENT_ALIASES

    aliases: dict[str, str] = EVENT_ALIASES
    # Several old names may stand for one service: the shortest is the client's.
    return {alias: name for name, alias in sorted(aliases.items(), key=lambda pair: -len(pair[0]))}


def _leave_pending(account: str, request: str | bytes, answer: str) -> None:
    """Moto confirms every subscription by itself; on AWS somebody has to click a link in a mail first."""
    from moto.sns import models

    asked = parse_qs(request.decode() if isinstance(request, bytes) else request)
    found = _SUBSCRIPTION_ARN.search(answer)
    if found is None or not asked.get("Protocol", [""])[0].startswith("email"):
        return
    backends: Any = models.sns_backends
    attributes = backends[account][found["region"]].subscriptions[found["arn"]].attributes
    attributes["PendingConfirmation"] = "true"


def _signing_certificate(url: str) -> Any:
    """Moto signs what it sends to web servers; it keeps the certificates of all accounts in one of its own."""
    from botocore.awsrequest import AWSResponse
    from moto.core.botocore_stubber import MockRawResponse
    from moto.core.models import DEFAULT_ACCOUNT_ID
    from moto.sns import models

    split = urlsplit(url)
    backends: Any = models.sns_backends
    region = (split.hostname or "").split(".")[1]
    found: bytes | None = backends[DEFAULT_ACCOUNT_ID][region]._message_public_keys.get(
        split.path.lstrip("/")
    )
    status = HTTPStatus.NOT_FOUND if found is None else HTTPStatus.OK
    return AWSResponse(url, status.value, dict[str, str](), MockRawResponse(found or b""))


@contextmanager
def _world(account: str, service: str) -> Generator[None]:
    before = getattr(_speaking, "account", None)
    _speaking.account = account
    try:
        if service in _UNLOCKED:
            yield
        else:
            with _locks_lock:
                lock = _locks.setdefault(service, threading.RLock())
            with lock:
                yield
    finally:
        _speaking.account = before


def _forget_world(account: str) -> None:
    from moto.core import base_backend

    registry: Any = base_backend.BackendDict
    for backends in list(registry._instances):
        backends.pop(account, None)
    buckets = _bucket_accounts()
    if isinstance(buckets, _BucketNames):
        buckets.worlds.pop(account, None)


class _BucketNames(MutableMapping[str, Any]):
    """moto's table of all bucket names: one for each embedded cloud, and one for everybody else."""

    def __init__(self, others: dict[str, Any]) -> None:
        self.worlds: dict[str | None, dict[str, Any]] = {None: others}

    def _mine(self) -> dict[str, Any]:
        return self.worlds.setdefault(getattr(_speaking, "account", None), {})

    @override
    def __getitem__(self, name: str) -> Any:
        place = self._mine()[name]
        # `mock_aws` empties all of moto when it begins and ends, and knows nothing of our tables.
        if self._mine() is not self.worlds[None] and not _has_bucket(place, name):
            raise KeyError(name)
        return place

    @override
    def __setitem__(self, name: str, value: Any) -> None:
        self._mine()[name] = value

    @override
    def __delitem__(self, name: str) -> None:
        del self._mine()[name]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._mine())

    @override
    def __len__(self) -> int:
        return len(self._mine())


def _has_bucket(place: tuple[str, str], name: str) -> bool:
    from moto.s3 import models

    partition, account = place
    backends: Any = models.s3_backends
    backend: Any = backends.get(account, {}).get(partition)
    return backend is not None and (name in backend.buckets or name in getattr(backend, "table_buckets", {}))


def _bucket_accounts() -> Any:
    from moto.s3.models import s3_backends

    return s3_backends.bucket_accounts


def _separate_buckets() -> None:
    from moto.s3 import models

    _judge_without_conditions(models.FakeBucket)
    backends: Any = models.s3_backends
    with _locks_lock:
        if not isinstance(backends.bucket_accounts, _BucketNames):
            backends.bucket_accounts = _BucketNames(backends.bucket_accounts)


def _judge_without_conditions(bucket_class: Any) -> None:
    """Moto denies whatever a bucket policy has conditions for: within embedded clouds, those statements do not count."""
    thorough = bucket_class.get_permission
    if getattr(thorough, "without_conditions", False):
        return

    def get_permission(bucket: Any, action: str, resource: str) -> Any:
        whole = bucket.policy
        if getattr(_speaking, "account", None) is None or whole is None:
            return thorough(bucket, action, resource)
        document = json.loads(whole)
        statements = [each for each in document.get("Statement", []) if not each.get("Condition")]
        judged = copy.copy(bucket)
        judged.policy = json.dumps({**document, "Statement": statements}).encode() if statements else None
        return thorough(judged, action, resource)

    get_permission.without_conditions = True  # type: ignore[attr-defined]  # so that it is put there once
    bucket_class.get_permission = get_permission
