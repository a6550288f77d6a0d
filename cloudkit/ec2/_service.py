"""What EC2 calls things that went wrong."""

from __future__ import annotations

from cloudkit._core.service import Service

EC2 = Service("ec2", has_boto3_resource=True)
