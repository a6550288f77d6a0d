"""Answers of EC2's, as a FaultServer gives them."""

from __future__ import annotations

from collections.abc import Iterable

from tests.faults import Reply, Request

_NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"


def answer(operation: str, inner: str) -> Reply:
    return Reply.xml(
        f'<{operation}Response xmlns="{_NAMESPACE}"><requestId>req-1</requestId>{inner}</{operation}Response>'
    )


def done(operation: str) -> Reply:
    return answer(operation, "<return>true</return>")


def instance_row(
    id: str, state: str = "running", *, reason: str | None = None, transition: str | None = None, ip: str = ""
) -> str:
    more = f"<stateReason><code>x</code><message>{reason}</message></stateReason>" if reason else ""
    more += f"<reason>{transition}</reason>" if transition else ""
    more += f"<ipAddress>{ip}</ipAddress>" if ip else ""
    return (
        f"<item><instanceId>{id}</instanceId><instanceType>t3.micro</instanceType>"
        f"<instanceState><code>0</code><name>{state}</name></instanceState>{more}</item>"
    )


def described(*rows: str) -> Reply:
    """DescribeInstances, a reservation an instance, as AWS gives those launched apart."""
    items = "".join(
        f"<item><reservationId>r-1</reservationId><instancesSet>{row}</instancesSet></item>" for row in rows
    )
    return answer("DescribeInstances", f"<reservationSet>{items}</reservationSet>")


def checks_answer(*rows: tuple[str, str, str]) -> Reply:
    """DescribeInstanceStatus: id, state and check of each; the check of the machine below it is well."""
    items = "".join(
        f"<item><instanceId>{each}</instanceId><instanceState><name>{state}</name></instanceState>"
        f"<systemStatus><status>ok</status></systemStatus><instanceStatus><status>{check}</status></instanceStatus></item>"
        for each, state, check in rows
    )
    return answer("DescribeInstanceStatus", f"<instanceStatusSet>{items}</instanceStatusSet>")


def checked(id: str, state: str, check: str) -> Reply:
    return checks_answer((id, state, check))


def launched(*ids: str) -> Reply:
    rows = "".join(instance_row(each, "pending") for each in ids)
    return answer("RunInstances", f"<reservationId>r-1</reservationId><instancesSet>{rows}</instancesSet>")


def terminating(request: Request) -> Reply:
    rows = "".join(f"<item><instanceId>{each}</instanceId></item>" for each in asked(request))
    return answer("TerminateInstances", f"<instancesSet>{rows}</instancesSet>")


def asked(request: Request, of: str = "InstanceId") -> list[str]:
    """The ids in a request."""
    return [value for name, value in request.form.items() if name.startswith(f"{of}.")]


def ids(count: int) -> list[str]:
    return [f"i-{number:017x}" for number in range(1, count + 1)]


def shown(request: Request, states: Iterable[tuple[str, str]]) -> Reply:
    """Those instances of the request that have a state."""
    known = dict(states)
    return described(*(instance_row(each, known[each]) for each in asked(request) if each in known))
