"""Lines of access logs.

Application: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
Network: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-access-logs.html
Classic: https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from cloudkit._core.params import as_datetime
from cloudkit.elb.kinds import Kind
from cloudkit.elb.log_entry import LogEntry

T = TypeVar("T", int, float)

_NOTHING = "-"

# The fields of a line in their order, by AWS's names. What AWS adds later comes behind them.
_LINES: Mapping[Kind, str] = {
    Kind.APPLICATION: (
        "type time elb client:port target:port request_processing_time target_processing_time response_processing_time"
        " elb_status_code target_status_code received_bytes sent_bytes request user_agent ssl_cipher ssl_protocol"
        " target_group_arn trace_id domain_name chosen_cert_arn matched_rule_priority request_creation_time"
        " actions_executed redirect_url error_reason target:port_list target_status_code_list classification"
        " classification_reason conn_trace_id"
    ),
    Kind.NETWORK: (
        "type version time elb listener client:port destination:port connection_time tls_handshake_time received_bytes"
        " sent_bytes incoming_tls_alert chosen_cert_arn chosen_cert_serial tls_cipher tls_protocol_version"
        " tls_named_group domain_name alpn_fe_protocol alpn_be_protocol alpn_client_preference_list"
        " tls_connection_creation_time"
    ),
    Kind.CLASSIC: (
        "time elb client:port backend:port request_processing_time backend_processing_time response_processing_time"
        " elb_status_code backend_status_code received_bytes sent_bytes request user_agent ssl_cipher ssl_protocol"
    ),
}

_FIELDS: Mapping[Kind, Sequence[str]] = {kind: fields.split() for kind, fields in _LINES.items()}


def split(line: str) -> Sequence[str]:
    """The fields of a line: spaces are between them, and may be within those that stand in quotation marks.

    AWS writes down what clients send, quotation marks too: so one ends a field only where a space follows, or nothing.
    """
    found: list[str] = []
    at, end = 0, len(line)
    while at < end:
        if line[at] == " ":
            at += 1
        elif line[at] == '"':
            close = line.find('" ', at + 1)
            if close < 0:
                close = end - 1 if line.endswith('"') and end - 1 > at else end
            found.append(line[at + 1 : close])
            at = close + 1
        else:
            close = line.find(" ", at)
            close = end if close < 0 else close
            found.append(line[at:close])
            at = close
    return found


def entry(line: str, kind: Kind) -> LogEntry | None:
    """What a line says; None if it is no line of such a log."""
    fields = dict(zip(_FIELDS[kind], split(line), strict=False))
    try:
        return _network(fields) if kind == Kind.NETWORK else _web(fields, kind)
    except (KeyError, ValueError):
        return None


def _web(fields: Mapping[str, str], kind: Kind) -> LogEntry:
    behind = "backend" if kind == Kind.CLASSIC else "target"
    client, client_port = _address(fields["client:port"])
    target, target_port = _address(fields[f"{behind}:port"])
    method, url = _request(fields["request"])
    return LogEntry(
        time=as_datetime(fields["time"]),
        client=client,
        client_port=client_port,
        target=target,
        target_port=target_port,
        status=_number(int, fields["elb_status_code"]),
        target_status=_number(int, fields[f"{behind}_status_code"]),
        method=method,
        url=url,
        user_agent=_text(fields.get("user_agent")),
        waiting_seconds=_number(float, fields["request_processing_time"]),
        target_seconds=_number(float, fields[f"{behind}_processing_time"]),
        answering_seconds=_number(float, fields["response_processing_time"]),
        received_bytes=_number(int, fields["received_bytes"]),
        sent_bytes=_number(int, fields["sent_bytes"]),
        tls_protocol=_text(fields.get("ssl_protocol")),
        tls_cipher=_text(fields.get("ssl_cipher")),
        fields=fields,
    )


def _network(fields: Mapping[str, str]) -> LogEntry:
    client, client_port = _address(fields["client:port"])
    target, target_port = _address(fields["destination:port"])
    return LogEntry(
        time=as_datetime(fields["time"]),
        client=client,
        client_port=client_port,
        target=target,
        target_port=target_port,
        received_bytes=_number(int, fields["received_bytes"]),
        sent_bytes=_number(int, fields["sent_bytes"]),
        tls_protocol=_text(fields.get("tls_protocol_version")),
        tls_cipher=_text(fields.get("tls_cipher")),
        fields=fields,
    )


def _text(given: str | None) -> str | None:
    return None if given in (None, _NOTHING) else given


def _number(of: type[T], given: str) -> T | None:
    """A number; None for a dash, and for AWS's -1, which means that it never came to that."""
    if given == _NOTHING:
        return None
    found = of(given)
    return None if found < 0 else found


def _address(given: str) -> tuple[str | None, int | None]:
    if given == _NOTHING:
        return None, None
    host, colon, port = given.rpartition(":")
    return (host, int(port)) if colon else (given, None)


def _request(given: str) -> tuple[str | None, str | None]:
    """Method and URL of `GET http://shop.example.com:80/a b HTTP/1.1`; clients may put spaces into URLs."""
    method, _, rest = given.strip().partition(" ")
    url, _, _ = rest.strip().rpartition(" ")
    return _text(method or None), _text(url.strip() or None)
