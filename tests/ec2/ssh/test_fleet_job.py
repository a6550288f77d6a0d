"""The sample with a fleet: each instance is a real SSH server with an address and host keys of its own."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from cloudkit import Bucket, Instance, KeyPair, SecurityGroup, local
from cloudkit.ec2 import CommandResults
from tests.ec2.ssh.machines import machines

SAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "fleet_job.py"


def test_the_sample(capsys: pytest.CaptureFixture[str]) -> None:
    with local(), machines() as servers:
        names = runpy.run_path(str(SAMPLE), run_name="__main__")
        instances = Instance.list().to_list()
        assert [each.state for each in instances] == ["terminated"] * 3
        assert not KeyPair.list().to_list(), "it was made for the fleet"
        assert [each.name for each in SecurityGroup.list()] == ["default"]
        assert not Bucket.list().to_list()
        written = [(each.folder / "home" / "share.txt").read_text() for each in servers]
        assert written == names["shares"], "each has its own share"

    results: CommandResults[Instance] = names["results"]
    assert [results[box].exit_code for box in names["fleet"]] == [0, 0, 1]
    assert list(results.failed) == [names["fleet"][2]], "it has stopped no other"

    failed, *collected = capsys.readouterr().out.splitlines()
    assert failed.startswith(f"{names['fleet'][2].id} has failed: factor: ")
    assert sorted(collected) == [
        "2147483649: 3 715827883",
        "4294967297: 641 6700417",
        "600851475143: 71 839 1471 6857",
    ]
