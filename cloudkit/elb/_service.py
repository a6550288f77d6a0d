"""What Elastic Load Balancing calls things that went wrong."""

from __future__ import annotations

from cloudkit._core.service import Service
from cloudkit.elb.errors import ListenerNotFound, LoadBalancerNotFound, TargetGroupNotFound
from cloudkit.errors import AlreadyExists, Conflict, InvalidRequest, LimitExceeded

ELBV2 = Service(
    "elbv2",
    errors={
        "LoadBalancerNotFound": LoadBalancerNotFound,
        "TargetGroupNotFound": TargetGroupNotFound,
        "ListenerNotFound": ListenerNotFound,
        "DuplicateLoadBalancerName": AlreadyExists,
        "DuplicateTargetGroupName": AlreadyExists,
        "DuplicateListener": AlreadyExists,
        # The shapes of these names say something else than they mean.
        "DuplicateTagKeys": InvalidRequest,
        "TargetGroupAssociationLimit": LimitExceeded,
        "OperationNotPermitted": Conflict,
        "IncompatibleProtocols": InvalidRequest,
        "AvailabilityZoneNotSupported": InvalidRequest,
    },
    hints={
        "LoadBalancerNotFound": "LoadBalancer.list() shows those of this account and region",
        "TargetGroupNotFound": "TargetGroup.list() shows those of this account and region",
        "DuplicateLoadBalancerName": "LoadBalancer.ensure(name) takes what is there",
        "DuplicateTargetGroupName": "TargetGroup(name) is the one that is there",
        "DuplicateListener": "the port has a listener already: listener.update(target_group=...) changes it",
        "ResourceInUse": "a listener or rule still uses it: delete that, or the load balancer, first",
        "InvalidTarget": "instances must be running and in the VPC of the target group: instance.wait('running')",
        "OperationNotPermitted": (
            "deletion protection may be on: cloud.call('elbv2', 'modify_load_balancer_attributes',"
            " LoadBalancerArn=balancer.arn, Attributes=[{'Key': 'deletion_protection.enabled', 'Value': 'false'}])"
        ),
        "TargetGroupAssociationLimit": "a target group serves one Application Load Balancer: make another group",
        "HealthUnavailable": "AWS cannot tell the health just now: ask again",
    },
)
