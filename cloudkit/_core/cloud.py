"""Where calls go: credentials, region, endpoint, retries, and the clients made of them."""

from __future__ import annotations

import contextvars
import difflib
import os
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any, NoReturn, TypeVar, cast
from urllib.parse import urlsplit

import attrs
from attrs import field, frozen
from typing_extensions import Self, override

from cloudkit._core.backoff import Pauses
from cloudkit._core.credentials import AssumeRole
from cloudkit._core.deadline import check as check_deadline, in_force
from cloudkit._core.guard import guard_answers
from cloudkit._core.hub import Hub
from cloudkit._core.lean import Lean
from cloudkit._core.params import compact, merge_raw
from cloudkit._core.retry import Retry, Timeouts, client_config
from cloudkit._core.service import Service, service_named
from cloudkit._core.steps import in_time
from cloudkit._core.transfers import Transfers
from cloudkit._core.translate import translate
from cloudkit._core.tuning import tune_client
from cloudkit.errors import CloudError, DeadlineExceeded, InvalidRequest
from cloudkit.types import Answer, Clock, SystemClock

T = TypeVar("T")

_STS = Service("sts")
# Where AWS's own endpoints are, those of China and PrivateLink among them.
_AWS_HOSTS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".api.amazonwebservices.com.cn")
_SCHEMES = ("http", "https")
# A name that no endpoint of a single service is configured for.
_NO_SERVICE = "any"

# Requests sent for the call under way on this thread, so that an error can say how many there were.
_sent = threading.local()


def _count(**_: Any) -> None:
    check_deadline()  # botocore may go on with a call that nobody waits for any more: nothing is sent for it
    _sent.number = getattr(_sent, "number", 0) + 1


def _as_role(role: str | AssumeRole | None) -> AssumeRole | None:
    return AssumeRole(role) if isinstance(role, str) else role


