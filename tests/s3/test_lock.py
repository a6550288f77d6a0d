from __future__ import annotations

import json
import os
import pickle
import threading
import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest

from cloudkit import Bucket, Cloud, local
from cloudkit._core.workers import in_parallel
from cloudkit.errors import AccessDenied, CloudError, Conflict, InvalidRequest
from cloudkit.s3 import BucketNotFound, LockHeld, LockLost, lock as lock_module
from tests.conftest import ENDPOINT_URL, Rig
from tests.faults import FaultServer, Reply, Request


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    return Bucket.create(rig.name("locks"))


def note_in(bucket: Bucket, name: str = "job") -> dict[str, Any]:
    return bucket[f".locks/{name}"].read_json(dict[str, Any])


# -- holding -----------------------------------------------------------------------------------------------------


def test_one_at_a_time(bucket: Bucket) -> None:
    with bucket.lock("job", holder="first") as held:
        assert (held.name, held.fence, held.lost) == ("job", 1, False)
        held.check()
        assert repr(held) == f"<Lock 'job' on s3://{bucket.name}/.locks/job held>"
        with pytest.raises(LockHeld, match="held by first since") as caught, bucket.lock("job"):
            raise AssertionError("not reached")
        assert isinstance(caught.value, Conflict)
        assert caught.value.holder == "first"
        assert caught.value.since is not None
        assert datetime.now(timezone.utc) - caught.value.since < timedelta(minutes=1)
        arrived = pickle.loads(pickle.dumps(caught.value))
        assert (arrived.holder, arrived.since) == ("first", caught.value.since)
        with bucket.lock("another job"):
            pass
    assert held.fence == 0
    assert "free" in repr(held)
    with bucket.lock("job") as again:
        assert again.fence == 2
        assert note_in(bucket)["holder"].endswith(f":{os.getpid()}")
    with held:
        assert held.fence == 3
        with pytest.raises(InvalidRequest, match="held already"):
            held.__enter__()
    assert note_in(bucket)["held"] is False


def test_an_exception_gives_it_back_and_stays(bucket: Bucket) -> None:
    with pytest.raises(KeyError), bucket.lock("job"):
        raise KeyError
    with bucket.lock("job"):
        pass


def test_arguments_that_make_no_sense(faults: FaultServer) -> None:
    bucket = Bucket("acme", cloud=faults.cloud())
    for options, said in (({"ttl": 0}, "ttl=0"), ({"ttl": -1}, "ttl=-1"), ({"wait": -1}, "wait=-1")):
        with pytest.raises(InvalidRequest, match=said):
            bucket.lock("job", **options)  # type: ignore[arg-type]
    assert faults.requests == []


def test_where_no_lock_can_be(rig: Rig, faults: FaultServer) -> None:
    with pytest.raises(BucketNotFound), Bucket(rig.name("nowhere")).lock("job"):
        raise AssertionError("not reached")
    faults.otherwise(Reply.s3_error("AccessDenied", status=403))
    with pytest.raises(AccessDenied), Bucket("acme", cloud=faults.cloud()).lock("job"):
        raise AssertionError("not reached")


def test_what_is_no_lock_is_left_alone(bucket: Bucket) -> None:
    for content in ("hello", "{}", "[1]", '{"token": 1}'):
        bucket[".locks/job"].write_text(content)
        with pytest.raises(LockHeld, match="another"), bucket.lock("job", wait=10):
            raise AssertionError("not reached")
        assert bucket[".locks/job"].read_text() == content


# -- waiting and taking over -------------------------------------------------------------------------------------


def test_waiting_for_it(bucket: Bucket, rig: Rig) -> None:
    with bucket.lock("job", ttl=1000), pytest.raises(LockHeld), bucket.lock("job", wait=10):
        raise AssertionError("not reached")
    assert sum(rig.clock.slept) == pytest.approx(10)
    assert rig.clock.slept[:4] == [0.5, 1.0, 2.0, 4.0]


