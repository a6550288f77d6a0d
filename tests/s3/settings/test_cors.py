"""CORS rules: a list that writes through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cloudkit import Bucket
from cloudkit.errors import InvalidRequest
from cloudkit.s3 import CorsRule
from tests.conftest import Rig
from tests.faults import FaultServer
from tests.s3.settings.answers import Kept

ONE = CorsRule("https://one.example")
TWO = CorsRule(
    ["https://two.example", "https://*.two.example"],
    ["PUT", "POST"],
    headers="*",
    expose=["ETag"],
    max_age=3600,
    id="two",
)
THREE = CorsRule("*", ["HEAD"])


def test_it_is_a_list(rig: Rig) -> None:
    bucket = Bucket.create(rig.name("bucket"))
    assert bucket.cors == []
    assert not bucket.cors
    bucket.cors.append(ONE)
    bucket.cors.extend([THREE])
    bucket.cors.insert(1, TWO)
    assert bucket.cors == [ONE, TWO, THREE]
    assert bucket.cors[1] == TWO
    assert bucket.cors[1:] == [TWO, THREE]
    assert ONE in bucket.cors
    bucket.cors[0] = THREE
    bucket.cors[1:2] = [ONE]
    assert bucket.cors == [THREE, ONE, THREE]
    del bucket.cors[0]
    bucket.cors.remove(THREE)
    assert len(bucket.cors) == 1
    bucket.cors += [TWO]
    assert bucket.cors == bucket.cors == [ONE, TWO]
    assert bucket.cors.pop() == TWO
    bucket.cors.clear()
    assert bucket.cors == []
    bucket.cors = [TWO]
    assert bucket.cors == [TWO]
    bucket.cors = None
    assert bucket.cors == []
    assert (bucket.cors == "x") is False


def test_the_last_one_that_goes_takes_the_setting_along(faults: FaultServer) -> None:
    faults.otherwise(Kept())
    bucket = Bucket("acme-photos", cloud=faults.cloud())
    bucket.cors.append(ONE)
    del bucket.cors[0]
    assert [request.method for request in faults.requests] == ["GET", "PUT", "GET", "DELETE"]
    faults.requests.clear()
    bucket.cors.extend([ONE, TWO, THREE])
    assert [request.method for request in faults.requests] == ["GET", "PUT"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"origins": []},
        {"origins": "*", "methods": []},
        {"origins": "*", "methods": "PATCH"},
        {"origins": "https://*.*.example"},
        {"origins": "*", "headers": ["x-*-*"]},
        {"origins": "*", "max_age": -1},
    ],
)
def test_rules_that_s3_does_not_take(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        CorsRule(**wrong)


def test_a_hundred_rules_are_enough(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest, match="up to 100"):
        Bucket("acme-photos", cloud=faults.cloud()).cors = [ONE] * 101
    assert faults.requests == []
