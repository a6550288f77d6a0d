from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from cloudkit import AccessDenied, InvalidRequest
from cloudkit.elb import Certificate, CertificateNotFound, Https, Listener, LoadBalancer
from cloudkit.elb._certificates.finding import certificate_arn, covers, row_covers
from cloudkit.elb._certificates.naming import checked_certificate
from tests.conftest import Rig
from tests.elb.certificates import BEGINS, Made, made
from tests.faults import FaultServer, Reply

ARN = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"


def imported(rig: Rig, own: Made) -> str:
    return str(
        rig.cloud.call(
            "acm", "import_certificate", Certificate=own.pem.encode(), PrivateKey=own.key_pem.encode()
        )["CertificateArn"]
    )


def test_by_domain(rig: Rig) -> None:
    domain = f"{rig.name('shop')}.example.com"
    old = imported(rig, made(domain, f"*.{domain}"))
    found = Certificate.find(f"www.{domain}")
    assert found is not None
    assert found.arn == old
    assert found.status == "ISSUED"
    assert found.domain == domain
    assert found.names == (domain, f"*.{domain}")
    assert found.expires is not None
    assert Certificate.get(old).key == "EC_prime256v1"
    assert [each.arn for each in Certificate.list(domain=domain)] == [old]
    assert Certificate.list(domain=domain, status="EXPIRED").to_list() == []
    assert Certificate.find(f"a.b.{domain}") is None
    balancer = LoadBalancer.create(rig.name("lb"))
    listener = Listener.create(
        balancer, 443, target_group=balancer.target_groups().one(), certificate=f"www.{domain}"
    )
    assert listener.certificate_arn == old
    assert found in listener.certificates


def test_the_newest_one_that_is_issued_is_taken(faults: FaultServer) -> None:
    def row(number: int, status: str = "ISSUED") -> dict[str, object]:
        at = (BEGINS + timedelta(days=number)).timestamp()
        return {
            "CertificateArn": f"{ARN[:-1]}{number}",
            "DomainName": "shop.example.com",
            "SubjectAlternativeNameSummaries": ["shop.example.com"],
            "Status": status,
            "IssuedAt": at,
        }

    rows = [row(1), row(3), row(2), row(4, "PENDING_VALIDATION")]
    faults.otherwise(Reply.json({"CertificateSummaryList": rows}))
    cloud = faults.cloud()
    assert certificate_arn("shop.example.com", cloud).endswith("3")
    assert set(faults.requests[0].json["Includes"]["keyTypes"]) > {"RSA_4096", "EC_prime256v1"}
    with pytest.raises(CertificateNotFound) as caught:
        certificate_arn("www.example.com", cloud)
    assert "shop.example.com (PENDING_VALIDATION)" in caught.value.message
    assert "us-east-1" in str(caught.value.hint)
    faults.otherwise(Reply.json({"CertificateSummaryList": []}))
    with pytest.raises(CertificateNotFound, match="none at all"):
        certificate_arn("www.example.com", cloud)


def test_names_behind_the_hundredth(faults: FaultServer) -> None:
    row = {
        "CertificateArn": ARN,
        "DomainName": "a.example.com",
        "SubjectAlternativeNameSummaries": ["a.example.com"],
        "HasAdditionalSubjectAlternativeNames": True,
    }
    names = {"Certificate": {"DomainName": "a.example.com", "SubjectAlternativeNames": ["z.example.com"]}}
    faults.otherwise(Reply.json(names))
    assert row_covers(row, "z.example.com", faults.cloud())
    assert faults.operations == ["DescribeCertificate"]
    assert not row_covers(
        {**row, "HasAdditionalSubjectAlternativeNames": False}, "z.example.com", faults.cloud()
    )


@given(st.lists(st.sampled_from(["a", "b", "*"]), min_size=1, max_size=4), st.sampled_from("ab"))
def test_what_a_wildcard_covers(labels: list[str], first: str) -> None:
    """One label, and no more: RFC 6125."""
    name = ".".join(["*", *("x" if label == "*" else label for label in labels)])
    under = name.partition(".")[2]
    assert covers([name], f"{first}.{under}".upper())
    assert not covers([name], under)
    assert not covers([name], f"{first}.{first}.{under}")
    assert covers([name], name)


def test_errors(faults: FaultServer) -> None:
    faults.otherwise(Reply.json_error("ResourceNotFoundException"))
    with pytest.raises(CertificateNotFound):
        Certificate.get(ARN, cloud=faults.cloud())
    assert not Certificate(ARN, cloud=faults.cloud()).exists()
    faults.otherwise(Reply.json_error("AccessDeniedException", status=403))
    with pytest.raises(AccessDenied):
        Certificate.find("shop.example.com", cloud=faults.cloud())
    with pytest.raises(InvalidRequest, match="not the ARN"):
        Certificate("shop.example.com")


def test_what_names_a_certificate(faults: FaultServer) -> None:
    cloud = faults.cloud()
    certificate = Certificate(ARN, cloud=cloud)
    assert certificate_arn(checked_certificate(certificate), cloud) == certificate_arn(ARN, cloud) == ARN
    assert Https(8080, certificate).certificate == certificate
    assert faults.requests == []
