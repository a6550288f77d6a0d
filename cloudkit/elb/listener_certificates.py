"""The certificates of a listener."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import frozen
from typing_extensions import override

from cloudkit._core.cloud import Cloud
from cloudkit.elb._certificates.finding import certificate_arn
from cloudkit.elb._certificates.naming import checked_certificate
from cloudkit.elb._service import ELBV2
from cloudkit.errors import InvalidRequest
from cloudkit.types import Answer, HasArn


@frozen(eq=False)
class ListenerCertificates:
    """The certificates of a listener: the default one, and those for other host names. Iterating gives their ARNs.

    Examples:
        >>> listener = LoadBalancer("secure").listeners().one()
        >>> len(list(listener.certificates))
        1
    """

    listener_arn: str
    cloud: Cloud

    def __iter__(self) -> Iterator[str]:
        """The ARNs, the default one's first. One request for each 400."""
        rows = list(self._rows())
        ordered = sorted(rows, key=lambda row: not row.get("IsDefault"))
        yield from dict.fromkeys(str(row["CertificateArn"]) for row in ordered)

    def __contains__(self, certificate: object) -> bool:
        """Whether it is one of them: a certificate, or its ARN. One request."""
        wanted = certificate.arn if isinstance(certificate, HasArn) else certificate
        return any(arn == wanted for arn in self)

    @property
    def default(self) -> str | None:
        """The ARN of the one for clients that name no host, or another one. `listener.update(certificate=...)` sets it."""
        return next((str(row["CertificateArn"]) for row in self._rows() if row.get("IsDefault")), None)

    def _rows(self) -> Iterator[Answer]:
        for page in self.cloud.pages(
            ELBV2, "describe_listener_certificates", about=self.listener_arn, ListenerArn=self.listener_arn
        ):
            yield from page.get("Certificates", [])

    def add(self, *certificates: HasArn | str) -> None:
        """Add certificates; each client gets the one for the host name that it asks for. One request.

        Args:
            *certificates: Objects, ARNs, or domain names, which are looked up in ACM.

        Raises:
            CertificateNotFound: There is no such certificate.
            LimitExceeded: The load balancer has 25 besides the default ones, or what AWS has raised that to.
            ListenerNotFound: The listener is not there.

        Examples:
            >>> listener = LoadBalancer("secure").listeners().one()
            >>> listener.certificates.add(ServerCertificate("shop"))
            >>> ServerCertificate("shop") in listener.certificates
            True

        AWS: elbv2:AddListenerCertificates, acm:ListCertificates
        """
        self._call("add_listener_certificates", certificates)

    def remove(self, *certificates: HasArn | str) -> None:
        """Take certificates away, but for the default one; fine if they are not there. One request.

        Args:
            *certificates: Objects, ARNs, or domain names, which are looked up in ACM.

        Raises:
            Conflict: It is the default one.
            ListenerNotFound: The listener is not there.

        Examples:
            >>> listener = LoadBalancer("secure").listeners().one()
            >>> listener.certificates.add(ServerCertificate("shop"))
            >>> listener.certificates.remove(ServerCertificate("shop"))
            >>> ServerCertificate("shop") in listener.certificates
            False

        AWS: elbv2:RemoveListenerCertificates, acm:ListCertificates
        """
        self._call("remove_listener_certificates", certificates)

    def _call(self, operation: str, certificates: Iterable[HasArn | str]) -> None:
        arns = [certificate_arn(checked_certificate(each), self.cloud) for each in certificates]
        if not arns:
            raise InvalidRequest("no certificate was given")
        params = {"ListenerArn": self.listener_arn, "Certificates": [{"CertificateArn": arn} for arn in arns]}
        self.cloud.invoke(ELBV2, operation, params, about=self.listener_arn)

    @override
    def __repr__(self) -> str:
        return f"<ListenerCertificates of {self.listener_arn}>"
