"""What the requests of a session are answered with: by moto, or where moto is not like AWS, here."""

from __future__ import annotations

import copy
import json
import re
import time
from collections import Counter
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cloudkit._local.completion import COMPLETIONS
from cloudkit._local.lacking import Lacking
from cloudkit._local.world import alone, once, world
from cloudkit.errors import ConnectionFailed, ServiceError

POLL_SECONDS = 0.02
_NOT_IN_MOTO = b"Not yet implemented"
# AWS's server that says what address one has; here it is one of those that are for documentation (RFC 5737).
_WHO_ASKS = "https://checkip.amazonaws.com/"
_SOMEBODY = b"203.0.113.7\n"
_SUBSCRIPTION_ARN = re.compile(
    r"<SubscriptionArn>(?P<arn>arn:[^:]+:sns:(?P<region>[^:]+):[^<]+)</SubscriptionArn>"
)


class Answers:
    """Answers the requests of one session from one moto account."""

    def __init__(self, account: str, stubber: Any, requests: Counter[str]) -> None:
        self._account = account
        self._requests = requests
        self._stubber = stubber

    def __call__(self, event_name: str, request: Any, **_: Any) -> Any:
        _before_send, service_id, operation = event_name.split(".")
        service = _names_of_services().get(service_id, service_id)
        request.headers["x-moto-account-id"] = self._account
        with alone():
            self._requests[f"{service}:{operation}"] += 1
        if service in COMPLETIONS:
            once(COMPLETIONS[service])
        if service == "sqs" and operation == "ReceiveMessage":
            return self._long_poll(event_name, request)
        if service == "sns" and request.method == "GET":
            return _signing_certificate(request.url)
        if request.url == _WHO_ASKS:
            return _address(request.url)
        answer = self._answer(event_name, service, request)
        if service == "sns" and operation == "Subscribe" and answer.status_code == HTTPStatus.OK:
            _leave_pending(self._account, request.body, answer.text)
        return answer

    def _answer(self, event_name: str, service: str, request: Any) -> Any:
        with world(self._account, service):
            try:
                answer = self._stubber(event_name, request)
            except KeyError as error:
                # Of a region that moto does not know it has no backend.
                if not error.args or f".{error.args[0]}." not in request.url:
                    raise
                raise ConnectionFailed(
                    f"there is no region {error.args[0]!r}, or {service} is not in it",
                    service=service,
                    operation=event_name.rpartition(".")[2],
                    hint="Region.list() shows those that there are",
                ) from error
            except NotImplementedError as error:
                raise ServiceError(
                    f"the embedded cloud cannot do this yet: {error}",
                    service=service,
                    operation=event_name.rpartition(".")[2],
                    hint="AWS itself does it"
                    if isinstance(error, Lacking)
                    else "moto lacks it; a newer moto may have it",
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
    from botocore.session import Session
    from botocore.utils import EVENT_ALIASES

    session: Any = Session()
    clients: set[str] = set(session.get_available_services())
    aliases: dict[str, str] = EVENT_ALIASES
    names: dict[str, list[str]] = {}
    for name, service_id in aliases.items():
        names.setdefault(service_id, [service_id]).append(name)
    # Several names stand for one service, of which the shortest is the client's, or else the events'.
    return {
        service_id: min((name for name in found if name in clients), key=len, default=min(found[1:], key=len))
        for service_id, found in names.items()
    }


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


def _address(url: str) -> Any:
    from botocore.awsrequest import AWSResponse
    from moto.core.botocore_stubber import MockRawResponse

    return AWSResponse(url, HTTPStatus.OK.value, dict[str, str](), MockRawResponse(_SOMEBODY))
