from __future__ import annotations

import pytest

from cloudkit.sns._arn import Arn
from cloudkit.sns._verifying.certificate import signing_key
from cloudkit.sns.errors import NotificationRefused
from tests.conftest import Rig
from tests.sns.signing import PATH, Certificates, certificate


@pytest.mark.parametrize(
    ("region", "name"),
    [
        ("us-east-1", "sns.amazonaws.com"),
        ("eu-central-1", "sns.amazonaws.com"),
        ("me-south-1", "sns-signing.me-south-1.amazonaws.com"),
        ("af-south-1", "sns-signing.af-south-1.amazonaws.com"),
        ("cn-north-1", "sns-cn-north-1.amazonaws.com.cn"),
        ("cn-northwest-1", "sns-cn-northwest-1.amazonaws.com.cn"),
        ("us-gov-west-1", "sns-us-gov-west-1.amazonaws.com"),
        ("us-gov-east-1", "sns-us-gov-west-1.amazonaws.com"),
        ("us-iso-east-1", "sns-us-iso-east-1.c2s.ic.gov"),
        ("eusc-de-east-1", "sns-signing.eusc-de-east-1.amazonaws.eu"),
    ],
)
def test_the_names_that_sns_s_certificates_have(rig: Rig, region: str, name: str) -> None:
    partition, suffix = {
        "cn": ("aws-cn", "amazonaws.com.cn"),
        "us-gov": ("aws-us-gov", "amazonaws.com"),
        "us-iso": ("aws-iso", "c2s.ic.gov"),
        "eusc": ("aws-eusc", "amazonaws.eu"),
    }.get(
        next((each for each in ("cn", "us-gov", "us-iso", "eusc") if region.startswith(f"{each}-")), ""),
        ("aws", "amazonaws.com"),
    )
    topic = Arn(partition, "sns", region, "123456789012", "news")
    url = f"https://sns.{region}.{suffix}{PATH}"
    certificates = Certificates(certificate(name=name))
    assert signing_key(url, topic, rig.cloud, certificates).key_size == 2048
    # It is that of no other region's, but where the oldest share one.
    if "signing" in name:
        other = Arn("aws", "sns", "us-east-1", "123456789012", "news")
        with pytest.raises(NotificationRefused):
            signing_key(f"https://sns.us-east-1.amazonaws.com{PATH}", other, rig.cloud, certificates)
