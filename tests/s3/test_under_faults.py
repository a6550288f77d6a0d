"""Eight requests in a hundred go wrong, each in another way: nothing wrong may come of it, and little may fail."""

from __future__ import annotations

import hashlib
import random
import threading
from concurrent.futures import ThreadPoolExecutor

from cloudkit import Bucket, Cloud, CloudError
from tests.faults import FaultServer, Reply, Request

OBJECTS = 250
WORKERS = 16


class Shaky:
    """A store that answers, cuts, resets or refuses, by the throw of a die that always falls alike."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}
        self._die = random.Random(8)
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Reply:
        with self._lock:
            thrown = self._die.random()
        if thrown < 0.03:
            return Reply.s3_error("SlowDown", status=503)
        if thrown < 0.05:
            return Reply.s3_error("InternalError", status=500)
        if thrown < 0.07:
            return Reply(reset=True)
        if request.method == "PUT":
            self._kept[request.path] = request.body
            return Reply(headers={"ETag": f'"{hashlib.md5(request.body).hexdigest()}"'})
        body = self._kept[request.path]
        start = int(request.headers.get("Range", "bytes=0-")[len("bytes=") : -1])
        headers = {"ETag": '"1"', "Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"}
        cut = (len(body) - start) // 2 if thrown < 0.08 else None
        return Reply(206 if start else 200, body[start:], headers, cut_after=cut)


def test_nothing_wrong_comes_of_it(faults: FaultServer) -> None:
    faults.otherwise(Shaky())
    bucket = Bucket("acme", cloud=Cloud(region="us-east-1", endpoint_url=faults.url))

    def content(number: int) -> bytes:
        return str(number).encode() * 500

    def write(number: int) -> bool:
        try:
            bucket[str(number)].write_bytes(content(number))
        except CloudError:
            return False
        return True

    def read(number: int) -> bool:
        try:
            found = bucket[str(number)].read_bytes()
        except CloudError:
            return False
        assert found == content(number)
        return True

    with ThreadPoolExecutor(WORKERS) as pool:
        done = list(pool.map(write, range(OBJECTS))) + list(pool.map(read, range(OBJECTS)))
    assert sum(done) >= 0.995 * len(done)
    assert len(faults.requests) <= 1.3 * len(done)
