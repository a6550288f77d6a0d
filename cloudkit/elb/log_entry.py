"""One line of a load balancer's access log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen


@frozen(kw_only=True)
class LogEntry:
    """One request to a load balancer, or one TLS connection to a network one: `balancer.logs("1h")`.

    Attributes:
        time: When it was answered; of a classic load balancer, when it came; of a network one, when it ended.
        client: The client's address.
        client_port: And its port.
        target: The address of the target; None if it never got to one.
        target_port: And its port.
        status: The status that the client got; None for connections.
        target_status: The status that the target gave; None if it gave none.
        method: Such as `"GET"`; None for connections, and for what was no request.
        url: The whole URL that was asked for, as the client spelled it.
        user_agent: What the client says that it is.
        waiting_seconds: Seconds until it was handed to a target; None if it never was, as for the next two.
        target_seconds: Seconds until the target began to answer.
        answering_seconds: Seconds until the client began to get the answer.
        received_bytes: Bytes that the client sent.
        sent_bytes: Bytes that the client got.
        tls_protocol: Such as `"TLSv1.3"`; None without TLS.
        tls_cipher: The cipher; None without TLS.
        fields: All that the line says, by AWS's names and as it stands there.

    Examples:
        >>> [entry.url for entry in LoadBalancer("web").logs("1h") if entry.status == 504]
        ['http://shop.example.com:80/slow']
    """

    time: datetime
    client: str | None = None
    client_port: int | None = None
    target: str | None = None
    target_port: int | None = None
    status: int | None = None
    target_status: int | None = None
    method: str | None = None
    url: str | None = None
    user_agent: str | None = None
    waiting_seconds: float | None = None
    target_seconds: float | None = None
    answering_seconds: float | None = None
    received_bytes: int | None = None
    sent_bytes: int | None = None
    tls_protocol: str | None = None
    tls_cipher: str | None = None
    fields: Mapping[str, str] = field(factory=dict[str, str], hash=False, repr=False)
