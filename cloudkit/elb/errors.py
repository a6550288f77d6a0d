"""What can be missing or fail in load balancing."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import Self

from cloudkit.elb.health import TargetHealth
from cloudkit.errors import NotFound, WaitFailed


class LoadBalancerNotFound(NotFound):
    """The load balancer is not there."""


class TargetGroupNotFound(NotFound):
    """The target group is not there."""


class ListenerNotFound(NotFound):
    """The listener is not there."""


class RuleNotFound(NotFound):
    """The rule is not there."""


class CertificateNotFound(NotFound):
    """The certificate is not there, in ACM of this region or in IAM."""


class TargetUnhealthy(WaitFailed):
    """A target is not healthy, and waiting longer is not expected to help.

    Attributes:
        reason: AWS's code of the first one's reason, such as `"Target.ResponseCodeMismatch"`.
        targets: The targets that were given up, each with its state, reason and advice.
    """

    targets: Sequence[TargetHealth] = ()

    @classmethod
    def of(cls, targets: Sequence[TargetHealth], *, resource: str) -> Self:
        """Build the error for those targets, of which there is at least one."""
        told = "; ".join(f"{row}: {row.description}" if row.description else str(row) for row in targets)
        error = cls(told, service="elbv2", resource=resource, hint=targets[0].advice)
        error.reason = targets[0].reason
        error.targets = tuple(targets)
        return error
