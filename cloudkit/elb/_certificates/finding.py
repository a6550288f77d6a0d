"""The certificate in ACM that covers a domain name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from cloudkit._core.cloud import Cloud
from cloudkit._core.params import as_datetime
from cloudkit.elb._certificates.naming import is_certificate_arn
from cloudkit.elb._certificates.services import ACM
from cloudkit.elb.errors import CertificateNotFound
from cloudkit.types import Answer, HasArn

# Without them ListCertificates leaves out all but RSA with 1024 and 2048 bits.
KEY_TYPES = (
    "RSA_1024",
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "EC_prime256v1",
    "EC_secp384r1",
    "EC_secp521r1",
)
ISSUED = "ISSUED"
_SHOWN = 10
_LONG_AGO = datetime.min.replace(tzinfo=timezone.utc)


def certificate_arn(given: HasArn | str, cloud: Cloud) -> str:
    """The ARN of a certificate that was given as an object, as an ARN, or as a domain name, which is looked up."""
    if not isinstance(given, str):
        return given.arn
    return given if is_certificate_arn(given) else str(newest_for(given, cloud)["CertificateArn"])


def covers(names: Iterable[str], domain: str) -> bool:
    """Whether one of a certificate's names is the domain, or a wildcard for its last label."""
    wanted = domain.lower().rstrip(".")
    parent = wanted.partition(".")[2]
    plain = {name.lower().rstrip(".") for name in names}
    return wanted in plain or (bool(parent) and not wanted.startswith("*.") and f"*.{parent}" in plain)


def names_in(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The names in a row of ListCertificates or DescribeCertificate."""
    more = row.get("SubjectAlternativeNames") or row.get("SubjectAlternativeNameSummaries") or ()
    return tuple(dict.fromkeys(str(name) for name in (row.get("DomainName"), *more) if name))


def newest_for(domain: str, cloud: Cloud) -> Answer:
    """The row of the newest certificate that is issued and covers the domain. One request for each 1,000."""
    rows = [
        row
        for page in cloud.pages(ACM, "list_certificates", about=domain, Includes={"keyTypes": [*KEY_TYPES]})
        for row in page.get("CertificateSummaryList", [])
    ]
    fit = [row for row in rows if row.get("Status", ISSUED) == ISSUED and row_covers(row, domain, cloud)]
    if fit:
        newest: Answer = max(fit, key=_since)
        return newest
    raise CertificateNotFound(
        f"ACM has no issued certificate for {domain}; there {_told(rows)}",
        service=ACM.name,
        operation="ListCertificates",
        resource=domain,
        hint=f"another region? ACM's certificates are in one region each; this is {cloud.region}",
    )


def row_covers(row: Mapping[str, Any], domain: str, cloud: Cloud) -> bool:
    """As `covers`, of a row of ListCertificates: one that tells not all names, which are 100 at most, is looked up."""
    if covers(names_in(row), domain):
        return True
    if "SubjectAlternativeNameSummaries" in row and not row.get("HasAdditionalSubjectAlternativeNames"):
        return False
    arn = row["CertificateArn"]
    answer = cloud.invoke(ACM, "describe_certificate", {"CertificateArn": arn}, about=arn)
    return covers(names_in(answer["Certificate"]), domain)


def _since(row: Mapping[str, Any]) -> datetime:
    """Since when it is valid. What begins later was made to replace what ends earlier."""
    for name in ("IssuedAt", "ImportedAt", "NotBefore", "CreatedAt"):
        if row.get(name) is not None:
            return as_datetime(row[name])
    return _LONG_AGO


def _told(rows: Iterable[Mapping[str, Any]]) -> str:
    told = [f"{', '.join(names_in(row)[:3])} ({row.get('Status', ISSUED)})" for row in rows]
    if not told:
        return "are none at all"
    more = f"; and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    return f"are {'; '.join(told[:_SHOWN])}{more}"
