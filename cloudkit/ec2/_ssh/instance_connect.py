"""EC2 Instance Connect: a key that AWS gives to an instance for a minute."""

from __future__ import annotations

from cloudkit._core.service import Service
from cloudkit.ec2._ssh.hops import Box
from cloudkit.ec2.errors import InstanceNotFound
from cloudkit.errors import Conflict, Throttled

CONNECT = Service(
    "ec2-instance-connect",
    errors={
        "EC2InstanceNotFoundException": InstanceNotFound,
        "EC2InstanceStateInvalidException": Conflict,
        "EC2InstanceTypeInvalidException": Conflict,
        "EC2InstanceUnavailableException": Conflict,
        "ThrottlingException": Throttled,
    },
    hints={
        "AuthException": "the policy needs ec2-instance-connect:SendSSHPublicKey on the instance",
        "EC2InstanceStateInvalidException": "box.wait('running') first",
        "EC2InstanceUnavailableException": "it may still be starting: box.wait_ready('status') first",
    },
)


def send_public_key(box: Box, user: str, public: str) -> None:
    """Let whoever has the other half in as that user, for 60 seconds. One request; twice is as good."""
    box.cloud.invoke(
        CONNECT,
        "send_ssh_public_key",
        {"InstanceId": box.id, "InstanceOSUser": user, "SSHPublicKey": public},
        about=box.id,
    )