def test_a_lock_that_nobody_renews_is_taken_over(bucket: Bucket, rig: Rig) -> None:
    """By what the one who waits has seen: no change for as long as it lasts."""
    dead = {
        "token": "t",
        "holder": "dead",
        "fence": 7,
        "ttl": 30,
        "since": "2026-01-01T00:00:00+00:00",
        "renewals": 0,
        "held": True,
    }
    bucket[".locks/job"].write_json(dead)
    with pytest.raises(LockHeld, match="dead"), bucket.lock("job", wait=20):
        raise AssertionError("not reached")
    before = rig.clock.now()
    with bucket.lock("job", wait=60) as taken:
        assert taken.fence == 8
    assert 30 <= rig.clock.now() - before < 36


class Place:
    """A server with one object, which keeps the conditions, and a clock of its own."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=timezone.utc)
        self.body: bytes | None = None
        self.written = self.now
        self.number = 0
        self.lose = 0  # answers to get lost
        self.refuse = 0
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Reply:
        with self._lock:
            return self._answer(request)

    def _answer(self, request: Request) -> Reply:
        times = {"Last-Modified": format_datetime(self.written, usegmt=True), "ETag": f'"{self.number}"'}
        if request.method == "GET":
            if self.body is None:
                return Reply.s3_error("NoSuchKey")
            return Reply(200, self.body, {**times, "X-Date": format_datetime(self.now, usegmt=True)})
        if request.method == "HEAD":
            return Reply(404 if self.body is None else 200, b"", {**times, "Content-Length": "1"})
        if self.refuse:
            self.refuse -= 1
            return Reply.s3_error("SlowDown", status=503)
        match = request.headers.get("If-Match")
        if (self.body is None and match) or (self.body is not None and match != f'"{self.number}"'):
            return Reply.s3_error("PreconditionFailed", status=412)
        self.body, self.written, self.number = request.body, self.now, self.number + 1
        if self.lose:
            self.lose -= 1
            return Reply(reset=True)
        return Reply(200, b"", {"ETag": f'"{self.number}"'})


@pytest.mark.parametrize(
    ("headers", "age"),
    [
        ({"date": "Thu, 01 Jan 2026 00:01:00 GMT"}, 60.0),
        ({"date": "Thu, 01 Jan 2026 00:00:00 GMT"}, 0.0),
        ({"date": "nonsense"}, 0.0),
        ({}, 0.0),
    ],
)
def test_the_age_is_by_the_server_s_clock(headers: dict[str, str], age: float) -> None:
    answer = {
        "ResponseMetadata": {"HTTPHeaders": headers},
        "LastModified": datetime(2026, 1, 1, tzinfo=timezone.utc),
    }
    assert lock_module._age(answer) == age


@pytest.mark.parametrize(
    ("age", "unchanged", "held", "free"),
    [
        (0, 0, True, False),
        (0, 0, False, True),
        (30, 0, True, False),  # times are whole seconds: it may be younger
        (30.9, 0, True, False),
        (31, 0, True, True),
        (0, 29.9, True, False),
        (0, 30, True, True),
    ],
)
def test_when_a_lock_is_free(age: float, unchanged: float, held: bool, free: bool) -> None:
    note = lock_module._Note("t", "h", 1, 30.0, "2026-01-01T00:00:00+00:00", 0, held)
    assert lock_module._is_free(lock_module._Seen('"1"', note, age), unchanged) is free
    assert lock_module._is_free(lock_module._Seen('"1"', None, age), unchanged) is False


def test_a_lock_that_ended_by_the_server_s_clock_is_taken_at_once(faults: FaultServer) -> None:
    note = lock_module._Note("t", "dead", 3, 30.0, "2026-01-01T00:00:00+00:00")
    # The server's own `Date` is of today, so that what was written in January is old.
    written = {"Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT", "ETag": '"1"'}
    faults.replies(Reply(200, note.body(), written), Reply(200, b"", {"ETag": '"2"'}))
    with Bucket("acme", cloud=faults.cloud()).lock("job") as taken:
        assert taken.fence == 4
        faults.otherwise(Reply(200, b"", {"ETag": '"3"'}))
    assert faults.requests[1].headers["If-Match"] == '"1"'
    assert faults.requests[2].headers["If-Match"] == '"2"'
    assert json.loads(faults.requests[2].body)["held"] is False
    assert faults.clock.slept == []


def test_another_is_quicker(faults: FaultServer) -> None:
    note = lock_module._Note("t", "quick", 1, 30.0, datetime.now(timezone.utc).isoformat())
    now = format_datetime(datetime.now(timezone.utc), usegmt=True)
    there = Reply(200, note.body(), {"Last-Modified": now, "ETag": '"1"'})
    faults.replies(Reply.s3_error("NoSuchKey"), Reply.s3_error("PreconditionFailed", status=412))
    faults.otherwise(there)
    with pytest.raises(LockHeld, match="quick"), Bucket("acme", cloud=faults.cloud()).lock("job"):
        raise AssertionError("not reached")
    assert faults.requests[1].headers["If-None-Match"] == "*"


def test_an_own_lock_whose_answer_was_lost_is_held(faults: FaultServer) -> None:
    place = Place()
    place.lose = 1
    faults.otherwise(place)
    with Bucket("acme", cloud=faults.cloud(attempts=2)).lock("job") as held:
        assert held.fence == 1
        place.lose = 1
    assert place.body is not None
    assert json.loads(place.body)["held"] is False


# -- losing it ---------------------------------------------------------------------------------------------------


def test_a_lock_that_is_not_renewed_in_time_is_lost(bucket: Bucket, rig: Rig) -> None:
    def overslept() -> None:
        with bucket.lock("job", ttl=60) as held:
            rig.clock.advance(59)
            held.check()
            rig.clock.advance(1)
            assert held.lost
            assert "lost" in repr(held)
            with pytest.raises(LockLost):
                held.check()

    with pytest.raises(LockLost, match="not renewed in time") as caught:
        overslept()
    assert isinstance(caught.value, Conflict)
    # What was lost is given back by nobody, but the time.
    assert note_in(bucket)["held"] is True


def test_a_lock_that_was_taken_over_is_lost_at_the_end(bucket: Bucket) -> None:
    with pytest.raises(LockLost), bucket.lock("job"):
        bucket[".locks/job"].write_json({**note_in(bucket), "token": "another"})
    assert note_in(bucket)["token"] == "another"
    with pytest.raises(KeyError), bucket.lock("other job"):
        raise KeyError(bucket.delete_objects([".locks/other job"]))  # what went wrong inside says more
    with pytest.raises(LockLost), bucket.lock("third job"):
        bucket[".locks/third job"].delete()


def test_a_lock_is_renewed_while_it_is_held(faults: FaultServer) -> None:
    """On a thread of its own, for real."""
    place = Place()
    faults.otherwise(place)
    renewed = threading.Event()
    bucket = Bucket("acme", cloud=faults.cloud())
    with bucket.lock("job", ttl=0.06) as held:
        first = place.number
        for _ in range(500):
            if place.number >= first + 3:
                renewed.set()
                break
            renewed.wait(0.01)
        # The clock of the Cloud stands still, so that no time is lost on a slow machine.
        held.check()
    assert renewed.is_set()
    assert place.body is not None
    said = json.loads(place.body)
    assert (said["held"], said["fence"]) == (False, 1)
    assert said["renewals"] >= 3


def renewing(bucket: Bucket, place: Place) -> lock_module.Lock:
    """A lock whose renewals the test calls itself."""
    held = bucket.lock("job", ttl=3600)
    held.__enter__()
    return held


def test_renewals_that_fail_are_tried_again(faults: FaultServer) -> None:
    place = Place()
    faults.otherwise(place)
    held = renewing(Bucket("acme", cloud=faults.cloud()), place)
    place.refuse = 1
    held._renew()
    faults.clock.advance(3000)
    held.check()
    held._renew()
    faults.clock.advance(3000)  # counted from the renewal that worked
    held.check()
    place.lose = 1
    held._renew()  # it was written, and nobody knows
    faults.clock.advance(500)
    held._renew()
    assert not held.lost
    faults.clock.advance(3599)
    held.check()
    held.__exit__(None, None, None)
    assert place.body is not None
    assert json.loads(place.body)["held"] is False


def test_a_renewal_that_hangs_leaves_time_for_the_next(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_module, "LOCK_LEAST_TIMEOUT_SECONDS", 0.0)
    place = Place()
    faults.otherwise(place)
    held = Bucket("acme", cloud=faults.cloud(attempts=3)).lock("job", ttl=1.5)
    with held:
        held._renewing.stop()  # type: ignore[union-attr]  # the test calls them itself
        before = len(faults.requests)
        faults.replies(Reply(500, delay=1.0))
        began = time.monotonic()
        held._renew()
        assert time.monotonic() - began < 0.75  # a sixth of its life, and no second attempt
        assert len(faults.requests) == before + 1
        held._renew()
        held.check()
        # Nor does leaving it hang; what fails for a moment is tried again.
        faults.replies(Reply(500, delay=1.0))
        began = time.monotonic()
    assert time.monotonic() - began < 0.75
    assert place.body is not None
    assert json.loads(place.body)["held"] is False
    assert (held._given.cloud.timeouts.read, held._given.cloud.retry.attempts) == (5.0, 3)


def test_a_lock_that_cannot_be_given_back(faults: FaultServer) -> None:
    place = Place()
    faults.otherwise(place)
    with pytest.raises(CloudError), Bucket("acme", cloud=faults.cloud()).lock("job"):
        place.refuse = 99
    assert 99 - place.refuse == 3


def test_a_renewal_that_finds_another_there(faults: FaultServer) -> None:
    place = Place()
    faults.otherwise(place)
    held = renewing(Bucket("acme", cloud=faults.cloud()), place)
    place.body = lock_module._Note("other", "other", 2, 30.0, "2026-01-01T00:00:00+00:00").body()
    place.number += 1
    held._renew()
    assert held.lost
    before = len(faults.requests)
    held._renew()
    with pytest.raises(LockLost):
        held.__exit__(None, None, None)
    assert len(faults.requests) == before
    assert json.loads(place.body)["token"] == "other"


def test_it_excludes(rig: Rig) -> None:
    """Eight at once, for real."""
    cloud = local() if ENDPOINT_URL is None else Cloud(region="us-east-1", endpoint_url=ENDPOINT_URL)
    bucket = Bucket.create(rig.name("locks"), cloud=cloud)
    inside: list[int] = []
    fences: list[int] = []

    def work(number: int) -> None:
        with bucket.lock("job", wait=60) as held:
            inside.append(number)
            assert inside == [number]
            fences.append(held.fence)
            inside.remove(number)

    list(in_parallel(work, range(4), width=4))
    assert fences == [1, 2, 3, 4]
    cloud.close()


def test_a_lock_has_a_name_and_times(faults: FaultServer) -> None:
    bucket = Bucket("acme", cloud=faults.cloud())
    names: list[Any] = ["", None, 5, b"job", bucket["job"]]
    for name in names:
        with pytest.raises(InvalidRequest, match="a lock has a name"):
            bucket.lock(name)
    times: list[Any] = [True, "60", None, float("nan"), float("inf"), datetime.now(timezone.utc)]
    for each in times:
        with pytest.raises(InvalidRequest, match="ttl="):
            bucket.lock("job", ttl=each)
        with pytest.raises(InvalidRequest, match="wait="):
            bucket.lock("job", wait=each)
    assert bucket.lock("job", ttl=timedelta(minutes=1)).ttl == 60
    assert faults.requests == []
