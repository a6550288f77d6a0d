"""A certificate of AWS Certificate Manager."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from attrs import define, field
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing, paged
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit.elb._certificates.finding import ISSUED, KEY_TYPES, names_in, newest_for, row_covers
from cloudkit.elb._certificates.naming import is_certificate_arn
from cloudkit.elb._certificates.services import ACM
from cloudkit.elb.errors import CertificateNotFound
from cloudkit.errors import InvalidRequest
from cloudkit.types import Answer, OpenEnum


class CertificateStatus(OpenEnum):
    """The status of a certificate in ACM."""

    PENDING_VALIDATION = "PENDING_VALIDATION"
    ISSUED = "ISSUED"
    INACTIVE = "INACTIVE"
    EXPIRED = "EXPIRED"
    VALIDATION_TIMED_OUT = "VALIDATION_TIMED_OUT"
    REVOKED = "REVOKED"
    FAILED = "FAILED"


def _check_arn(text: str) -> None:
    if not is_certificate_arn(text) or ":acm:" not in text:
        raise InvalidRequest(
            f"{text!r} is not the ARN of a certificate in ACM",
            hint="Certificate.find('shop.example.com') looks for one by its domain",
        )


@define(eq=False, repr=False)
class Certificate(Resource):
    """A certificate of AWS Certificate Manager, by its ARN. Making one calls nothing.

    ACM renews those that it issued itself. What it issues is asked for in its console, since it wants a proof that the
    domain is yours.

    Args:
        arn: Its ARN.
        cloud: Where it lives: ACM's certificates are in one region each. Default: the current Cloud.

    Raises:
        InvalidRequest: It is not the ARN of a certificate in ACM.

    Examples:
        >>> Certificate.find("shop.example.com").names
        ('shop.example.com',)

    AWS: none
    """

    _service = ACM
    _shown = ("DomainName", "Status")

    arn: str = field()

    status: ClassVar[Attribute[CertificateStatus]] = attribute("Status", CertificateStatus, volatile=True)
    domain: ClassVar[Attribute[str]] = attribute("DomainName", str)
    key: ClassVar[Attribute[str | None]] = attribute("KeyAlgorithm", str, optional=True)
    expires: ClassVar[Attribute[datetime | None]] = attribute("NotAfter", datetime, optional=True)

    def __attrs_post_init__(self) -> None:
        _check_arn(self.arn)

    @property
    def names(self) -> tuple[str, ...]:
        """The domain names that it covers, of which `*.example.com` is one for all with one label more."""
        return names_in(self.raw)

    @classmethod
    def get(cls, arn: str, *, cloud: Cloud | None = None) -> Self:
        """Find a certificate by its ARN. One request.

        Args:
            arn: Its ARN.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The certificate, loaded.

        Raises:
            CertificateNotFound: There is none.

        Examples:
            >>> Certificate.get(Certificate.find("shop.example.com").arn).status
            <CertificateStatus.ISSUED: 'ISSUED'>

        AWS: acm:DescribeCertificate
        """
        return cls(arn, cloud=cloud).refresh()

    @classmethod
    def list(
        cls, *, domain: str | None = None, status: str | None = None, cloud: Cloud | None = None
    ) -> Listing[Self]:
        """The certificates of the region. One request for each 1,000.

        Args:
            domain: Those alone that cover this domain.
            status: Those alone of one status, such as `"ISSUED"`.
            cloud: Where to look. Default: the current Cloud.

        Returns:
            The certificates.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> [certificate.domain for certificate in Certificate.list()]
            ['shop.example.com']

        AWS: acm:ListCertificates, acm:DescribeCertificate
        """
        cloud = cloud_or_current(cloud)
        return paged(
            cloud,
            ACM,
            "list_certificates",
            "CertificateSummaryList",
            lambda row: cls._of_row(row, cloud),
            of="Certificate",
            keep=lambda each: domain is None or row_covers(each._row(), domain, cloud),
            CertificateStatuses=None if status is None else [status],
            Includes={"keyTypes": [*KEY_TYPES]},
        )

    @classmethod
    def find(cls, domain: str, *, cloud: Cloud | None = None) -> Self | None:
        """The newest certificate that is issued and covers a domain. One request for each 1,000.

        Args:
            domain: A host name, such as `"shop.example.com"`, or `"*.example.com"`.
            cloud: Where to look. Default: the current Cloud.

        Returns:
            The certificate, or None.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> Certificate.find("elsewhere.example.org") is None
            True

        AWS: acm:ListCertificates, acm:DescribeCertificate
        """
        cloud = cloud_or_current(cloud)
        try:
            row = newest_for(domain, cloud)
        except CertificateNotFound:
            return None
        return cls._of_row(row, cloud)

    @classmethod
    def _of_row(cls, row: Mapping[str, Any], cloud: Cloud) -> Self:
        # A row of the listing says 100 names at most; older servers leave the status out of it.
        known = {"Status": ISSUED, **row} if row.get("Status") is None else row
        return cls(row["CertificateArn"], cloud=cloud)._learn(known, whole=False)

    def _row(self) -> Mapping[str, Any]:
        return {} if self._snapshot is None else self._snapshot.data

    @override
    def _load(self) -> Answer:
        found: Answer = self._call("describe_certificate", CertificateArn=self.arn)["Certificate"]
        return found
