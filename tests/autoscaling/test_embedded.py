"""What the embedded cloud adds to moto is there within embedded clouds alone."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from cloudkit import AlreadyExists, InvalidRequest
from cloudkit.autoscaling import AutoScalingGroup
from cloudkit.ec2 import LaunchTemplate
from tests.autoscaling.answers import IMAGE
from tests.conftest import Rig


def test_moto_outside_of_it_is_moto_s_own(rig: Rig) -> None:
    template = LaunchTemplate.create(rig.name("web"), image=IMAGE, type="t3.micro")
    made = AutoScalingGroup.create(rig.name("web"), template, min=0, max=1)
    with pytest.raises(AlreadyExists):
        AutoScalingGroup.create(made.name, template, min=0, max=1)
    with mock_aws():
        there = boto3.client("autoscaling", region_name="us-east-1")
        there.create_launch_configuration(
            LaunchConfigurationName="plain", ImageId=IMAGE, InstanceType="t3.micro"
        )
        for _ in range(2):  # moto lets one overwrite another
            there.create_auto_scaling_group(
                AutoScalingGroupName="web",
                LaunchConfigurationName="plain",
                MinSize=0,
                MaxSize=1,
                DesiredCapacity=0,
                AvailabilityZones=["us-east-1a"],
            )
        assert there.describe_scaling_activities(AutoScalingGroupName="nothing")["Activities"] == []
        with pytest.raises((NotImplementedError, ClientError)):
            there.start_instance_refresh(AutoScalingGroupName="web")


def test_standby_needs_what_is_in_service(rig: Rig) -> None:
    template = LaunchTemplate.create(rig.name("web"), image=IMAGE, type="t3.micro")
    made = AutoScalingGroup.create(rig.name("web"), template, min=0, max=3, desired=1)
    (box,) = made.instances()
    params = {"AutoScalingGroupName": made.name, "InstanceIds": [box.id]}
    with pytest.raises(InvalidRequest, match="is not in Standby"):
        rig.cloud.call("autoscaling", "exit_standby", **params)
    with pytest.raises(InvalidRequest, match="is not part of"):
        rig.cloud.call("autoscaling", "exit_standby", **{**params, "InstanceIds": ["i-0123456789abcdef9"]})
    with pytest.raises(InvalidRequest, match="already part of"):
        rig.cloud.call("autoscaling", "attach_instances", **params)


def test_a_group_takes_what_belongs_to_it_along(rig: Rig) -> None:
    template = LaunchTemplate.create(rig.name("web"), image=IMAGE, type="t3.micro")
    name = rig.name("web")
    with AutoScalingGroup.create(name, template, min=1, max=3) as first:
        first.track(first.metrics.cpu, 50)
        first.schedule("evening", "0 20 * * *", desired=1)
        first.protect(*first.instances())
        boxes = first.instances()
    assert set(boxes.states()) == {"terminated"}
    with AutoScalingGroup.create(name, template, min=0, max=3) as second:
        assert second.policies().to_list() == second.schedules().to_list() == []
        assert second.activities().to_list() == []
