"""Who moves the content of small objects: boto3 always, or obstore where it is there and can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudkit.s3._engine.plain import Plain
from cloudkit.s3._engine.protocol import Engine

if TYPE_CHECKING:
    from cloudkit._core.cloud import Cloud

_PLAIN = Plain()


def engine_for(cloud: Cloud) -> Engine:
    """The engine of a Cloud: chosen once, and kept with its connections."""
    if cloud.session is not None or cloud.transfers.engine == "boto3":
        return _PLAIN
    return cloud.kept(("s3-engine",), lambda: _chosen(cloud))


def _chosen(cloud: Cloud) -> Engine:
    try:
        from cloudkit.s3._engine.native import native_engine
    except ImportError:
        return _PLAIN  # the extra `fast` is not installed
    return native_engine(cloud, _PLAIN) or _PLAIN
