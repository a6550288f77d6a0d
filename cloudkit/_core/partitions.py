"""The parts of AWS that know nothing of each other: which regions are in which, and how their servers are called."""

from __future__ import annotations

from collections.abc import Mapping

AWS = "aws"

# By how a region's name begins; all others are in the first. As in the partitions that AWS publishes with botocore.
_BEGINNINGS = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-iso-", "aws-iso"),
    ("eusc-", "aws-eusc"),
)

# How the names of their servers end: the `dnsSuffix` there.
DNS_SUFFIXES: Mapping[str, str] = {
    AWS: "amazonaws.com",
    "aws-us-gov": "amazonaws.com",
    "aws-cn": "amazonaws.com.cn",
    "aws-eusc": "amazonaws.eu",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
}


def partition_of(region: str) -> str:
    """The partition that a region is in."""
    return next((partition for beginning, partition in _BEGINNINGS if region.startswith(beginning)), AWS)