@frozen(kw_only=True, eq=False, repr=False)
class Cloud:
    """An account, a region and how to talk to them. Making one reads nothing and sends nothing.

    Objects take `cloud=`, else the innermost `with Cloud(...)`, else the process's default, at the moment they are
    made, and stay with it. A Cloud cannot be changed and may be shared by threads; after a fork it opens its own
    connections.

    Args:
        region: Such as `"eu-west-1"`. Default: AWS_DEFAULT_REGION, AWS_REGION, or the profile's.
        profile: A profile of `~/.aws/config`. Default: AWS_PROFILE, or boto3's usual chain.
        role: The ARN of a role to take on, or an `AssumeRole`; renewed before it ends.
        endpoint_url: Another server than AWS, such as `"http://localhost:5000"`. Default: AWS_ENDPOINT_URL.
        retry: How requests are repeated.
        timeouts: How long a request may take.
        transfers: How the content of objects is moved.
        anonymous: Send requests unsigned, for what is public.
        session: A boto3 session of your own, in place of profile and role.
        clock: Where time comes from; tests give their own.

    Raises:
        InvalidRequest: The arguments do not go together.

    Examples:
        >>> with Cloud(region="eu-west-1"):
        ...     Bucket.create("acme-photos-eu")
        <Bucket acme-photos-eu>
    """

    _region: str | None = field(default=None, alias="region")
    profile: str | None = None
    role: AssumeRole | None = field(default=None, converter=_as_role)
    endpoint_url: str | None = None
    retry: Retry = field(factory=Retry)
    timeouts: Timeouts = field(factory=Timeouts)
    transfers: Transfers = field(factory=Transfers)
    anonymous: bool = False
    session: object = None
    clock: Clock = field(factory=SystemClock)
    _hub: Hub = field(init=False)

    def __attrs_post_init__(self) -> None:
        if self.session is not None and (self.profile is not None or self.role is not None):
            raise InvalidRequest(
                "session= has credentials of its own: profile= and role= cannot be given with it",
                hint="leave session= out, or give the session that profile",
            )
        if self.endpoint_url is not None:
            _checked_endpoint(self.endpoint_url, "endpoint_url")
        object.__setattr__(
            self,
            "_hub",
            Hub(
                self.profile,
                self.role,
                given=self.session,
                clock=self.clock,
                region=self._region,
                endpoint_url=self.endpoint_url,
            ),
        )

    # -- where and who ---------------------------------------------------------------------------------------

    @property
    def region(self) -> str | None:
        """The region that calls go to; None if nothing names one."""
        if self._region is not None:
            return self._region
        if self._hub.region is None:
            # Kept for good once it is found, since it is part of what makes two clouds equal.
            configured: Any = self._configuration().get_config_variable("region")
            named = os.environ.get("AWS_REGION")
            if named and self.session is None and not os.environ.get("AWS_DEFAULT_REGION"):
                configured = named  # botocore knows AWS_DEFAULT_REGION alone
            self._hub.region = configured or named or None
        return self._hub.region

    @property
    def account_id(self) -> str:
        """The number of the account. Asked once. AWS: sts:GetCallerIdentity."""
        return self.lookup(("account",), lambda: str(self.invoke(_STS, "get_caller_identity", {})["Account"]))

    def credentials_source(self) -> tuple[str | None, datetime | None]:
        """Where the credentials come from, and when they end if that is known. Never the credentials."""
        found: Any = None if self.anonymous else self._configuration().get_credentials()
        if found is None:
            return None, None
        # botocore keeps the end of refreshable credentials in a private field; absent means not known.
        return str(found.method), getattr(found, "_expiry_time", None)

    def _configuration(self) -> Any:
        _sent.number = 0
        try:
            return self._hub.boto3_session()._session
        except Exception as error:
            self._raise_translated(error, _STS, "", None)

    def _endpoint(self, service: str) -> str | None:
        """The endpoint that argument, environment or profile put in AWS's place."""
        if self.endpoint_url is not None:
            return self.endpoint_url
        from botocore.configprovider import ConfiguredEndpointProvider

        session = self._configuration()
        if session.get_config_variable("ignore_configured_endpoint_urls"):
            return None
        found: Any = ConfiguredEndpointProvider(
            full_config=session.full_config,
            scoped_config=session.get_scoped_config(),
            client_name=service,
        ).provide()
        return None if found is None else _checked_endpoint(found, "the endpoint that is configured")

    def route(self, service: str) -> tuple[Any, str | None]:
        """For what sends by itself: botocore's session, and the server in AWS's place for a service; None for AWS."""
        endpoint = self._endpoint(service)
        return self._configuration(), None if endpoint is None or _is_aws(endpoint) else endpoint

    def _server(self) -> str | None:
        """The server that all services are on, if it is not AWS: part of which account an object is in.

        A worker whose environment does not name it must not take an object of a test server for one of AWS's.
        """
        if self.endpoint_url is not None:
            return self.endpoint_url
        if self._hub.server is None:
            try:
                self._hub.server = self._endpoint(_NO_SERVICE) or ""
            except CloudError:
                return None  # a profile that is not here is told of at the first call, and may be there elsewhere
        return self._hub.server or None

    @property
    def has_custom_endpoint(self) -> bool:
        """Whether S3 calls go to another server than AWS. An endpoint of AWS's own (PrivateLink) is AWS."""
        endpoint = self._endpoint("s3")
        return endpoint is not None and not _is_aws(endpoint)

    @property
    def sends_checksums(self) -> bool:
        """Whether content goes with checksums that S3 does not require."""
        wanted = self.transfers.checksums
        return not self.has_custom_endpoint if wanted == "auto" else wanted == "when_supported"

    @property
    def partition(self) -> str:
        """The part of AWS that the region is in: `"aws"`, `"aws-cn"`, `"aws-us-gov"` ...; it begins every ARN."""
        return (
            "aws" if self.region is None else str(self._configuration().get_partition_for_region(self.region))
        )

    def in_region(self, region: str) -> Self:
        """The same account in another region, over the same session."""
        return self._derived(region=region)

    def with_options(
        self,
        *,
        retry: Retry | None = None,
        timeouts: Timeouts | None = None,
        transfers: Transfers | None = None,
    ) -> Self:
        """The same account and region with another patience, over the same session."""
        return self._derived(**compact({"retry": retry, "timeouts": timeouts, "transfers": transfers}))

    def _derived(self, **changes: Any) -> Self:
        made = attrs.evolve(self, **changes)
        object.__setattr__(made, "_hub", self._hub)
        return made

    # -- calls -----------------------------------------------------------------------------------------------

    def client(self, service: str) -> Any:
        """The boto3 client of a service: made once, safe to share between threads.

        Args:
            service: boto3's name of it, such as `"s3"`.

        Raises:
            InvalidRequest: There is no such service, or no region for it.
            CredentialsError: The profile is not there.

        Examples:
            >>> cloud.client("s3").meta.region_name
            'us-east-1'
        """
        key = (
            service,
            self._region,
            self.endpoint_url,
            self.retry,
            self.timeouts,
            self.transfers.checksums,
            self.anonymous,
        )
        client = self._hub.clients.get(key)
        if client is None:
            with self._hub.lock:
                client = self._hub.clients.get(key)
                if client is None:
                    client = self._new_client(service_named(service))
                    self._hub.clients[key] = client
        return client

    def _new_client(self, service: Service) -> Any:
        _sent.number = 0
        try:
            options = self._client_options(service)
            client = self._hub.boto3_session().client(service.name, **options)
        except Exception as error:
            self._raise_translated(error, service, "", None)
        client.meta.events.register("request-created", _count)
        guard_answers(client)
        if self._may_be_lean(service, options["config"]):
            self._hub.lean[id(client)] = Lean(client, service.lean)
        self._tune(client, service, options["endpoint_url"])
        return client

    def _may_be_lean(self, service: Service, config: Any) -> bool:
        """Not if botocore does more for each request: for a session of the caller's, with other retries, or a name of its own."""
        return (
            bool(service.lean)
            and self.session is None
            and not self.anonymous
            and self.retry.mode == "standard"
            and config.user_agent is not None
        )

    def _tune(self, client: Any, service: Service, endpoint: str | None) -> None:
        tune_client(client, service.name, custom_endpoint=endpoint is not None and not _is_aws(endpoint))

    def _client_options(self, service: Service) -> dict[str, Any]:
        endpoint = self._endpoint(service.name)
        return {
            "region_name": self.region,
            "endpoint_url": endpoint,
            "config": client_config(
                service.name,
                retry=self.retry,
                timeouts=self.timeouts,
                min_read_timeout=service.min_read_timeout,
                anonymous=self.anonymous,
                custom_endpoint=endpoint is not None and not _is_aws(endpoint),
                checksums=self.transfers.checksums,
                # A session of the caller's says who it is itself, and so does an application that has a name.
                named=self.session is None
                and not self._configuration().get_config_variable("user_agent_appid"),
            ),
        }

    def boto3_resource(self, service: str) -> Any:
        """boto3's own resource of a service, for code that wants one. Not thread safe, as boto3 says."""
        found = service_named(service)
        options = self._client_options(found)
        with self._hub.lock:
            made: Any = self._hub.boto3_session().resource(found.name, **options)
        self._tune(made.meta.client, found, options["endpoint_url"])
        return made

    def call(self, service: str, operation: str, /, **params: Any) -> Answer:
        """Call any operation of any service, for what cloudkit has no method for.

        Args:
            service: boto3's name of the service.
            operation: boto3's name of the operation, such as `"get_bucket_logging"`.
            **params: Its parameters, as boto3 takes them; None means not given.

        Returns:
            boto3's answer.

        Raises:
            CloudError: Translated as everywhere.

        Examples:
            >>> cloud.call("sqs", "list_queues", QueueNamePrefix="jobs").get("QueueUrls", [])
            []
        """
        return self.invoke(service_named(service), operation, params)

    def invoke(
        self,
        service: Service,
        operation: str,
        params: Mapping[str, Any],
        *,
        aws: Mapping[str, Any] | None = None,
        about: object = None,
        late: Callable[[Answer], object] | None = None,
    ) -> Answer:
        """`call`, as the services use it: with the caller's raw parameters and the name of what it is about.

        `late` is told of an answer that came after the deadline had ended the call.
        """
        given = merge_raw(compact(params), aws)
        _check(service, operation, given, about)
        arrived = _let_go if late is None else partial(_arrived_late, late)
        pauses: Pauses | None = None

        def send() -> Answer:
            method = self._method(service, operation)
            if operation in service.lean:
                lean = self._hub.lean.get(id(self.client(service.name)))
                if lean is not None:
                    return lean.call(operation, method, given)
            return cast("Answer", method(**given))

        while True:
            try:
                return self.step(send, service, operation, about, late=arrived)
            except CloudError as failure:
                pauses = self._hub.recent.wait_out(failure, given, pauses, self.region)
                if pauses is None:
                    raise

    def pages(
        self,
        service: str | Service,
        operation: str,
        /,
        *,
        page_size: int | None = None,
        aws: Mapping[str, Any] | None = None,
        about: object = None,
        **params: Any,
    ) -> Iterator[Answer]:
        """All pages of a listing, one request each, fetched as they are asked for.

        Args:
            service: boto3's name of the service.
            operation: boto3's name of the operation; one that AWS does not page gives one page.
            page_size: Rows in a page, if AWS's own choice is not wanted.
            aws: More raw parameters.
            about: What the listing is of, for errors.
            **params: Its parameters.

        Raises:
            CloudError: Translated as everywhere.

        Examples:
            >>> sum(len(page.get("Reservations", [])) for page in cloud.pages("ec2", "describe_instances"))
            0
        """
        service = service_named(service)
        client = self.step(partial(self._client_with, service, operation), service, operation, about)
        if not client.can_paginate(operation):
            yield self.invoke(service, operation, params, aws=aws, about=about)
            return
        given = merge_raw(compact(params), aws)
        _check(service, operation, given, about)
        sized = {"PaginationConfig": {"PageSize": page_size}} if page_size is not None else {}
        pager = client.get_paginator(operation)
        found = iter(pager.paginate(**given, **sized))
        begun = False
        pauses: Pauses | None = None
        while True:
            # Only the fetch is inside the translator: an error of the caller's loop body is the caller's.
            try:
                page = self.step(partial(next, found, None), service, operation, about)
            except CloudError as failure:
                pauses = None if begun else self._hub.recent.wait_out(failure, given, pauses, self.region)
                if pauses is None:
                    raise
                found = iter(pager.paginate(**given, **sized))
                continue
            if page is None:
                return
            begun = True
            yield page

    def _client_with(self, service: Service, operation: str) -> Any:
        self._method(service, operation)
        return self.client(service.name)

    def _method(self, service: Service, operation: str) -> Callable[..., Any]:
        client = self.client(service.name)
        method = getattr(client, operation, None)
        if method is None or operation not in client.meta.method_to_api_mapping:
            known: list[str] = list(client.meta.method_to_api_mapping)
            near = difflib.get_close_matches(operation, known, 3)
            raise InvalidRequest(
                f"{service.name} has no operation {operation!r}",
                hint=f"did you mean {' or '.join(near)}?" if near else "boto3's documentation lists them",
            )
        return cast("Callable[..., Any]", method)

    def run(
        self,
        service: Service,
        operation: str,
        about: object,
        work: Callable[[Any], T],
        *,
        give_up: Callable[[], object] | None = None,
        late: Callable[[T | None], object] | None = None,
    ) -> T:
        """Run `work(client)`, for what is no operation or more than one (bodies, links), translated and in time.

        `give_up` and `late` are for work that the deadline ends, as in `workers.attempt`.
        """
        return self.step(
            lambda: work(self.client(service.name)), service, operation, about, give_up=give_up, late=late
        )

    def step(
        self,
        work: Callable[[], T],
        service: Service,
        operation: str,
        about: object,
        *,
        give_up: Callable[[], object] | None = None,
        late: Callable[[T | None], object] | None = None,
    ) -> T:
        """Run `work()`, for what needs no client: one step, translated and in time. The rest is as in `run`."""
        if in_force.get() is None:
            return self._once(work, service, operation, about)
        try:
            return in_time(partial(self._once, work, service, operation, about), give_up=give_up, late=late)
        except DeadlineExceeded as error:
            self._raise_translated(error, service, operation, about)

    def _once(self, work: Callable[[], T], service: Service, operation: str, about: object) -> T:
        _sent.number = 0
        try:
            return work()
        except Exception as error:
            self._raise_translated(error, service, operation, about)

    def _translated(
        self, error: BaseException, service: Service, operation: str, about: object
    ) -> BaseException:
        return translate(
            error,
            service,
            operation,
            about=None if about is None else str(about),
            profile=self.profile or os.environ.get("AWS_PROFILE"),
            attempts=max(1, getattr(_sent, "number", 1)),
        )

    def _raise_translated(
        self, error: BaseException, service: Service, operation: str, about: object
    ) -> NoReturn:
        failure = self._translated(error, service, operation, about)
        if failure is error:
            raise error
        raise failure from error

    # -- small memories --------------------------------------------------------------------------------------

    def lookup(self, key: tuple[object, ...], load: Callable[[], T]) -> T:
        """A small fact that seldom changes (a queue's URL, a bucket's region): asked once in five minutes."""
        full = (self._region, *key)
        try:
            return cast("T", self._hub.lookups[full])
        except KeyError:
            pass
        value = load()
        self._hub.lookups.put(full, value)
        return value

    def kept(self, key: tuple[object, ...], make: Callable[[], T]) -> T:
        """Something that hangs on the connections of this Cloud, such as another client: made once, not in a fork."""
        full = (*key, self._region, self.endpoint_url, self.timeouts, self.transfers, self.anonymous)
        found = self._hub.clients.get(full)
        return cast("T", in_time(lambda: self._made_once(full, make)) if found is None else found)

    def _made_once(self, key: tuple[object, ...], make: Callable[[], T]) -> T:
        with self._hub.lock:
            found = self._hub.clients.get(key)
            if found is None:
                found = self._hub.clients[key] = make()
            return cast("T", found)

    def forget_lookup(self, key: tuple[object, ...]) -> None:
        """Ask again next time."""
        self._hub.lookups.forget((self._region, *key))

    def remember(self, name: str, denied_by: type[CloudError]) -> None:
        """Note an id that was just made: for a minute, `denied_by` for it means not yet, and is waited out."""
        self._hub.recent.remember(name, denied_by, self.region)

    def forget(self, name: str) -> None:
        """Note that an id was deleted."""
        self._hub.recent.forget(name, self.region)

    # -- context, closing, identity --------------------------------------------------------------------------

    def __enter__(self) -> Self:
        entered.set((*entered.get(), self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        entered.set(entered.get()[:-1])

    def close(self) -> None:
        """Close the open connections. The next call opens new ones."""
        with self._hub.lock:
            clients = list(self._hub.clients.values())
            self._hub.clients.clear()
            self._hub.lean.clear()
        for client in clients:
            if hasattr(client, "close"):
                client.close()

    def _identity(self) -> tuple[object, ...]:
        reached_by = id(self.session) if self.session is not None else (self.profile, self.role)
        return (self.region, reached_by, self._server(), self.anonymous)

    @override
    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return self._identity() == other._identity() if isinstance(other, Cloud) else NotImplemented

    @override
    def __hash__(self) -> int:
        return hash(self._identity())

    @override
    def __repr__(self) -> str:
        shown = {
            "region": self._region,
            "profile": self.profile,
            "role": self.role.arn if self.role else None,
            "endpoint_url": self.endpoint_url and _without_password(self.endpoint_url),
            "anonymous": self.anonymous or None,
            "session": type(self.session).__name__ if self.session is not None else None,
        }
        return f"Cloud({', '.join(f'{name}={value!r}' for name, value in compact(shown).items())})"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        if self.session is not None:
            raise TypeError(
                "a Cloud made from a live session cannot be pickled, since its credentials would travel with it;"
                " make it of a profile or a role: Cloud(profile=...), Cloud(role=...)"
            )
        return _cloud_of, (
            {
                "region": self.region,
                "profile": self.profile,
                "role": self.role,
                "endpoint_url": self._server(),
                "retry": self.retry,
                "timeouts": self.timeouts,
                "transfers": self.transfers,
                "anonymous": self.anonymous,
            },
        )


def _check(service: Service, operation: str, params: Mapping[str, Any], about: object) -> None:
    """Refuse what the service is known to refuse. A raw call says nothing of what it is about, and is let through."""
    if service.check is not None and about is not None:
        service.check(operation, params)


def _checked_endpoint(url: object, name: str) -> str:
    """The address of a server, if it is one: botocore's own refusal comes late, and is no error of ours."""
    if not isinstance(url, str):
        raise InvalidRequest(
            f"{name} is of type {type(url).__name__}, not text", hint="'http://localhost:9000'"
        )
    try:
        split = urlsplit(url)
        is_one = split.scheme in _SCHEMES and bool(split.hostname)
        is_one = is_one and split.port != 0  # reading the port checks it
    except ValueError:
        is_one = False
    if is_one:
        return url
    shown = _without_password(url)
    bare = shown.rpartition("://")[2].lstrip("/")
    raise InvalidRequest(
        f"{name}={shown!r} is no address of a server",
        hint=f"'http://{bare or 'localhost:9000'}', or https: with its scheme",
    )


def _arrived_late(late: Callable[[Answer], object], answer: Answer | None) -> None:
    if answer is not None:
        late(answer)


def _let_go(answer: Answer | None) -> None:
    """Close what an answer holds open: the body of an object."""
    for value in (answer or {}).values():
        if hasattr(value, "close"):
            with suppress(Exception):
                value.close()


def _is_aws(endpoint: str) -> bool:
    host = urlsplit(endpoint).hostname or ""
    return host.endswith(_AWS_HOSTS)


def _without_password(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"


def _cloud_of(recipe: Mapping[str, Any]) -> Cloud:
    """A Cloud that came by pickle: one a recipe, so that a thousand objects share their connections."""
    key = tuple(recipe.values())
    with _arrived_lock:
        made = _arrived.get(key)
        if made is None:
            made = _arrived[key] = Cloud(**recipe)
    return made


def _new_lock() -> None:
    # In a child process: one that another thread held at the fork is held for ever.
    global _arrived_lock
    _arrived_lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_new_lock)

_arrived: weakref.WeakValueDictionary[tuple[object, ...], Cloud] = weakref.WeakValueDictionary()
_arrived_lock = threading.Lock()

# The clouds of the `with` blocks around, the innermost last.
entered: contextvars.ContextVar[tuple[Cloud, ...]] = contextvars.ContextVar("cloudkit_entered", default=())
