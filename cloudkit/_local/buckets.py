"""What buckets are called: in moto once for the whole process, here once in each embedded cloud."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, MutableMapping
from typing import Any

from typing_extensions import override

from cloudkit._local.world import alone, speaking


class _BucketNames(MutableMapping[str, Any]):
    """moto's table of all bucket names: one for each embedded cloud, and one for everybody else."""

    def __init__(self, others: dict[str, Any]) -> None:
        self.worlds: dict[str | None, dict[str, Any]] = {None: others}

    def _mine(self) -> dict[str, Any]:
        return self.worlds.setdefault(speaking(), {})

    @override
    def __getitem__(self, name: str) -> Any:
        place = self._mine()[name]
        # `mock_aws` empties all of moto when it begins and ends, and knows nothing of our tables.
        if self._mine() is not self.worlds[None] and not _has_bucket(place, name):
            raise KeyError(name)
        return place

    @override
    def __setitem__(self, name: str, value: Any) -> None:
        self._mine()[name] = value

    @override
    def __delitem__(self, name: str) -> None:
        del self._mine()[name]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._mine())

    @override
    def __len__(self) -> int:
        return len(self._mine())


def _has_bucket(place: tuple[str, str], name: str) -> bool:
    from moto.s3 import models

    partition, account = place
    backends: Any = models.s3_backends
    backend: Any = backends.get(account, {}).get(partition)
    return backend is not None and (name in backend.buckets or name in getattr(backend, "table_buckets", {}))


def forget_buckets(account: str) -> None:
    """Forget what an embedded cloud's buckets were called."""
    names = _bucket_accounts()
    if isinstance(names, _BucketNames):
        names.worlds.pop(account, None)


def _bucket_accounts() -> Any:
    from moto.s3.models import s3_backends

    return s3_backends.bucket_accounts


def separate_buckets() -> None:
    """See to it, once in a process."""
    from moto.s3 import models

    _judge_without_conditions(models.FakeBucket)
    backends: Any = models.s3_backends
    with alone():
        if not isinstance(backends.bucket_accounts, _BucketNames):
            backends.bucket_accounts = _BucketNames(backends.bucket_accounts)


def _judge_without_conditions(bucket_class: Any) -> None:
    """Moto denies whatever a bucket policy has conditions for: within embedded clouds, those statements do not count."""
    thorough = bucket_class.get_permission
    if getattr(thorough, "without_conditions", False):
        return

    def get_permission(bucket: Any, action: str, resource: str) -> Any:
        whole = bucket.policy
        if speaking() is None or whole is None:
            return thorough(bucket, action, resource)
        document = json.loads(whole)
        statements = [each for each in document.get("Statement", []) if not each.get("Condition")]
        judged = copy.copy(bucket)
        judged.policy = json.dumps({**document, "Statement": statements}).encode() if statements else None
        return thorough(judged, action, resource)

    get_permission.without_conditions = True  # type: ignore[attr-defined]  # so that it is put there once
    bucket_class.get_permission = get_permission
