from __future__ import annotations

import re
from typing import Any

import botocore.session
import pytest

from cloudkit._core.partitions import DNS_SUFFIXES, partition_of

_data: Any = botocore.session.get_session().get_data("partitions")
PARTITIONS = {each["id"]: each for each in _data["partitions"]}


@pytest.mark.parametrize("name", DNS_SUFFIXES)
def test_as_aws_publishes_them(name: str) -> None:
    published = PARTITIONS[name]
    assert DNS_SUFFIXES[name] == published["outputs"]["dnsSuffix"]
    regions = [each for each in published["regions"] if re.fullmatch(published["regionRegex"], each)]
    assert regions
    assert {partition_of(each) for each in regions} == {name}
