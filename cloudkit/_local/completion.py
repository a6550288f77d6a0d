"""What moto lacks, by service: put there before it is first asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cloudkit._local.alarms import complete_alarms
from cloudkit._local.balancers import complete_balancers
from cloudkit._local.groups import complete_groups
from cloudkit._local.instances import complete_instances
from cloudkit._local.quotas import complete_quotas

COMPLETIONS: Mapping[str, Callable[[], None]] = {
    "autoscaling": complete_groups,
    "cloudwatch": complete_alarms,
    "ec2": complete_instances,
    "elb": complete_balancers,
    "service-quotas": complete_quotas,
    "servicequotas": complete_quotas,  # as signatures name it
}
