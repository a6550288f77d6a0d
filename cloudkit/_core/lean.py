"""Lean calls: an operation that botocore did once is done again without its long way, as long as all goes well.

The first call of an operation is botocore's, and is listened to: where it went, with which headers, how it was signed.
If the same can be made here, to the byte, later calls are: parameters to JSON, botocore's own signature, the client's own
connections, JSON to an answer. Whatever comes back that is not a plain success is handed to botocore as the answer to
*its* first request. So errors, retries and their number are botocore's, and nothing is sent twice that botocore would not.

It stands aside wherever somebody could tell the difference: see `Lean.call`.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
import time
import types
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias, cast
from urllib.parse import urlsplit

from attrs import frozen

from cloudkit._core.deadline import check as check_deadline
from cloudkit._core.shapes import Convert, Unusual, reader_of, writer_of
from cloudkit.types import Answer

Method: TypeAlias = Callable[..., Any]

# More than SQS takes. Of what is larger, the way through botocore is a small part.
MOST_BYTES = 2 * 1024**2
# How often a first call is listened to in vain, for example since the credentials were renewed in the middle of it.
MOST_LESSONS = 3

_TIMESTAMP = "%Y%m%dT%H%M%SZ"
_SIGNATURE = "v4"

# The headers of a request that are the same each time, and those that are not.
_LASTING = frozenset({"x-amz-target", "content-type", "x-amzn-query-mode", "user-agent", "amz-sdk-request"})
_PASSING = frozenset(
    {
        "authorization",
        "x-amz-date",
        "amz-sdk-invocation-id",
        "content-length",
        "x-amz-security-token",
        "x-amzn-trace-id",
    }
)
_TOKEN = "x-amz-security-token"  # noqa: S105 - a header's name

# What botocore says of each answer; and of the answers to the last request that there may be, also to the first.
_ABOUT = frozenset({"RequestId", "HTTPStatusCode", "HTTPHeaders", "RetryAttempts"})
_REMARKS = frozenset({"MaxAttemptsReached"})

# The events of a call, and who listens to them where nobody but botocore and we do. What a handler of botocore's that
# is not named here does, nobody knows; so calls are botocore's then.
_EVENTS = (
    "provide-client-params",
    "before-parameter-build",
    "before-endpoint-resolution",
    "before-call",
    "request-created",
    "choose-signer",
    "before-sign",
    "before-send",
    "response-received",
    "before-parse",
    "needs-retry",
    "after-call",
    "after-call-error",
)
_LISTENERS = frozenset(
    {
        "botocore.handlers.generate_idempotent_uuid",
        "botocore.handlers._handle_request_validation_mode_member",
        "botocore.handlers.add_recursion_detection_header",
        "botocore.handlers.inject_api_version_header_if_needed",
        "botocore.handlers.set_operation_specific_signer",
        "botocore.handlers._set_auth_scheme_preference_signer",
        "botocore.handlers.add_retry_headers",
        "botocore.handlers._handle_sqs_compatible_error",
        "botocore.signers.RequestSigner.handler",
        "botocore.retries.standard.MaxAttemptsSeeder.seed_max_attempts",
        "botocore.retries.standard.RetryHandler.needs_retry",
        "botocore.retries.standard.RetryQuotaChecker.release_retry_quota",
        "botocore.useragent.UserAgentString.rebuild_and_replace_user_agent_handler",
        "cloudkit._core.cloud._count",
        "cloudkit._core.guard._refuse_no_answer",
        "cloudkit._core.guard._repeat",
        "cloudkit._core.lean.Lean._overhear",
    }
)

# What tracers and test doubles put something else in the place of.
_CLIENT_STEPS = ("_make_api_call", "_make_request", "_convert_to_request_dict")
_ENDPOINT_STEPS = (
    "make_request",
    "create_request",
    "prepare_request",
    "_send_request",
    "_get_response",
    "_do_get_response",
    "_send",
)
_SIGNER_STEPS = ("handler", "sign")

# Who writes down what a call does.
_LOGS = tuple(
    logging.getLogger(f"botocore.{name}")
    for name in (
        "auth",
        "awsrequest",
        "client",
        "endpoint",
        "hooks",
        "httpchecksum",
        "httpsession",
        "parsers",
        "regions",
        "retries.standard",
        "utils",
    )
)


@frozen(eq=False)
class _Heard:
    """A request of botocore's."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: object


