"""A bucket in memory that can only be listed: pages of any size, and a count of the requests."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

from cloudkit import Bucket
from cloudkit.testing import FakeClock


class Listed:
    """The calls that a Bucket makes of its Cloud to list."""

    def __init__(self, keys: Sequence[str], page: int = 3) -> None:
        self.keys = sorted(set(keys))
        self.page = page
        self.asked: list[dict[str, Any]] = []
        self.clock = FakeClock()

    @property
    def bucket(self) -> Bucket:
        made: Any = Bucket
        bucket: Bucket = made("acme-photos", cloud=self)
        return bucket

    def invoke(self, service: object, operation: str, params: dict[str, Any], *, about: object) -> Any:
        assert operation == "list_objects_v2"
        given = {name: value for name, value in params.items() if value is not None}
        self.asked.append(given)
        prefix, delimiter = given.get("Prefix", ""), given.get("Delimiter")
        entries: dict[str, bool] = {}
        for key in self.keys:
            if key.startswith(prefix):
                end = key.find(delimiter, len(prefix)) + 1 if delimiter else 0
                entries.setdefault(key[:end] if end else key, bool(end))
        names = sorted(entries)
        after = given.get("ContinuationToken") or given.get("StartAfter") or ""
        first = bisect_right(names, after) if after else 0
        shown = names[first : first + min(self.page, given.get("MaxKeys", self.page))]
        more = first + len(shown) < len(names)
        return {
            "Contents": [{"Key": name, "Size": 1, "ETag": '"x"'} for name in shown if not entries[name]],
            "CommonPrefixes": [{"Prefix": name} for name in shown if entries[name]],
            "IsTruncated": more,
            **({"NextContinuationToken": shown[-1]} if more else {}),
        }

    def pages(
        self,
        service: object,
        operation: str,
        *,
        page_size: int | None = None,
        aws: object = None,
        about: object = None,
        **params: Any,
    ) -> Iterator[Any]:
        token: str | None = None
        while True:
            more = {"ContinuationToken": token} if token else {}
            sized = {"MaxKeys": page_size} if page_size is not None else {}
            page = self.invoke(service, operation, {**params, **sized, **more}, about=about)
            yield page
            token = page.get("NextContinuationToken")
            if token is None:
                return
