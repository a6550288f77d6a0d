from __future__ import annotations

import pytest

from cloudkit import Object
from cloudkit.errors import AccessDenied
from tests.faults import FaultServer, Reply


def test_what_is_refused_may_be_missing(faults: FaultServer) -> None:
    """Without s3:ListBucket S3 says 403 where it would say 404."""
    thing = Object("acme", "k", cloud=faults.cloud())
    faults.replies(Reply(403), Reply.s3_error("AccessDenied", status=403))
    for use in (thing.refresh, thing.read_bytes):
        with pytest.raises(AccessDenied, match="s3:ListBucket"):
            use()