@frozen(eq=False)
class _Moment:
    """What botocore's signer wants to know of a request whose canonical form is there."""

    context: Mapping[str, str]


@frozen(eq=False)
class _Way:
    """How botocore does an operation."""

    event: str
    model: Any
    method: str
    url: str
    path: str
    host: str
    headers: Mapping[str, str]
    signed: frozenset[str]
    service: str
    region: str
    remarks: Mapping[str, object]
    write: Convert
    read: Convert | None

    def body(self, params: Mapping[str, Any]) -> bytes:
        return json.dumps(self.write(params)).encode()

    def authorization(self, auth: Any, headers: Mapping[str, str], body: bytes) -> str:
        lower = {name.lower(): value for name, value in headers.items()}
        lower["host"] = self.host
        names = sorted({*self.signed, _TOKEN} if _TOKEN in lower else self.signed)
        signed = ";".join(names)
        canonical = "\n".join(
            [
                self.method,
                self.path,
                "",
                *(f"{name}:{' '.join(lower[name].split())}" for name in names),
                "",
                signed,
                hashlib.sha256(body).hexdigest(),
            ]
        )
        moment = _Moment({"timestamp": lower["x-amz-date"]})
        signature = auth.signature(auth.string_to_sign(moment, canonical), moment)
        return (
            f"AWS4-HMAC-SHA256 Credential={auth.scope(moment)}, SignedHeaders={signed}, Signature={signature}"
        )

    def answer(self, response: Any) -> dict[str, Any]:
        """What botocore would make of it.

        Raises:
            Unusual: It is not plainly a success.
        """
        headers = response.headers
        body = response.content
        if (
            response.status_code != 200
            or headers.get("Content-Length") not in (None, str(len(body)))
            or headers.get("Content-Encoding")
        ):
            raise Unusual
        if self.read is not None:
            try:
                answer = self.read(json.loads(body.decode()))
            except (ValueError, RecursionError) as error:
                raise Unusual from error
        elif body in (b"", b"{}"):
            answer = {}
        else:
            raise Unusual
        about: dict[str, Any] = {}
        if "x-amzn-requestid" in headers:
            about["RequestId"] = headers["x-amzn-requestid"]
        about["HTTPStatusCode"] = response.status_code
        about["HTTPHeaders"] = {name.lower(): value for name, value in headers.items()}
        about["RetryAttempts"] = 0
        about.update(self.remarks)
        answer["ResponseMetadata"] = about
        return cast("dict[str, Any]", answer)


