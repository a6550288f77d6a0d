"""Taking away what was made with a load balancer, and the load balancer at the end of a `with` block."""

from __future__ import annotations

import warnings
from collections.abc import Callable

from cloudkit._core.cloud import Cloud
from cloudkit._core.deadline import clean_up_time
from cloudkit.elb._making.groups import groups_made_for
from cloudkit.elb._making.guarding import delete_guards
from cloudkit.elb.target_group import delete_when_released
from cloudkit.errors import CloudError
from cloudkit.types import Duration


def delete_parts(balancer: str, cloud: Cloud, *, target_groups: bool, timeout: Duration) -> None:
    """Delete the target groups and the security group that were made with a load balancer.

    Args:
        balancer: Its name.
        cloud: Where it was.
        target_groups: Whether it may have some: a classic one has none.
        timeout: Seconds for each sort of them to be released.
    """
    if target_groups:
        delete_when_released(groups_made_for(balancer, cloud), timeout=timeout)
    delete_guards(balancer, cloud, timeout=timeout)


def end_block(delete: Callable[[], object], error: BaseException | None, *, keep_on_error: bool) -> None:
    """Delete at the end of a block. After an error of the block, one of deleting is a warning; else it is an error."""
    if error is not None and keep_on_error:
        return
    try:
        with clean_up_time():
            delete()
    except CloudError as failure:
        if error is None:
            raise
        warnings.warn(f"not deleted: {failure}", ResourceWarning, stacklevel=3)
