"""Web sites, and where they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cloudkit import Bucket, local
from cloudkit.errors import InvalidRequest
from cloudkit.s3 import RoutingRule, Website
from tests.conftest import Rig
from tests.faults import FaultServer
from tests.s3.settings.answers import Kept

SITES = [
    Website(),
    Website("home.html"),
    Website("index.html", "404.html"),
    Website(redirect_to="https://example.com"),
    Website(redirect_to="example.com"),
    Website(
        rules=[
            RoutingRule(prefix="docs/", replace_prefix="documents/"),
            RoutingRule(error=404, to="https://example.com", replace_key="missing.html", status=302),
            RoutingRule(to="example.com"),
        ]
    ),
]


@pytest.mark.parametrize("site", SITES)
def test_what_is_set_is_read(faults: FaultServer, site: Website) -> None:
    faults.otherwise(Kept())
    bucket = Bucket("acme-photos", cloud=faults.cloud())
    bucket.website = site
    assert bucket.website == site
    bucket.website = None
    assert bucket.website is None


def test_on_the_embedded_cloud(rig: Rig) -> None:
    bucket = Bucket.create(rig.name("bucket"))
    assert bucket.website is None
    bucket.website = Website("index.html", "404.html", rules=[RoutingRule(prefix="a/", replace_prefix="b/")])
    assert bucket.website == Website(
        "index.html", "404.html", rules=[RoutingRule(prefix="a/", replace_prefix="b/")]
    )
    bucket.website = None
    bucket.website = None
    assert bucket.website is None


@pytest.mark.parametrize(
    ("region", "url"),
    [
        ("us-east-1", "http://acme-site.s3-website-us-east-1.amazonaws.com"),
        ("eu-west-1", "http://acme-site.s3-website-eu-west-1.amazonaws.com"),
        ("us-gov-west-1", "http://acme-site.s3-website-us-gov-west-1.amazonaws.com"),
        ("us-gov-east-1", "http://acme-site.s3-website.us-gov-east-1.amazonaws.com"),
        ("us-east-2", "http://acme-site.s3-website.us-east-2.amazonaws.com"),
        ("eu-central-1", "http://acme-site.s3-website.eu-central-1.amazonaws.com"),
        ("cn-north-1", "http://acme-site.s3-website.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_where_it_is(region: str, url: str) -> None:
    cloud = local(region=region)
    assert Bucket.create("acme-site", cloud=cloud).website_url == url
    cloud.close()


def test_other_servers_say_it_themselves(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest, match="another server"):
        _ = Bucket("acme-photos", cloud=faults.cloud()).website_url


@pytest.mark.parametrize(
    "wrong",
    [
        {"index": ""},
        {"index": "a/index.html"},
        {"redirect_to": "https://example.com/path"},
        {"redirect_to": "ftp://example.com"},
        {"redirect_to": ""},
        {"redirect_to": "https://example.com", "error": "404.html"},
        {"redirect_to": "https://example.com", "rules": [RoutingRule(replace_key="x")]},
        {"rules": [RoutingRule(replace_key="x")] * 51},
    ],
)
def test_sites_that_s3_does_not_take(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        Website(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"prefix": "a/"},
        {"replace_key": "a", "replace_prefix": "b"},
        {"to": "https://example.com/path"},
    ],
)
def test_rules_that_lead_nowhere(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        RoutingRule(**wrong)