class Lean:
    """The lean calls of one client.

    Args:
        client: A boto3 client that is ours alone to set up.
        operations: What may be done so, by boto3's names.
    """

    def __init__(self, client: Any, operations: frozenset[str]) -> None:
        self._client = client
        self._service: str = client.meta.service_model.service_id.hyphenize()
        made: Any = client.__class__
        self._methods = {name: getattr(made, name, None) for name in operations}
        self._ways: dict[str, _Way] = {}
        self._lessons = dict.fromkeys(operations, 0)
        self._here = threading.local()
        self._listeners_seen: object = None
        self._unheard = False
        client.meta.events.register(f"before-send.{self._service}", self._overhear)

    def call(self, operation: str, method: Method, params: Mapping[str, Any]) -> Answer:
        """Do an operation: lean if it can be, else as botocore does it.

        It is botocore's if anybody but botocore and cloudkit listens to the client's events (the Stubber and moto do),
        or has put something in the place of one of its steps (tracers, mocks); if its debug log is on; if the
        parameters are not plainly right; and at first.

        Args:
            operation: boto3's name of it.
            method: The client's method.
            params: Its parameters.
        """
        way = self._ways.get(operation)
        if not self._alone(operation, method):
            return cast("Answer", method(**params))
        if way is None:
            return self._listen(operation, method, params)
        try:
            body = way.body(params)
            if len(body) > MOST_BYTES:
                raise Unusual
            request = self._request(way, body)
        except Unusual:
            return cast("Answer", method(**params))
        check_deadline()
        try:
            first: Any = self._client._endpoint.http_session.send(request)
        except Exception as error:  # botocore knows which ones to repeat
            return self._hand_over(error, method, params)
        try:
            answer = way.answer(first)
        except Unusual:
            return self._hand_over(first, method, params)
        # botocore's account of retries is kept there.
        self._client.meta.events.emit(
            way.event, http_response=first, parsed=answer, model=way.model, context={}
        )
        return answer

    # -- requests ------------------------------------------------------------------------------------------------

    def _request(self, way: _Way, body: bytes) -> Any:
        from botocore.awsrequest import AWSPreparedRequest

        auth = self._auth(way.service, way.region)
        headers = dict(way.headers)
        headers["amz-sdk-invocation-id"] = str(uuid.uuid4())
        headers["X-Amz-Date"] = time.strftime(_TIMESTAMP, time.gmtime())
        if auth.credentials.token:
            headers["X-Amz-Security-Token"] = auth.credentials.token
        _name_trace(headers)
        headers["Authorization"] = way.authorization(auth, headers, body)
        headers["Content-Length"] = str(len(body))
        make: Any = AWSPreparedRequest
        return make(way.method, way.url, headers, body, False)

    def _auth(self, service: str, region: str) -> Any:
        """The signer of botocore's, with the credentials of now, which it renews."""
        from botocore.auth import SigV4Auth

        auth: Any = self._client._request_signer.get_auth_instance(service, region, _SIGNATURE)
        if type(auth) is not SigV4Auth or auth.credentials is None:
            raise Unusual
        return auth

    def _hand_over(self, first: object, method: Method, params: Mapping[str, Any]) -> Answer:
        """Let botocore go on from what came back for the first request."""
        self._here.first = first
        try:
            return cast("Answer", method(**params))
        finally:
            self._here.first = None

    def _overhear(self, request: Any, **_: Any) -> Any:
        """For the event `before-send`: what comes back here is the answer, in place of one from the server."""
        first: Any = getattr(self._here, "first", None)
        if first is not None:
            self._here.first = None
            if isinstance(first, Exception):
                raise first
            return first
        heard = getattr(self._here, "heard", None)
        if heard is not None:
            headers = {str(name): _text(value) for name, value in request.headers.items()}
            heard.append(_Heard(request.method, request.url, headers, request.body))
        return None

    # -- learning ------------------------------------------------------------------------------------------------

    def _listen(self, operation: str, method: Method, params: Mapping[str, Any]) -> Answer:
        """Let botocore do it, and find out how it does."""
        heard: list[_Heard] = []
        self._here.heard = heard
        try:
            answer = cast("Answer", method(**params))
        finally:
            self._here.heard = None
        if len(heard) == 1 and self._lessons.get(operation, MOST_LESSONS) < MOST_LESSONS:
            try:
                self._ways[operation] = self._learnt(operation, heard[0], params, answer)
            except (Unusual, AttributeError, KeyError, TypeError, ValueError):
                self._lessons[operation] += 1
        return answer

    def _learnt(self, operation: str, heard: _Heard, params: Mapping[str, Any], answer: Answer) -> _Way:
        """How to make what was heard; Unusual if it cannot be made again to the byte."""
        meta = self._client.meta
        name: str = meta.method_to_api_mapping[operation]
        model = meta.service_model.operation_model(name)
        split = urlsplit(heard.url)
        lower = {each.lower(): value for each, value in heard.headers.items()}
        if (
            meta.service_model.metadata.get("protocol") != "json"
            or model.has_streaming_input
            or model.has_streaming_output
            or model.has_event_stream_output
            or model.idempotent_members
            or model.http_checksum
            or model.context_parameters
            or model.endpoint
            or model.endpoint_discovery
            or split.query
            or not lower.keys() <= _LASTING | _PASSING
            or not lower["amz-sdk-request"].startswith("attempt=1")
        ):
            raise Unusual
        parts: dict[str, str] = {}
        for part in lower["authorization"].partition(" ")[2].split(","):
            each, _, value = part.strip().partition("=")
            parts[each] = value
        said: Mapping[str, object] = answer["ResponseMetadata"]
        remarks = {each: said[each] for each in said.keys() - _ABOUT}
        if not remarks.keys() <= _REMARKS:
            raise Unusual
        _key, _date, region, service, _end = parts["Credential"].rsplit("/", 4)
        way = _Way(
            event=f"after-call.{self._service}.{name}",
            model=model,
            method=heard.method,
            url=heard.url,
            path=split.path,
            host=split.netloc,
            headers={each: value for each, value in heard.headers.items() if each.lower() in _LASTING},
            signed=frozenset(parts["SignedHeaders"].split(";")) - {_TOKEN},
            service=service,
            region=region,
            remarks=remarks,
            write=writer_of(model.input_shape),
            read=None if model.output_shape is None else reader_of(model.output_shape),
        )
        if way.body(params) != heard.body or not isinstance(heard.body, bytes):
            raise Unusual
        if (
            way.authorization(self._auth(service, region), heard.headers, heard.body)
            != lower["authorization"]
        ):
            raise Unusual
        if not callable(self._client._endpoint.http_session.send):
            raise Unusual
        self._request(way, heard.body)  # whatever it needs is there
        return way

    # -- whether anybody could tell ------------------------------------------------------------------------------

    def _alone(self, operation: str, method: Method) -> bool:
        from botocore.history import get_global_history_recorder

        client = self._client
        return (
            self._methods.get(operation) is not None
            and getattr(method, "__func__", None) is self._methods[operation]
            and self._nobody_listens(client.meta.events)
            and not any(log.isEnabledFor(logging.DEBUG) for log in _LOGS)
            and getattr(get_global_history_recorder(), "_enabled", True) is False
            and _has_none_of(client, _CLIENT_STEPS)
            and _has_none_of(client._endpoint, _ENDPOINT_STEPS)
            and _has_none_of(client._request_signer, _SIGNER_STEPS)
            and _steps_are_botocores()
        )

    def _nobody_listens(self, events: Any) -> bool:
        """Looked up again when somebody comes or goes: the emitter starts a new cache then."""
        try:
            emitter = events._emitter
            seen = emitter._lookup_cache
            if seen is not self._listeners_seen:
                self._unheard = all(name in _LISTENERS for name in self._listeners(emitter))
                self._listeners_seen = seen
        except (AttributeError, TypeError):
            return False
        return self._unheard

    def _listeners(self, emitter: Any) -> Iterator[str]:
        names = [self._client.meta.method_to_api_mapping[operation] for operation in self._methods]
        for event in _EVENTS:
            for name in names:
                for handler in emitter._handlers.prefix_search(f"{event}.{self._service}.{name}"):
                    yield f"{handler.__module__}.{handler.__qualname__}"


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _name_trace(headers: dict[str, str]) -> None:
    """In a Lambda function, say which one called, as botocore does: it finds functions that call themselves."""
    from botocore import handlers

    name_trace: Any = handlers.add_recursion_detection_header  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    name_trace({"headers": headers})


