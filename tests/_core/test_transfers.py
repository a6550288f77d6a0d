from __future__ import annotations

import pickle
from typing import Any

import pytest

from cloudkit import Cloud, InvalidRequest, Transfers, configure, current_cloud
from cloudkit._core import current as current_module


@pytest.mark.parametrize("given", [{"engine": "rust"}, {"checksums": "never"}, {"width": 0}, {"width": 513}])
def test_values_that_make_no_sense(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match=next(iter(given))):
        Transfers(**given)


def test_they_travel_with_the_cloud() -> None:
    cloud = Cloud(region="us-east-1", transfers=Transfers(engine="boto3", width=4))
    assert pickle.loads(pickle.dumps(cloud)).transfers == Transfers(engine="boto3", width=4)
    wide = cloud.with_options(transfers=Transfers(width=8))
    assert wide == cloud
    assert wide.transfers.width == 8
    assert wide.in_region("eu-west-1").transfers.width == 8


def test_they_are_configured_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_module, "_default", None)
    configure(region="us-east-1", transfers=Transfers(width=3))
    assert current_cloud().transfers.width == 3