def _has_none_of(thing: object, steps: tuple[str, ...]) -> bool:
    own: dict[str, object] = vars(thing)
    return own.keys().isdisjoint(steps)


# The steps of botocore that were found to be its own.
_own_steps: list[tuple[type[Any], str, object]] = []


def _steps_are_botocores() -> bool:
    """Whether nobody has put something in the place of the functions that a call goes through."""
    if not _own_steps:
        found = list(_found_steps())
        if not all(_is_botocores(step) for _, _, step in found):
            return False
        _own_steps.extend(found)
    return all(_own(cls, name) is step for cls, name, step in _own_steps)


def _found_steps() -> Iterator[tuple[type[Any], str, object]]:
    from botocore.client import BaseClient
    from botocore.endpoint import Endpoint
    from botocore.signers import RequestSigner

    for cls, names in (
        (BaseClient, _CLIENT_STEPS),
        (Endpoint, _ENDPOINT_STEPS),
        (RequestSigner, _SIGNER_STEPS),
    ):
        for name in names:
            yield cls, name, _own(cls, name)


def _own(cls: type[Any], name: str) -> object:
    found: Mapping[str, object] = vars(cls)
    return found.get(name)


def _is_botocores(step: object) -> bool:
    """Whether it is a function of a file of botocore's; decorators copy names, but not where they are written."""
    import botocore

    home = os.path.dirname(os.path.abspath(str(botocore.__file__)))
    return isinstance(step, types.FunctionType) and step.__code__.co_filename.startswith(home + os.sep)
